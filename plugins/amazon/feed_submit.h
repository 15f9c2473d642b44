// Handing a feed over: a place for its document, the upload, and createFeed, the decisive call.
#pragma once

#include <string>

#include "feeds_api.h"
#include "quayside/plugin/v1/outcome.pb.h"

namespace quayside::amazon {

// What became of the hand-over.
struct FeedSubmission {
  enum class Kind {
    kCreated,  // `feed_id`
    kPutOff,   // nothing was handed over; again at `error.retry_at_us` (0 = when it suits)
    kLost,     // the answer of createFeed was lost: there may be a feed; `why`
    kRefused,  // nothing was handed over, and nothing will be until a person acts: `error`
  };
  Kind kind = Kind::kPutOff;
  std::string feed_id;
  std::string why;
  sdk::Error error;
};

// Nothing is handed over before createFeed: whatever fails earlier is put off or refused.
[[nodiscard]] FeedSubmission SubmitFeed(Caller& caller, const FeedType& type, const std::string& marketplace,
                                        const std::string& document);

// What it means to one intent in the document. kRefused puts off: whoever can makes it the error of the call instead.
void SettleBy(const FeedSubmission& submission, int64_t now_us, plugin::v1::Outcome& outcome);

}  // namespace quayside::amazon
