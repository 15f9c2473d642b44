// What came of a request that changes something at Amazon. One judgement for all of them: only Amazon itself, by its
// status, says that a thing is done or refused; what may have happened is unknown, and what was not sent is not.
#pragma once

#include <string>

#include "caller.h"

namespace quayside::amazon {

struct WriteAnswer {
  enum class Kind {
    kTaken,     // 2xx: `reply`
    kRefused,   // any other 4xx in Amazon's own form, for good: `error`
    kNotFound,  // 404: `error`
    kWait,      // nothing happened; not before `error.retry_at_us`: throttled, no allowance, no connection
    kStop,      // nothing happened, and nothing will until a person acts: `error`
    kUnknown,   // the answer was lost or is no answer of Amazon's (a gateway's web page): `error`
  };
  Kind kind = Kind::kUnknown;
  plugin::v1::HttpReply reply;
  sdk::Error error;
};

// Sends it and judges. `error.retry_at_us` of kWait is always set.
[[nodiscard]] WriteAnswer SendWrite(Caller& caller, const char* operation, const plugin::v1::HttpRequest& request);

}  // namespace quayside::amazon
