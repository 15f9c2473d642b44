#include "host/api/rpc_status.h"

#include <algorithm>
#include <initializer_list>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/status.h"
#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

// Clients accept 8 KiB of trailers by default, and a longer answer would reach them as a transport error without any
// detail. The message travels twice (percent-encoded, and in the details), the details as base64.
constexpr size_t kMaxMessageBytes = 1024;
constexpr size_t kMaxDetailBytes = 3400;
constexpr size_t kMaxValueBytes = 512;

// Cuts at a character's first byte; what is cut is shown by an ellipsis. Counts bytes as gRPC sends them: other than
// printable ASCII takes three.
std::string CutText(std::string_view text, size_t limit) {
  size_t sent = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    sent += (byte < 0x20 || byte > 0x7e || byte == '%') ? 3 : 1;
    if (sent <= limit) continue;
    size_t end = i;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return std::string(text.substr(0, end)) + "...";
  }
  return std::string(text);
}

void AddBadRequest(const std::vector<FieldViolation>& violations, google::rpc::ErrorInfo& info,
                   google::rpc::Status& out) {
  if (violations.empty()) return;
  google::rpc::BadRequest bad_request;
  size_t bytes = 0;
  for (const FieldViolation& violation : violations) {
    bytes += violation.field.size() + std::min(violation.description.size(), kMaxValueBytes) + 8;
    if (bytes > kMaxDetailBytes - 800) {
      (*info.mutable_metadata())["violations"] = absl::StrCat(violations.size());
      break;
    }
    auto* added = bad_request.add_field_violations();
    added->set_field(violation.field);
    added->set_description(CutText(violation.description, kMaxValueBytes));
  }
  out.add_details()->PackFrom(bad_request);
}

void AddRetryInfo(const ErrorMetadata& metadata, TimeUs now, google::rpc::Status& out) {
  const auto found = metadata.find(std::string(kRetryAtKey));
  TimeUs retry_at = 0;
  if (found == metadata.end() || !absl::SimpleAtoi(found->second, &retry_at)) return;
  const DurationUs wait = std::max<DurationUs>(0, retry_at - now);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(wait / kSecondUs);
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(wait % kSecondUs * 1000));
  out.add_details()->PackFrom(retry);
}

void AddResourceInfo(const ErrorMetadata& metadata, google::rpc::Status& out) {
  const auto found = metadata.find(std::string(kResourceKey));
  if (found == metadata.end()) return;
  google::rpc::ResourceInfo resource;
  resource.set_resource_name(found->second);
  // "channels/de/listings/A" is a listing: the collection is the part before the last.
  const std::string_view name = found->second;
  const size_t last = name.rfind('/');
  if (last != std::string_view::npos) {
    const size_t before = name.rfind('/', last - 1);
    const size_t begin = before == std::string_view::npos ? 0 : before + 1;
    resource.set_resource_type(std::string(name.substr(begin, last - begin)));
  }
  out.add_details()->PackFrom(resource);
}

// Inside the host a code says what a lane does next: UNAVAILABLE tries again, UNAUTHENTICATED and PERMISSION_DENIED
// wait for a person. A client reads it as the API promises, and the last two as words about itself: what a marketplace
// or a plugin was refused is the state of its account here.
absl::StatusCode CodeForClients(const absl::Status& status) {
  const auto is_one_of = [&](std::initializer_list<Reason> reasons) {
    return std::any_of(reasons.begin(), reasons.end(), [&](Reason reason) { return HasReason(status, reason); });
  };
  if (is_one_of({Reason::kRateLimited, Reason::kThrottled})) return absl::StatusCode::kResourceExhausted;
  if (is_one_of({Reason::kPluginCrashed})) return absl::StatusCode::kInternal;
  // A plugin says CANCELLED of what the host's end cut off.
  if (is_one_of({Reason::kShuttingDown})) return absl::StatusCode::kUnavailable;
  const bool about_caller = is_one_of({Reason::kNotSignedIn, Reason::kTokenRefused, Reason::kPermissionDenied});
  const bool reads_so = absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status);
  return reads_so && !about_caller ? absl::StatusCode::kFailedPrecondition : status.code();
}

// What stands in the way: the reason, and the resource that is in the wrong state.
void AddPreconditionFailure(const absl::Status& status, const ErrorMetadata& metadata, google::rpc::Status& out) {
  if (CodeForClients(status) != absl::StatusCode::kFailedPrecondition) return;
  google::rpc::PreconditionFailure failure;
  google::rpc::PreconditionFailure::Violation& violation = *failure.add_violations();
  violation.set_type(ReasonOf(status));
  const auto resource = metadata.find(std::string(kResourceKey));
  if (resource != metadata.end()) violation.set_subject(resource->second);
  violation.set_description(CutText(std::string(status.message()), kMaxValueBytes));
  out.add_details()->PackFrom(failure);
}

}  // namespace

bool HasDocumentedReason(const absl::Status& status) {
  static const std::set<std::string_view> reasons = {
#define QS_X(enumerator, text, meaning) text,
      QUAYSIDE_REASONS(QS_X)
#undef QS_X
  };
  return reasons.count(ReasonOf(status)) > 0;
}

grpc::Status ToRpcStatus(const absl::Status& status, TimeUs now, std::string_view request_id,
                         std::string_view trace_id) {
  if (status.ok()) return grpc::Status::OK;
  const bool documented = HasDocumentedReason(status);
  const std::string text = documented ? CutText(std::string(status.message()), kMaxMessageBytes)
                                      : Concat("a fault of the host; its log tells more under request ", request_id);

  google::rpc::Status out;
  out.set_code(static_cast<int>(documented ? CodeForClients(status) : absl::StatusCode::kInternal));
  out.set_message(text);
  google::rpc::ErrorInfo info;
  info.set_domain("quayside");
  info.set_reason(documented ? ReasonOf(status) : std::string(ReasonText(Reason::kInternal)));
  const ErrorMetadata metadata = documented ? MetadataOf(status) : ErrorMetadata{};
  size_t bytes = 0;
  for (const auto& [key, value] : metadata) {
    bytes += key.size() + std::min(value.size(), kMaxValueBytes);
    if (bytes > kMaxDetailBytes / 2) break;
    (*info.mutable_metadata())[key] = CutText(value, kMaxValueBytes);
  }
  // ErrorInfo comes first, and AddBadRequest may still add to it.
  google::rpc::Status rest;
  if (documented) {
    AddBadRequest(ViolationsOf(status), info, rest);
    AddRetryInfo(metadata, now, rest);
    AddResourceInfo(metadata, rest);
    AddPreconditionFailure(status, metadata, rest);
  }
  google::rpc::RequestInfo request;
  request.set_request_id(std::string(request_id));
  if (!trace_id.empty()) request.set_serving_data(Concat("trace_id=", trace_id));
  rest.add_details()->PackFrom(request);
  out.add_details()->PackFrom(info);
  out.MergeFrom(rest);
  return grpc::Status(static_cast<grpc::StatusCode>(out.code()), text, out.SerializeAsString());
}

}  // namespace quayside
