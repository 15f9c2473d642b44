// What became of the messages of an order feed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "caller.h"
#include "quayside/plugin/v1/outcome.pb.h"

namespace quayside::amazon {

struct OrderFeedWatch {
  std::string feed_id;
  int64_t handed_over_us = 0;
  std::vector<std::string> intent_ids;  // whose outcome is wanted
};

// What is known of it now: outcomes when it is over, else when to look again and words for an operator.
struct OrderFeedProgress {
  std::vector<plugin::v1::Outcome> outcomes;
  int64_t next_poll_us = 0;
  std::string words;
};

[[nodiscard]] sdk::Result<OrderFeedProgress> LookAtOrderFeed(Caller& caller, const OrderFeedWatch& watch);

// Adds it to a reply with `outcomes`, `next_poll_us` and `progress`. An error: it could not be asked now.
template <typename Reply>
[[nodiscard]] std::optional<sdk::Error> PollOrderFeed(Caller& caller, const OrderFeedWatch& watch, Reply& reply) {
  auto progress = LookAtOrderFeed(caller, watch);
  if (!progress.ok()) return std::move(progress.error());
  for (plugin::v1::Outcome& outcome : progress.value().outcomes) *reply.add_outcomes() = std::move(outcome);
  const int64_t at_us = progress.value().next_poll_us;
  if (at_us > 0 && (reply.next_poll_us() == 0 || at_us < reply.next_poll_us())) reply.set_next_poll_us(at_us);
  if (!progress.value().words.empty())
    reply.set_progress(reply.progress() + (reply.progress().empty() ? "" : "; ") + progress.value().words);
  return std::nullopt;
}

}  // namespace quayside::amazon
