#include "host/api/host_calls.h"

#include <chrono>
#include <optional>

#include "host/api/convert.h"
#include "host/api/event_batch.h"
#include "host/api/message_limits.h"
#include "host/api/paging.h"
#include "host/base/errors.h"
#include "host/store/schema.h"

namespace quayside {
namespace {

api::LogLevel ToProto(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return api::LOG_LEVEL_DEBUG;
    case LogLevel::kInfo:
      return api::LOG_LEVEL_INFO;
    case LogLevel::kWarning:
      return api::LOG_LEVEL_WARNING;
    case LogLevel::kError:
      return api::LOG_LEVEL_ERROR;
  }
  return api::LOG_LEVEL_UNSPECIFIED;
}

std::optional<LogLevel> FromProto(api::LogLevel level) {
  switch (level) {
    case api::LOG_LEVEL_DEBUG:
      return LogLevel::kDebug;
    case api::LOG_LEVEL_INFO:
      return LogLevel::kInfo;
    case api::LOG_LEVEL_WARNING:
      return LogLevel::kWarning;
    case api::LOG_LEVEL_ERROR:
      return LogLevel::kError;
    default:
      return std::nullopt;
  }
}

void SetDuration(google::protobuf::Duration& out, DurationUs duration) {
  out.set_seconds(duration / kSecondUs);
  out.set_nanos(static_cast<int32_t>(duration % kSecondUs * 1000));
}

DurationUs ToUs(std::chrono::milliseconds duration) { return duration.count() * kMillisecondUs; }

}  // namespace

absl::Status HostCalls::Info(const api::GetHostInfoRequest&, api::GetHostInfoResponse& response) {
  const ApiParts& parts = context_.parts;
  EventSpan span;
  QS_RETURN_IF_ERROR(parts.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(span, ReadEventSpan(tx));
    return absl::OkStatus();
  }));
  response.set_version(context_.options.version);
  SetTime(response, &api::GetHostInfoResponse::mutable_start_time, started_us_);
  SetTime(response, &api::GetHostInfoResponse::mutable_time, parts.clock.Now());
  // A host brings its database there before it serves anybody.
  response.set_schema(NewestSchemaVersion());
  response.set_first_revision(span.first);
  response.set_last_revision(span.last);
  response.set_development(context_.options.development);
  response.set_draining(parts.engine.draining());
  if (parts.log_threshold != nullptr) response.set_log_level(ToProto(parts.log_threshold->get()));
  response.set_remote_address(context_.remote.address);
  return absl::OkStatus();
}

absl::Status HostCalls::Limits(const api::GetLimitsRequest&, api::GetLimitsResponse& response) {
  const ApiOptions& options = context_.options;
  response.set_max_request_bytes(kMaxReceiveBytes);
  response.set_max_response_bytes(kMaxSendBytes);
  response.set_max_header_bytes(kMaxHeaderBytes);
  response.set_max_message_depth(kMaxMessageDepth);
  response.set_calls_per_second(options.limits.calls_per_second);
  response.set_streams(options.limits.streams);
  if (!context_.remote.address.empty()) {
    response.set_max_connections(context_.remote.max_connections);
    response.set_max_connections_per_address(options.remote.max_connections_per_address);
  }
  response.set_max_page_size(kMaxPageSize);
  SetDuration(*response.mutable_default_deadline(), ToUs(options.default_deadline));
  SetDuration(*response.mutable_max_deadline(), ToUs(options.max_deadline));
  SetDuration(*response.mutable_request_id_lifetime(), kRequestRetentionUs);
  if (options.keep_events_us > 0) SetDuration(*response.mutable_event_lifetime(), options.keep_events_us);
  return absl::OkStatus();
}

absl::Status HostCalls::SetLevel(const api::SetLogLevelRequest& request, api::SetLogLevelResponse& response) {
  const std::optional<LogLevel> level = FromProto(request.level());
  if (!level.has_value()) {
    return MakeFieldError(Reason::kInvalidArgument,
                          {{"level", "must be LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING or LOG_LEVEL_ERROR"}});
  }
  LogThreshold* const threshold = context_.parts.log_threshold;
  if (threshold == nullptr) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kLogLevelFixed, "this host's log level is fixed");
  }
  return context_.changes.MakeElsewhere(request, response, [&](const Changes::Remember&) -> absl::Status {
    const LogLevel former = request.validate_only() ? threshold->get() : threshold->Set(*level);
    response.set_level(request.level());
    response.set_former_level(ToProto(former));
    return absl::OkStatus();
  });
}

}  // namespace quayside
