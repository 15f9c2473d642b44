#include "sdk/conformance/session.h"

#include <ctime>
#include <fstream>
#include <utility>

#include "sdk/src/bytes.h"

namespace quayside::conformance {
namespace {

// What the host takes of one reply.
constexpr size_t kMostReplyBytes = size_t{64} << 20;

struct ReplyRoom {
  std::string bytes;
  bool refused = false;
  qs_sink sink() {
    return {this, [](void* ctx, size_t size) -> uint8_t* {
              auto& room = *static_cast<ReplyRoom*>(ctx);
              room.refused = size > kMostReplyBytes;
              if (room.refused) return nullptr;
              room.bytes.resize(size);
              return reinterpret_cast<uint8_t*>(room.bytes.data());
            }};
  }
};

int64_t MonotonicUs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

// Time this thread ran or waited for a processor: what is left of the elapsed time it slept.
int64_t BusyUs() {
  std::ifstream file("/proc/thread-self/schedstat");
  int64_t ran_ns = 0;
  int64_t waited_ns = 0;
  if (file >> ran_ns >> waited_ns) return (ran_ns + waited_ns) / 1'000;
  return -1;
}

// Runs a function of the plugin; an exception that leaves it is a finding.
template <typename Body>
qs_status Guarded(Log& log, const std::string& where, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const std::exception& e) {
    log.Fail("an exception leaves " + where + ", where only a status may: " + e.what());
  } catch (...) {
    log.Fail("an exception leaves " + where + ", where only a status may");
  }
  return QS_INTERNAL;
}

Answer Take(Log& log, const std::string& where, qs_status status, ReplyRoom& room) {
  Answer answer;
  answer.status = status;
  if (status == QS_OK && room.refused) {
    log.Fail(where + " answers OK although its reply got no room: what it wrote before would be taken for it");
    answer.status = QS_INTERNAL;
  }
  if (answer.ok()) {
    answer.bytes = std::move(room.bytes);
  } else if (!room.refused && !answer.error.ParseFromString(room.bytes)) {
    log.Fail(where + " answers " + StatusName(status) + " with bytes that are no Error");
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

Plugin::Plugin(const Trial& trial) : trial_(trial), copy_(trial.bundle) {
  trial.log.At("loading the library");
  library_ = std::make_unique<Library>(copy_.path());
  if (!library_->problem().empty()) throw CaseOver(library_->problem());
  trial.log.At("qs_plugin_entry_v1");
  (void)Guarded(trial.log, "qs_plugin_entry_v1", [&] {
    table_ = library_->entry()(QS_ABI_MINOR);
    return QS_OK;
  });
  if (std::string problem = TableProblem(table_); !problem.empty()) throw CaseOver(problem);
}

Answer Plugin::Describe() {
  trial_.log.At("describe");
  ReplyRoom room;
  qs_sink sink = room.sink();
  const qs_status status = Guarded(trial_.log, "describe", [&] { return table_->describe(&sink); });
  return Take(trial_.log, "describe", status, room);
}

Answer Plugin::UpgradeCursor(const std::string& contract, const std::string& cursor) {
  trial_.log.At("upgrade_cursor of " + contract);
  ReplyRoom room;
  qs_sink sink = room.sink();
  const qs_status status = Guarded(trial_.log, "upgrade_cursor", [&] {
    return table_->upgrade_cursor(contract.c_str(), sdk::internal::BytesOf(cursor), &sink);
  });
  return Take(trial_.log, "upgrade_cursor", status, room);
}

void Plugin::Leave() {
  trial_.log.At("unload");
  (void)Guarded(trial_.log, "unload", [&] {
    table_->unload();
    return QS_OK;
  });
}

void Plugin::Close() {
  trial_.log.At("dlclose");
  if (std::string problem = library_->Close(); !problem.empty()) throw CaseOver(problem);
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
  ReplyRoom room;
  qs_sink sink = room.sink();
  const qs_status status = Guarded(log, "create", [&] {
    return plugin_.table().create(&world_.host(), sdk::internal::BytesOf(config), &instance_, &sink);
  });
  if (status == QS_OK && instance_ == nullptr) throw CaseOver("create answers OK without an instance");
  if (status != QS_OK) instance_ = nullptr;
  created_ = Take(log, "create", status, room);
}

Instance::~Instance() {
  if (instance_ == nullptr) return;
  Log& log = plugin_.trial().log;
  log.At("destroy");
  (void)Guarded(log, "destroy", [&] {
    plugin_.table().destroy(instance_);
    return QS_OK;
  });
}

Answer Instance::Call(const std::string& contract, const std::string& method, const std::string& request) {
  Log& log = plugin_.trial().log;
  const std::string where = contract + " " + method;
  const uint64_t call_id = ++last_call_id_;
  const qs_call call{sizeof(qs_call),
                     0,
                     call_id,
                     contract.c_str(),
                     method.c_str(),
                     world_.now_us() + 60'000'000,
                     sdk::internal::BytesOf(request)};
  world_.SetCall(call_id);
  ReplyRoom room;
  qs_sink sink = room.sink();
  const int64_t began_us = MonotonicUs();
  const int64_t busy_us = BusyUs();
  const qs_status status = Guarded(log, where, [&] { return plugin_.table().call(instance_, &call, &sink); });
  const int64_t elapsed_us = MonotonicUs() - began_us;
  world_.SetCall(0);
  Answer answer = Take(log, where, status, room);
  answer.slept_us = busy_us < 0 ? 0 : elapsed_us - (BusyUs() - busy_us);
  world_.Tell({where, false, request, answer.status, answer.ok() ? answer.bytes : answer.error.SerializeAsString()});
  return answer;
}

}  // namespace quayside::conformance
