// What an answer other than success means. Decided by HTTP status; Amazon's error codes are not stable and are only
// quoted.
#pragma once

#include <string>
#include <string_view>

#include "quayside/plugin/v1/services.pb.h"
#include "quayside/result.h"

namespace quayside::amazon {

// "InvalidInput: the message", of the first entry of Amazon's error list, shortened. Empty when the body is no such
// list (HTML from a gateway, nothing at all): a body is never quoted otherwise, it could hold personal data.
[[nodiscard]] std::string ErrorText(const plugin::v1::HttpReply& reply);

// Earliest time for the next call of a throttled operation: one token's worth, by the rate in the answer, else by the
// default one. UTC microseconds.
[[nodiscard]] int64_t ThrottledUntil(const plugin::v1::HttpReply& reply, std::string_view operation, int64_t now_us);

// Why `operation` failed, as quayside/retry.h decides it, in Amazon's words:
//   429, 5xx, anything unforeseen -> RETRY (THROTTLED, CHANNEL_UNAVAILABLE, at the time the answer asks for)
//   401, 403                      -> AUTH CREDENTIALS_REFUSED (the host has tried a fresh token already)
//   404, 410                      -> NOT_FOUND NOT_FOUND_AT_AMAZON
//   any other 4xx                 -> INVALID REQUEST_REFUSED, if it is Amazon's own: a JSON object. A gateway in
//   between
//                                    answers with web pages, and refuses nothing for good: RETRY CHANNEL_UNAVAILABLE
[[nodiscard]] sdk::Error ErrorFrom(const plugin::v1::HttpReply& reply, const char* operation, int64_t now_us);

// An answer of success that cannot be read: nothing was learned, ask again.
[[nodiscard]] sdk::Error Unreadable(const plugin::v1::HttpReply& reply, const char* operation);

}  // namespace quayside::amazon
