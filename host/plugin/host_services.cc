#include "host/plugin/host_services.h"

#include <cstring>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/plugin/wire.h"
#include "host/security/log_scrub.h"
#include "quayside/plugin/v1/services.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

// A plain pointer: nothing to destroy when the thread ends.
thread_local const HostCall* t_call = nullptr;

constexpr size_t kMaxLogValueBytes = 512;
constexpr int kMaxLogFields = 16;

template <typename Message>
qs_status Answer(const Message& message, qs_sink* sink) {
  const size_t size = message.ByteSizeLong();
  uint8_t* room = sink->reserve(sink->ctx, size);
  if (room == nullptr && size > 0) return QS_INTERNAL;
  message.SerializeWithCachedSizesToArray(room);
  return QS_OK;
}

qs_status Refuse(const absl::Status& status, qs_sink* sink) {
  pb::Error error;
  const qs_status code = StatusToPlugin(status, &error);
  const qs_status written = Answer(error, sink);
  return written == QS_OK ? code : written;
}

qs_status Unreadable(const char* service, qs_sink* sink) {
  return Refuse(MakeError(absl::StatusCode::kInvalidArgument, Reason::kInvalidArgument,
                          std::string("the request of service ") + service + " is unreadable"),
                sink);
}

qs_status Http(const HostCall& call, qs_bytes bytes, qs_sink* sink) {
  pb::HttpRequest request;
  if (!request.ParseFromArray(bytes.data, static_cast<int>(bytes.size))) return Unreadable("http/1", sink);
  const auto reply = call.http->Send(request, call.context);
  return reply.ok() ? Answer(*reply, sink) : Refuse(reply.status(), sink);
}

qs_status Document(const HostCall& call, qs_bytes bytes, qs_sink* sink) {
  pb::DocumentRequest request;
  if (!request.ParseFromArray(bytes.data, static_cast<int>(bytes.size))) return Unreadable("document/1", sink);
  const auto reply = call.documents->Handle(std::move(request), call.context);
  return reply.ok() ? Answer(*reply, sink) : Refuse(reply.status(), sink);
}

qs_status Transfer(const HostCall& call, qs_bytes bytes, qs_sink* sink) {
  pb::TransferRequest request;
  if (!request.ParseFromArray(bytes.data, static_cast<int>(bytes.size))) return Unreadable("transfer/1", sink);
  const auto reply = call.transfers->Handle(request, call.context);
  return reply.ok() ? Answer(*reply, sink) : Refuse(reply.status(), sink);
}

qs_status SignFor(const HostCall& call, qs_bytes bytes, qs_sink* sink) {
  pb::SignRequest request;
  if (!request.ParseFromArray(bytes.data, static_cast<int>(bytes.size))) return Unreadable("sign/1", sink);
  const auto reply = call.signing->Handle(request, call.context);
  return reply.ok() ? Answer(*reply, sink) : Refuse(reply.status(), sink);
}

std::string Beginning(std::string text) {
  if (text.size() > kMaxLogValueBytes) text.resize(kMaxLogValueBytes);
  return text;
}

qs_status Log(const HostCall& call, qs_bytes bytes, qs_sink* sink) {
  pb::LogRecord record;
  if (!record.ParseFromArray(bytes.data, static_cast<int>(bytes.size))) return Unreadable("log/1", sink);
  std::vector<LogField> fields = {Field("plugin", *call.plugin_id), Field("account", call.context.account_id)};
  std::list<std::string> keys;  // of the fields, which only look at them
  for (const auto& [key, value] : record.fields()) {
    if (static_cast<int>(fields.size()) >= kMaxLogFields) break;
    // Cut after scrubbing: half an address is one still.
    keys.push_back(Beginning(ScrubbedText(key)));
    fields.push_back(Field(keys.back(), IsSensitiveName(key) ? "***" : Beginning(ScrubbedText(value))));
  }
  const LogLevel level = record.severity() == pb::LogRecord::SEVERITY_ERROR     ? LogLevel::kError
                         : record.severity() == pb::LogRecord::SEVERITY_WARNING ? LogLevel::kWarning
                         : record.severity() == pb::LogRecord::SEVERITY_DEBUG   ? LogLevel::kDebug
                                                                                : LogLevel::kInfo;
  call.logger->Log(level, Beginning(ScrubbedText(record.message())), fields);
  return Answer(pb::LogReply(), sink);
}

qs_status Invoke(const HostCall& call, const char* service, qs_bytes request, qs_sink* reply) {
  if (std::strcmp(service, "http/1") == 0) return Http(call, request, reply);
  if (std::strcmp(service, "document/1") == 0) return Document(call, request, reply);
  if (std::strcmp(service, "transfer/1") == 0 && call.transfers != nullptr) return Transfer(call, request, reply);
  if (std::strcmp(service, "sign/1") == 0 && call.signing != nullptr) return SignFor(call, request, reply);
  if (std::strcmp(service, "log/1") == 0) return Log(call, request, reply);
  if (std::strcmp(service, "clock/1") == 0) {
    pb::ClockReply clock;
    clock.set_now_us(call.clock->Now());
    return Answer(clock, reply);
  }
  if (std::strcmp(service, "step/1") == 0) {
    pb::StepStateReply state;
    state.set_deadline_us(call.context.deadline_us);
    state.set_cancelled(call.context.stop && call.context.stop());
    return Answer(state, reply);
  }
  return QS_UNSUPPORTED;
}

}  // namespace

HostCallScope::HostCallScope(const HostCall& call) { t_call = &call; }
HostCallScope::~HostCallScope() { t_call = nullptr; }

qs_status InvokeHostService(void*, uint64_t call_id, const char* service, qs_bytes request, qs_sink* reply) {
  if (t_call == nullptr || t_call->call_id != call_id || service == nullptr || reply == nullptr) return QS_INVALID;
  try {
    return Invoke(*t_call, service, request, reply);
  } catch (...) {
    return QS_INTERNAL;  // nothing but a status may cross; memory is the only thing that can run out here
  }
}

}  // namespace quayside
