// The remote API: one gRPC server on a Unix socket (0600 in a 0700 folder), with health and reflection. Thin: it checks
// form, calls the rules in a transaction, and turns statuses into google.rpc.Status.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "host/base/ids.h"
#include "host/net/rate_budget.h"
#include "host/ops/log.h"
#include "host/plugin/catalog.h"
#include "host/security/cipher.h"
#include "host/store/store.h"
#include "host/sync/engine.h"

namespace quayside {

// Wakes the streams of EventService.Watch. Made before the store is wrapped in a NotifyingStore. Thread-safe.
class EventSignal {
 public:
  virtual ~EventSignal() = default;
  virtual void Notify() = 0;
  // Waits until Notify was called more often than `seen` times or until `until`; answers how often it was called.
  virtual uint64_t Wait(uint64_t seen, std::chrono::steady_clock::time_point until) = 0;
};
[[nodiscard]] std::unique_ptr<EventSignal> MakeEventSignal();

struct ApiParts {
  Store& store;
  const Clock& clock;
  IdSource& ids;
  Logger& logger;
  PluginCatalog& catalog;
  Engine& engine;
  const Cipher& cipher;
  EventSignal& events;
  const RateBudgets& budgets;
};

// Durations are real time, whatever the host's clock does.
struct ApiOptions {
  int write_threads = 8;
  // Calls that wait for a marketplace or a plugin file; apart, so that they cannot hold up writes.
  int slow_threads = 4;
  // Calls that may wait for a thread of either kind; one more is refused.
  int max_waiting_calls = 256;
  std::chrono::milliseconds default_deadline{10'000};
  std::chrono::milliseconds max_deadline{60'000};
  std::chrono::milliseconds bookmark_interval{25'000};
  // A watcher that falls this many events further behind than it has been is ended.
  int64_t max_watch_lag = 100'000;
};

class ApiServer {
 public:
  virtual ~ApiServer() = default;
  // Health turns NOT_SERVING, new calls are refused, those under way may finish until `grace_us`, streams are ended.
  virtual void Stop(DurationUs grace_us) = 0;
};

// UNAVAILABLE when another host answers on the socket; a left-over socket file of a dead one is replaced. The folder is
// made when absent; one that others can enter is refused.
[[nodiscard]] absl::StatusOr<std::unique_ptr<ApiServer>> StartApiServer(ApiParts parts, const std::string& socket_path,
                                                                        ApiOptions options = {});

}  // namespace quayside
