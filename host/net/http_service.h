// The network as plugins see it: one HTTP exchange at a time, on an account's behalf, through rules the plugin cannot
// bend. In this order: the origin is declared -> credentials are allowed there -> the lane is still the caller's -> the
// operation has allowance left -> credentials are filled in -> one request over a kept connection.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "host/net/call_context.h"
#include "quayside/plugin/v1/services.pb.h"

namespace quayside {

class RateBudgets;
class Tokens;

// Status codes: OK (any HTTP status), UNAVAILABLE RATE_LIMITED (nothing sent; MetadataOf()["retry_at_us"]), UNAVAILABLE
// HTTP_FAILED (no answer, the request did not go out), UNKNOWN HTTP_OUTCOME_UNKNOWN (sent, answer lost),
// PERMISSION_DENIED ORIGIN_DENIED, INVALID_ARGUMENT, UNAUTHENTICATED CREDENTIALS_REFUSED or SECRET_MISSING,
// RESOURCE_EXHAUSTED RESPONSE_TOO_LARGE, FAILED_PRECONDITION TOO_MANY_REDIRECTS, DEADLINE_EXCEEDED, CANCELLED.
class HttpService {
 public:
  virtual ~HttpService() = default;
  // [any-thread] Blocks.
  [[nodiscard]] virtual absl::StatusOr<quayside::plugin::v1::HttpReply> Send(
      const quayside::plugin::v1::HttpRequest& request, const CallContext& context) = 0;
};

}  // namespace quayside
