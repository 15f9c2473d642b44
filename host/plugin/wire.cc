#include "host/plugin/wire.h"

#include <new>

#include "absl/strings/numbers.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/security/log_scrub.h"

namespace quayside {

namespace pb = quayside::plugin::v1;

namespace {

// What a plugin hands on of a host service's answer keeps its meaning.
Reason ReasonToRetry(const std::string& reason) {
  for (const Reason each : {Reason::kRateLimited, Reason::kThrottled, Reason::kDocumentArriving}) {
    if (reason == ReasonText(each)) return each;
  }
  return Reason::kChannelUnavailable;
}

}  // namespace

uint8_t* ReplyBuffer::Reserve(void* ctx, size_t size) {
  auto* buffer = static_cast<ReplyBuffer*>(ctx);
  buffer->refused_ = size > kMaxReplyBytes;
  try {
    buffer->bytes_.resize(buffer->refused_ ? 0 : size);
  } catch (const std::bad_alloc&) {
    buffer->refused_ = true;  // nothing but a pointer may cross the boundary
  }
  return buffer->refused_ ? nullptr : reinterpret_cast<uint8_t*>(buffer->bytes_.data());
}

absl::Status StatusFromPlugin(qs_status status, std::string_view error_bytes, std::string_view where) {
  if (status == QS_OK) return absl::OkStatus();
  pb::Error error;
  if (!error.ParseFromArray(error_bytes.data(), static_cast<int>(error_bytes.size()))) error.Clear();
  ErrorMetadata metadata;
  if (!error.reason().empty()) metadata["plugin_reason"] = error.reason();
  if (!error.field().empty()) metadata["field"] = error.field();
  if (error.retry_at_us() > 0) metadata["retry_at_us"] = Concat(error.retry_at_us());
  if (!error.request_id().empty()) metadata["channel_request_id"] = error.request_id();
  const std::string message =
      Concat(where, ": ", error.message().empty() ? "no reason given" : ScrubbedText(error.message()));
  switch (status) {
    case QS_CANCELLED:
      return MakeError(absl::StatusCode::kCancelled, Reason::kShuttingDown, message, metadata);
    case QS_INVALID:
      return MakeError(absl::StatusCode::kInvalidArgument, Reason::kInvalidConfiguration, message, metadata);
    case QS_DEADLINE:
      return MakeError(absl::StatusCode::kDeadlineExceeded, Reason::kDeadlineExceeded, message, metadata);
    case QS_NOT_FOUND:
      return MakeError(absl::StatusCode::kNotFound, Reason::kInvalidArgument, message, metadata);
    case QS_DENIED:
      return MakeError(absl::StatusCode::kPermissionDenied, Reason::kOriginDenied, message, metadata);
    case QS_UNSUPPORTED:
      return MakeError(absl::StatusCode::kUnimplemented, Reason::kContractNotOffered, message, metadata);
    case QS_RETRY:
      return MakeError(absl::StatusCode::kUnavailable, ReasonToRetry(error.reason()), message, metadata);
    case QS_AUTH: {
      const Reason reason =
          error.reason() == ReasonText(Reason::kSecretMissing) ? Reason::kSecretMissing : Reason::kCredentialsRefused;
      return MakeError(absl::StatusCode::kUnauthenticated, reason, message, metadata);
    }
    default:
      return MakeError(absl::StatusCode::kInternal, Reason::kPluginFault, message, metadata);
  }
}

qs_status StatusToPlugin(const absl::Status& status, pb::Error* error) {
  error->set_reason(ReasonOf(status));
  error->set_message(std::string(status.message()));
  const ErrorMetadata metadata = MetadataOf(status);
  if (const auto at = metadata.find("retry_at_us"); at != metadata.end()) {
    int64_t retry_at_us = 0;
    if (absl::SimpleAtoi(at->second, &retry_at_us)) error->set_retry_at_us(retry_at_us);
  }
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return QS_OK;
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kAborted:
      return QS_CANCELLED;
    case absl::StatusCode::kInvalidArgument:
      return QS_INVALID;
    case absl::StatusCode::kDeadlineExceeded:
      return QS_DEADLINE;
    case absl::StatusCode::kNotFound:
      return QS_NOT_FOUND;
    case absl::StatusCode::kPermissionDenied:
      return QS_DENIED;
    case absl::StatusCode::kUnimplemented:
      return QS_UNSUPPORTED;
    case absl::StatusCode::kUnauthenticated:
      return QS_AUTH;
    case absl::StatusCode::kUnknown:  // sent, and the answer was lost
      return QS_UNKNOWN;
    // Not sent, answered too large or redirected: the plugin tells them apart by the reason.
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kFailedPrecondition:
      return QS_RETRY;
    default:
      return QS_INTERNAL;
  }
}

}  // namespace quayside
