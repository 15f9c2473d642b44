#include "core/fault_effects.h"

#include <algorithm>

#include "core/call.h"

namespace amazon_sim {
namespace {

Response Dropped(std::int64_t hold_ms) { return {.transport = {.delay_ms = hold_ms, .drop = true}}; }

// Blanks between the last brace and the rest are still JSON, so a parser has no reason to stop before the end.
void PadTo(Response& response, std::int64_t bytes, bool hide_length) {
  if (response.body.empty()) return;
  response.transport.tail = response.body.back();
  response.body.pop_back();
  const auto size = static_cast<std::int64_t>(response.body.size() + 1);
  response.transport.filler_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, bytes - size));
  response.transport.hide_length = hide_length;
}

}  // namespace

Response WithFault(const FaultRule& fault, const std::function<Response()>& act) {
  switch (fault.kind) {
    case FaultKind::kThrottle:
    case FaultKind::kThrottleWithRate:
      return QuotaExceeded();
    case FaultKind::kInternalError:
      return ErrorAnswer({500, "InternalFailure", "We encountered an internal error. Please try again.", ""});
    case FaultKind::kUnavailable:
      return ErrorAnswer({503, "ServiceUnavailable", "Service is temporarily unavailable. Please try again.", ""});
    case FaultKind::kHtml400:
      return HtmlAnswer(400, "400 Bad Request");
    case FaultKind::kHtml503:
      return HtmlAnswer(503, "503 Service Temporarily Unavailable");
    case FaultKind::kHtml200:
      return HtmlAnswer(200, "Welcome");
    case FaultKind::kForbidden:
      return ErrorAnswer(AccessDenied(""));
    case FaultKind::kBadRequest:
      return ErrorAnswer({400, "InvalidInput", "Request has missing or invalid parameters and cannot be parsed.", ""});
    case FaultKind::kRedirectLoop:
      return {.status = 307, .headers = {{"Location", "/redirect/1"}}};
    case FaultKind::kTimeoutBefore:
      return Dropped(fault.hold_ms);
    case FaultKind::kTimeoutAfter: {
      Response response = act();
      response.transport.drop = true;
      response.transport.delay_ms = fault.hold_ms;
      return response;
    }
    default:
      break;
  }
  Response response = act();
  Transport& transport = response.transport;
  if (fault.kind == FaultKind::kTruncatedBody) {
    const auto size = static_cast<std::int64_t>(response.body.size());
    transport.drop_after_body =
        std::max<std::int64_t>(0, fault.bytes >= 0 ? std::min(fault.bytes, size - 1) : size / 2);
  } else if (fault.kind == FaultKind::kSlowDrip) {
    transport.drip_bytes = static_cast<std::size_t>(std::max<std::int64_t>(1, fault.bytes));
    transport.drip_ms = fault.interval_ms;
  } else if (fault.kind == FaultKind::kSlowAnswer) {
    transport.delay_ms = fault.hold_ms;
  } else if (fault.kind == FaultKind::kHugeBody) {
    PadTo(response, fault.bytes, fault.variant == "chunked");
  }
  return response;
}

}  // namespace amazon_sim
