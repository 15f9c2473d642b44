#include "sdk/conformance/session.h"

#include <ctime>
#include <utility>

namespace quayside::conformance {
namespace {

int64_t MonotonicUs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

Answer Take(Log& log, const std::string& where, SeatReply reply) {
  Answer answer;
  answer.status = reply.status;
  if (reply.status == QS_OK && reply.refused) {
    log.Fail(where + " answers OK although its reply got no room: what it wrote before would be taken for it");
    answer.status = QS_INTERNAL;
  }
  if (answer.ok()) {
    answer.bytes = std::move(reply.bytes);
  } else if (!reply.refused && !answer.error.ParseFromString(reply.bytes)) {
    log.Fail(where + " answers " + StatusName(reply.status) + " with bytes that are no Error");
    answer.error.Clear();
  }
  return answer;
}

}  // namespace

std::string StatusName(qs_status status) {
  switch (status) {
    case QS_OK:
      return "OK";
    case QS_CANCELLED:
      return "CANCELLED";
    case QS_UNKNOWN:
      return "UNKNOWN";
    case QS_INVALID:
      return "INVALID";
    case QS_DEADLINE:
      return "DEADLINE";
    case QS_NOT_FOUND:
      return "NOT_FOUND";
    case QS_DENIED:
      return "DENIED";
    case QS_UNSUPPORTED:
      return "UNSUPPORTED";
    case QS_INTERNAL:
      return "INTERNAL";
    case QS_RETRY:
      return "RETRY";
    case QS_AUTH:
      return "AUTH";
    default:
      return "status " + std::to_string(status);
  }
}

std::string Answer::Text() const {
  std::string text = StatusName(status);
  if (!error.reason().empty()) text += " " + error.reason();
  if (!error.message().empty()) text += ": " + error.message();
  return text;
}

Plugin::Plugin(const Trial& trial)
    : trial_(trial), seat_(trial.runner.empty() ? TakeSeatHere(trial) : TakeSeatInRunner(trial)) {}

Answer Plugin::Describe() {
  trial_.log.At("describe");
  return Take(trial_.log, "describe", seat_->Describe());
}

Answer Plugin::UpgradeCursor(const std::string& contract, const std::string& cursor) {
  trial_.log.At("upgrade_cursor of " + contract);
  return Take(trial_.log, "upgrade_cursor", seat_->UpgradeCursor(contract, cursor));
}

void Plugin::Leave() {
  trial_.log.At("unload");
  seat_->Unload();
}

void Plugin::Close() {
  trial_.log.At("dlclose");
  seat_->Close();
}

Instance::Instance(Plugin& plugin, World& world) : plugin_(plugin), world_(world) {
  Create(plugin.trial().cassette.config.SerializeAsString());
  if (!there()) throw CaseOver("create refuses the configuration of the cassette: " + created_.Text());
}

Instance::Instance(Plugin& plugin, World& world, const std::string& config) : plugin_(plugin), world_(world) {
  Create(config);
}

void Instance::Create(const std::string& config) {
  Log& log = plugin_.trial().log;
  log.At("create");
  world_.SetCall(0);
  const uint64_t instance = ++plugin_.last_instance_;
  SeatReply reply = plugin_.seat_->Create(instance, world_, config);
  if (reply.status == QS_OK) instance_ = instance;
  created_ = Take(log, "create", std::move(reply));
}

Instance::~Instance() {
  if (!there()) return;
  plugin_.trial().log.At("destroy");
  plugin_.seat_->Destroy(instance_);
}

Answer Instance::Call(const std::string& contract, const std::string& method, const std::string& request) {
  const Seat& seat = *plugin_.seat_;
  const SeatCall call{contract, method, request, ++last_call_id_, world_.deadline_us()};
  world_.SetCall(call.call_id);
  const int64_t began_us = MonotonicUs();
  const int64_t busy_before_us = seat.BusyUs();
  SeatReply reply = plugin_.seat_->Call(instance_, world_, call);
  const int64_t elapsed_us = MonotonicUs() - began_us;
  const int64_t busy_after_us = seat.BusyUs();
  world_.SetCall(0);
  Answer answer = Take(plugin_.trial().log, contract + " " + method, std::move(reply));
  const bool known = busy_before_us >= 0 && busy_after_us >= 0;
  answer.slept_us = known ? elapsed_us - (busy_after_us - busy_before_us) : 0;
  world_.Tell({call.contract + " " + call.method, false, request, answer.status,
               answer.ok() ? answer.bytes : answer.error.SerializeAsString()});
  return answer;
}

}  // namespace quayside::conformance
