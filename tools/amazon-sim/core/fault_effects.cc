#include "core/fault_effects.h"

#include <algorithm>
#include <utility>

#include "core/call.h"
#include "core/document_api.h"

namespace amazon_sim {
namespace {

Response Dropped(std::int64_t hold_ms) { return {.transport = {.delay_ms = hold_ms, .drop = true}}; }

Response Refused(const FaultRule& fault) {
  switch (fault.kind) {
    case FaultKind::kThrottle:
    case FaultKind::kThrottleWithRate:
      return QuotaExceeded();
    case FaultKind::kInternalError:
      return ErrorAnswer({500, "InternalFailure", "We encountered an internal error. Please try again.", ""});
    case FaultKind::kUnavailable:
      return ErrorAnswer({503, "ServiceUnavailable", "Service is temporarily unavailable. Please try again.", ""});
    case FaultKind::kForbidden:
      return ErrorAnswer(AccessDenied(""));
    default:
      return ErrorAnswer({400, "InvalidInput", "Request has missing or invalid parameters and cannot be parsed.", ""});
  }
}

Response RefusedByStore(const FaultRule& fault) {
  switch (fault.kind) {
    case FaultKind::kThrottle:
    case FaultKind::kThrottleWithRate:
      return StoreError(503, "SlowDown", "Please reduce your request rate.");
    case FaultKind::kInternalError:
      return StoreError(500, "InternalError", "We encountered an internal error. Please try again.");
    case FaultKind::kUnavailable:
      return StoreError(503, "ServiceUnavailable", "Service is unable to handle request.");
    case FaultKind::kForbidden:
      return StoreError(403, "AccessDenied", "Access Denied");
    default:
      return StoreError(400, "InvalidRequest", "The request is not valid.");
  }
}

// The body ends early and says nothing of it: what was stored is all that is sent.
void CutBody(Response& response, const FaultRule& fault) {
  const std::uint64_t size = response.body_size();
  const std::uint64_t kept =
      fault.bytes >= 0 ? std::min<std::uint64_t>(static_cast<std::uint64_t>(fault.bytes), size) : size / 2;
  if (response.stream) {
    response.stream = SliceOf(response.stream, 0, kept);
  } else {
    response.body.resize(static_cast<std::size_t>(kept));
  }
}

void SpoilBody(Response& response, const FaultRule& fault) {
  const std::uint64_t size = response.body_size();
  const std::uint64_t at = fault.bytes >= 0 ? static_cast<std::uint64_t>(fault.bytes) : size / 2;
  response.stream = SpoiltAt(response.stream ? response.stream : BytesOf(std::exchange(response.body, {})), at);
}

// Blanks between the last brace and the rest are still JSON, so a parser has no reason to stop before the end.
void PadTo(Response& response, std::int64_t bytes, bool hide_length) {
  if (response.stream) {
    const std::uint64_t size = response.stream->size();
    const auto wanted = static_cast<std::uint64_t>(std::max<std::int64_t>(0, bytes));
    response.transport.filler_bytes = wanted > size ? wanted - size : 0;
    response.transport.hide_length = hide_length;
    return;
  }
  if (response.body.empty()) return;
  response.transport.tail = response.body.back();
  response.body.pop_back();
  const auto size = static_cast<std::int64_t>(response.body.size() + 1);
  response.transport.filler_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, bytes - size));
  response.transport.hide_length = hide_length;
}

}  // namespace

Response WithFault(const FaultRule& fault, ErrorStyle style, const std::function<Response()>& act) {
  switch (fault.kind) {
    case FaultKind::kThrottle:
    case FaultKind::kThrottleWithRate:
    case FaultKind::kInternalError:
    case FaultKind::kUnavailable:
    case FaultKind::kForbidden:
    case FaultKind::kBadRequest:
      return style == ErrorStyle::kObjectStore ? RefusedByStore(fault) : Refused(fault);
    case FaultKind::kHtml400:
      return HtmlAnswer(400, "400 Bad Request");
    case FaultKind::kHtml503:
      return HtmlAnswer(503, "503 Service Temporarily Unavailable");
    case FaultKind::kHtml200:
      return HtmlAnswer(200, "Welcome");
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
    const auto size = static_cast<std::int64_t>(response.body_size());
    transport.drop_after_body =
        std::max<std::int64_t>(0, fault.bytes >= 0 ? std::min(fault.bytes, size - 1) : size / 2);
  } else if (fault.kind == FaultKind::kSlowDrip) {
    transport.drip_bytes = static_cast<std::size_t>(std::max<std::int64_t>(1, fault.bytes));
    transport.drip_ms = fault.interval_ms;
  } else if (fault.kind == FaultKind::kSlowAnswer) {
    transport.delay_ms = fault.hold_ms;
  } else if (fault.kind == FaultKind::kCutDocument) {
    CutBody(response, fault);
  } else if (fault.kind == FaultKind::kSpoiltDocument) {
    SpoilBody(response, fault);
  } else if (fault.kind == FaultKind::kHugeBody) {
    PadTo(response, fault.bytes, fault.variant == "chunked");
  }
  return response;
}

}  // namespace amazon_sim
