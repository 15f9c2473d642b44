// What a marketplace's answer means, by its HTTP status: for reads an Error, for writes an Outcome.
//
//   QS_TRY(const pb::HttpReply reply, step.Http(request));
//   if (reply.status() != 200) return ErrorOf(reply, "GET /orders", step.NowUs());
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "quayside/plugin/v1/outcome.pb.h"
#include "quayside/plugin/v1/services.pb.h"
#include "quayside/result.h"

namespace quayside::sdk {

namespace pb = ::quayside::plugin::v1;

// Value of the first header of that name, in small letters; empty when there is none.
[[nodiscard]] std::string_view HeaderOf(const pb::HttpReply& reply, std::string_view name);

// When the answer asks to come back (Retry-After in seconds or as a date), UTC microseconds; 0 = it does not say.
[[nodiscard]] int64_t RetryAtOf(const pb::HttpReply& reply, int64_t now_us);

// Why `what` ("GET /orders") failed:
//   401, 403            -> AUTH CREDENTIALS_REFUSED
//   404, 410            -> NOT_FOUND NOT_FOUND_AT_MARKETPLACE
//   429                 -> RETRY THROTTLED, at the time it asks for
//   any other 4xx       -> INVALID REQUEST_REFUSED
//   anything else       -> RETRY CHANNEL_UNAVAILABLE
// The body is never quoted: it could hold personal data.
[[nodiscard]] Error ErrorOf(const pb::HttpReply& reply, std::string_view what, int64_t now_us);

// What became of the intent that one request carried:
//   2xx                                            -> done, with `reference`
//   429, RETRY of the host                         -> retry: it surely did not happen
//   any other 4xx but 408; DENIED, INVALID, AUTH   -> rejected
//   anything else, a lost answer                   -> unknown: never guessed
[[nodiscard]] pb::Outcome OutcomeOf(std::string intent_id, const Result<pb::HttpReply>& reply, std::string reference,
                                    int64_t now_us);

}  // namespace quayside::sdk
