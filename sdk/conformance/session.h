// A loaded plugin and its instances, called as the host calls them: every answer is looked at, and what no plugin may
// do is a finding whatever the case is about.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "quayside/plugin/v1/types.pb.h"
#include "sdk/conformance/case.h"
#include "sdk/conformance/seat.h"
#include "sdk/conformance/world.h"

namespace quayside::conformance {

struct Answer {
  qs_status status = QS_INTERNAL;
  std::string bytes;     // the reply when OK
  pb::Error error;       // otherwise
  int64_t slept_us = 0;  // time the call neither computed nor waited for a processor
  [[nodiscard]] bool ok() const { return status == QS_OK; }
  // "RETRY THROTTLED: the shop asks to wait"
  [[nodiscard]] std::string Text() const;
};

// "RETRY"
[[nodiscard]] std::string StatusName(qs_status status);

// [one thread]
class Plugin {
 public:
  // Where the trial wants it; throws CaseOver when it cannot be loaded there.
  explicit Plugin(const Trial& trial);
  // Of a library in this process.
  [[nodiscard]] const qs_plugin& table() const { return *seat_->table(); }
  [[nodiscard]] const Trial& trial() const { return trial_; }
  [[nodiscard]] Answer Describe();
  [[nodiscard]] Answer UpgradeCursor(const std::string& contract, const std::string& cursor);
  // The last word to the plugin.
  void Leave();
  // dlclose; throws CaseOver when the library stays. On a thread that never ran code of the plugin: what a thread_local
  // keeps alive goes with its thread.
  void Close();

 private:
  friend class Instance;

  const Trial& trial_;
  std::unique_ptr<Seat> seat_;
  uint64_t last_instance_ = 0;
};

// One instance. [one thread]
class Instance {
 public:
  // With the cassette's configuration; throws CaseOver when none is made.
  Instance(Plugin& plugin, World& world);
  // Of these bytes: `created` says what came, `there` whether there is an instance.
  Instance(Plugin& plugin, World& world, const std::string& config);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  [[nodiscard]] bool there() const { return instance_ != 0; }
  [[nodiscard]] const Answer& created() const { return created_; }
  Answer Call(const std::string& contract, const std::string& method, const std::string& request);
  // A request or reply message of the method; a reply that is none throws CaseOver.
  template <typename Reply>
  std::optional<Reply> Call(const std::string& contract, const std::string& method,
                            const google::protobuf::MessageLite& request, Answer& answer) {
    answer = Call(contract, method, request.SerializeAsString());
    if (!answer.ok()) return std::nullopt;
    Reply reply;
    if (!reply.ParseFromString(answer.bytes)) throw CaseOver(contract + " " + method + ": the reply is no message");
    return reply;
  }

 private:
  void Create(const std::string& config);

  Plugin& plugin_;
  World& world_;
  uint64_t instance_ = 0;  // its name in the seat; 0 = there is none
  Answer created_;
  uint64_t last_call_id_ = 0;
};

}  // namespace quayside::conformance
