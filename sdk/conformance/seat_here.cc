// The library in the case's own process.
#include <fstream>
#include <map>
#include <utility>

#include "sdk/conformance/library.h"
#include "sdk/conformance/seat.h"
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

class SeatHere final : public Seat {
 public:
  explicit SeatHere(const Trial& trial) : log_(trial.log), copy_(trial.bundle) {
    log_.At("loading the library");
    library_ = std::make_unique<Library>(copy_.path());
    if (!library_->problem().empty()) throw CaseOver(library_->problem());
    log_.At("qs_plugin_entry_v1");
    (void)Guarded("qs_plugin_entry_v1", [&] {
      table_ = library_->entry()(QS_ABI_MINOR);
      return QS_OK;
    });
    if (std::string problem = TableProblem(table_); !problem.empty()) throw CaseOver(problem);
  }

  [[nodiscard]] const qs_plugin* table() const override { return table_; }

  SeatReply Describe() override {
    return Answered("describe", [&](qs_sink* reply) { return table_->describe(reply); });
  }

  SeatReply UpgradeCursor(const std::string& contract, const std::string& cursor) override {
    return Answered("upgrade_cursor", [&](qs_sink* reply) {
      return table_->upgrade_cursor(contract.c_str(), sdk::internal::BytesOf(cursor), reply);
    });
  }

  SeatReply Create(uint64_t instance, World& world, const std::string& config) override {
    qs_instance* made = nullptr;
    SeatReply reply = Answered("create", [&](qs_sink* error) {
      return table_->create(&world.host(), sdk::internal::BytesOf(config), &made, error);
    });
    if (reply.status != QS_OK) return reply;
    if (made == nullptr) throw CaseOver("create answers OK without an instance");
    instances_[instance] = made;
    return reply;
  }

  SeatReply Call(uint64_t instance, World&, const SeatCall& call) override {
    const qs_call abi_call{sizeof(qs_call),
                           0,
                           call.call_id,
                           call.contract.c_str(),
                           call.method.c_str(),
                           call.deadline_us,
                           sdk::internal::BytesOf(call.request)};
    return Answered(call.contract + " " + call.method,
                    [&](qs_sink* reply) { return table_->call(instances_.at(instance), &abi_call, reply); });
  }

  void Destroy(uint64_t instance) override {
    const auto node = instances_.extract(instance);
    (void)Guarded("destroy", [&] {
      table_->destroy(node.mapped());
      return QS_OK;
    });
  }

  void Unload() override {
    (void)Guarded("unload", [&] {
      table_->unload();
      return QS_OK;
    });
  }

  void Close() override {
    if (std::string problem = library_->Close(); !problem.empty()) throw CaseOver(problem);
  }

  [[nodiscard]] int64_t BusyUs() const override { return BusyUsOf("/proc/thread-self/schedstat"); }

 private:
  // Runs a function of the plugin; an exception that leaves it is a finding.
  template <typename Body>
  qs_status Guarded(const std::string& where, Body&& body) {
    try {
      return std::forward<Body>(body)();
    } catch (const std::exception& e) {
      log_.Fail("an exception leaves " + where + ", where only a status may: " + e.what());
    } catch (...) {
      log_.Fail("an exception leaves " + where + ", where only a status may");
    }
    return QS_INTERNAL;
  }

  template <typename Body>
  SeatReply Answered(const std::string& where, Body&& body) {
    ReplyRoom room;
    qs_sink sink = room.sink();
    const qs_status status = Guarded(where, [&] { return std::forward<Body>(body)(&sink); });
    return {status, std::move(room.bytes), room.refused};
  }

  Log& log_;
  PrivateCopy copy_;
  std::unique_ptr<Library> library_;
  const qs_plugin* table_ = nullptr;
  std::map<uint64_t, qs_instance*> instances_;
};

}  // namespace

std::unique_ptr<Seat> TakeSeatHere(const Trial& trial) { return std::make_unique<SeatHere>(trial); }

int64_t BusyUsOf(const std::string& schedstat) {
  std::ifstream file(schedstat);
  int64_t ran_ns = 0;
  int64_t waited_ns = 0;
  if (file >> ran_ns >> waited_ns) return (ran_ns + waited_ns) / 1'000;
  return -1;
}

}  // namespace quayside::conformance
