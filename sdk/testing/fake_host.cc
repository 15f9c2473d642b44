#include "quayside/testing/fake_host.h"

#include <utility>

#include "src/bytes.h"

namespace quayside::sdk::testing {

FakeHost::FakeHost()
    : host_{sizeof(qs_host), QS_ABI_MINOR, this, &FakeHost::InvokeThunk},
      call_{sizeof(qs_call), 0, 1, "", "", now_us_ + 60'000'000, {nullptr, 0}},
      step_(host_, call_) {}

qs_status FakeHost::InvokeThunk(void* ctx, uint64_t, const char* service, qs_bytes request, qs_sink* reply) {
  const std::string bytes =
      request.size == 0 ? std::string() : std::string(reinterpret_cast<const char*>(request.data), request.size);
  return static_cast<FakeHost*>(ctx)->Invoke(service, bytes, reply);
}

qs_status FakeHost::Invoke(const std::string& service, const std::string& request, qs_sink* reply) {
  if (service == "http/1") {
    pb::HttpRequest parsed;
    if (!parsed.ParseFromString(request)) return QS_INVALID;
    requests_.push_back(parsed);
    auto answer = handler_ ? handler_(parsed)
                           : Result<pb::HttpReply>(Error::RetryAt(0, "HTTP_FAILED", "no handler in the fake host"));
    if (answer.ok()) return internal::WriteTo(reply, answer.value()) ? QS_OK : QS_INTERNAL;
    internal::WriteTo(reply, internal::EncodeError(answer.error()));
    return answer.error().status;
  }
  if (service == "clock/1") {
    pb::ClockReply clock;
    clock.set_now_us(now_us_);
    return internal::WriteTo(reply, clock) ? QS_OK : QS_INTERNAL;
  }
  if (service == "step/1") {
    pb::StepStateReply state;
    state.set_cancelled(cancelled_);
    state.set_deadline_us(call_.deadline_us);
    return internal::WriteTo(reply, state) ? QS_OK : QS_INTERNAL;
  }
  if (service == "log/1") {
    pb::LogRecord record;
    if (!record.ParseFromString(request)) return QS_INVALID;
    logs_.push_back(record);
    return internal::WriteTo(reply, pb::LogReply()) ? QS_OK : QS_INTERNAL;
  }
  return QS_UNSUPPORTED;
}

pb::HttpReply Json(int status, std::string body, std::vector<std::pair<std::string, std::string>> headers) {
  pb::HttpReply reply;
  reply.set_status(status);
  reply.set_body(std::move(body));
  for (auto& [name, value] : headers) {
    pb::Header* header = reply.add_headers();
    header->set_name(std::move(name));
    header->set_value(std::move(value));
  }
  return reply;
}

}  // namespace quayside::sdk::testing
