// Feeds that are asked about in one call: what is known of some stands, although another could not be asked. Otherwise
// a feed that is over would be read again with each attempt, and spend an allowance that is smaller than the feeds are
// many.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "caller.h"
#include "time_text.h"

namespace quayside::amazon {

// `Reply` has `outcomes` and `next_poll_us`.
template <typename Reply>
class FeedPolls {
 public:
  explicit FeedPolls(Caller& caller) : caller_(caller) {}

  Reply& reply() { return reply_; }

  // Why one could not be asked. False: neither can those behind it, now.
  [[nodiscard]] bool GoesOnAfter(sdk::Error error) {
    const bool of_this_one = error.status == QS_INVALID || error.status == QS_NOT_FOUND;
    if (!error_) error_ = std::move(error);
    return of_this_one;
  }

  // The error only when nothing is settled. Those that could not be asked have no outcome: they are asked again.
  [[nodiscard]] sdk::Result<Reply> Take() && {
    if (!error_) return std::move(reply_);
    if (reply_.outcomes_size() == 0) return *std::move(error_);
    caller_.step().Warning("not every feed could be asked about", {{"why", error_->message}});
    const int64_t again_us = std::max(error_->retry_at_us, caller_.NowUs() + kAgainUs);
    reply_.set_next_poll_us(reply_.next_poll_us() == 0 ? again_us : std::min(reply_.next_poll_us(), again_us));
    return std::move(reply_);
  }

 private:
  static constexpr int64_t kAgainUs = 30 * kSecondUs;

  Caller& caller_;
  Reply reply_;
  std::optional<sdk::Error> error_;
};

}  // namespace quayside::amazon
