// What the API notes beside its calls, on a thread of its own: who was refused what, and which tokens are used. A flood
// of refusals must not become a flood of commits: the first of a kind is written at once, its repetitions are counted
// for a minute and written as one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>

#include "host/access/tokens.h"
#include "host/base/clock.h"
#include "host/ops/log.h"
#include "host/store/store.h"

namespace quayside {

struct Denial {
  std::string actor;   // "nobody", when he is not signed in
  std::string action;  // "ChannelService.UpdateChannel"
  std::string reason;
  std::string resource;  // what of the first one is told
  std::string peer;
  std::string trace_id;  // empty: none
};

// Thread-safe.
class AuditWriter {
 public:
  AuditWriter(Store& store, const Clock& clock, Logger& logger, TokenTable& tokens);
  // Writes what is left.
  ~AuditWriter();
  AuditWriter(const AuditWriter&) = delete;
  AuditWriter& operator=(const AuditWriter&) = delete;

  // Never blocks on the store.
  void Refused(const Denial& denial);

 private:
  using Kind = std::tuple<std::string, std::string, std::string>;  // actor, action, reason
  struct Counted {
    Denial first;
    int64_t times = 0;
    std::chrono::steady_clock::time_point due;
    bool is_known = false;  // one of its kind was written lately
  };

  void Work();
  // Those that are due (all, at the end), in one transaction, with the uses of tokens.
  void Write(bool all);

  Store& store_;
  const Clock& clock_;
  Logger& logger_;
  TokenTable& tokens_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Kind, Counted> denials_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace quayside
