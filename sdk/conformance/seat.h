// Where the plugin's code runs: in the case's own process, or in a quayside-runner as the host has it. The same bytes
// cross either way; what they mean is for session.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "quayside/plugin.h"
#include "sdk/conformance/case.h"
#include "sdk/conformance/world.h"

namespace quayside::conformance {

struct SeatReply {
  qs_status status = QS_INTERNAL;
  std::string bytes;     // the reply, or the Error
  bool refused = false;  // it wanted to say more than the host takes of one reply
};

struct SeatCall {
  std::string contract;
  std::string method;
  std::string request;
  uint64_t call_id = 0;
  int64_t deadline_us = 0;  // UTC on the world's clock
};

// What no plugin may do besides answering is told to the trial's log: an exception that leaves it, for instance. Every
// function throws CaseOver when the plugin cannot answer any more. [one thread]
class Seat {
 public:
  virtual ~Seat() = default;
  // The library's table; null where it lives in another process.
  [[nodiscard]] virtual const qs_plugin* table() const = 0;
  [[nodiscard]] virtual SeatReply Describe() = 0;
  [[nodiscard]] virtual SeatReply UpgradeCursor(const std::string& contract, const std::string& cursor) = 0;
  // `instance` is its name from here on; there is none when the status is not OK. `world` outlives it.
  [[nodiscard]] virtual SeatReply Create(uint64_t instance, World& world, const std::string& config) = 0;
  [[nodiscard]] virtual SeatReply Call(uint64_t instance, World& world, const SeatCall& call) = 0;
  // Does not throw: a plugin that cannot answer any more has no instances.
  virtual void Destroy(uint64_t instance) = 0;
  // The last word to the plugin.
  virtual void Unload() = 0;
  // The library goes; throws CaseOver when it stays.
  virtual void Close() = 0;
  // Time that whoever waits for the plugin, or runs it, computed or waited for a processor. Negative: nobody knows.
  [[nodiscard]] virtual int64_t BusyUs() const = 0;
};

// Both throw CaseOver when the library cannot be loaded there.
[[nodiscard]] std::unique_ptr<Seat> TakeSeatHere(const Trial& trial);
[[nodiscard]] std::unique_ptr<Seat> TakeSeatInRunner(const Trial& trial);

// Of a schedstat file of the kernel; negative when there is none.
[[nodiscard]] int64_t BusyUsOf(const std::string& schedstat);

}  // namespace quayside::conformance
