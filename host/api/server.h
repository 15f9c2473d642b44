// The remote API: one gRPC server on a Unix socket (0600 in a 0700 folder) and, by configuration, on a TCP address,
// with health and reflection. Thin: it lets callers in, checks form, calls the rules in a transaction, and turns
// statuses into google.rpc.Status.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "host/access/limits.h"
#include "host/access/tls_files.h"
#include "host/api/watch_load.h"
#include "host/base/ids.h"
#include "host/net/documents.h"
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
  KeyRing* keys = nullptr;                // null: RotateKey is refused
  WatchLoad* watch_load = nullptr;        // kept up to date; null: nobody measures
  LogThreshold* log_threshold = nullptr;  // null: SetLogLevel is refused
  DocumentService* documents = nullptr;   // released with their account; null: none are kept
  DurationUs history_us = 0;              // EngineOptions'
};

// The listener on TCP. Its callers sign in with tokens or client certificates.
struct RemoteOptions {
  // "127.0.0.1:8443", "[::]:8443"; port 0: a free one. Empty: there is none.
  std::string listen;
  // Without certificate and key the connection is not encrypted, and the address must be 127.0.0.1 or ::1. Any other
  // address needs client_ca, too: this gRPC lets strangers who reach its HTTP/2 take the host's memory. Read anew when
  // they change.
  TlsFiles tls;
  // certificate_roles.h
  std::map<std::string, std::string> certificate_roles;
  // Open at the same time. Without TLS one more is closed at once; with TLS it waits for a place, and one that does not
  // go on with its handshake gives its own up.
  int max_connections = 256;
  // Of them, of one address that is not of this machine.
  int max_connections_per_address = 128;
  // From the connection to the end of its handshake.
  std::chrono::milliseconds handshake_timeout{3'000};
  // How often the files are looked at.
  std::chrono::seconds reload_interval{10};
  // Where the first admin token is written, when none was ever made. Empty: none is made.
  std::string bootstrap_file;
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
  // A connection without a call for so long is closed: its place may be another's.
  std::chrono::milliseconds max_idle{15 * 60'000};
  // A watcher that falls this many events further behind than it has been is ended.
  int64_t max_watch_lag = 100'000;
  // Of each caller but the owner of the socket.
  AccessLimits limits;
  RemoteOptions remote;
  // Where backups go that nobody gave a path; directly below the data folder, made when it is needed. Empty: none is
  // made.
  std::string backup_folder;
  // Of the ids of traces and spans.
  uint64_t trace_seed = 0;
  // What AdminService tells of the host: its version, whether it runs with settings of development, and how long events
  // are kept (0 = for ever).
  std::string version;
  bool development = false;
  DurationUs keep_events_us = 0;
};

class ApiServer {
 public:
  virtual ~ApiServer() = default;
  // Health turns NOT_SERVING, new calls are refused, those under way may finish until `grace_us`, streams are ended.
  virtual void Stop(DurationUs grace_us) = 0;
  // "127.0.0.1:8443", with the port that was taken; empty: it listens on the socket only.
  [[nodiscard]] virtual std::string remote_address() const = 0;
};

// UNAVAILABLE when another host answers on the socket; a left-over socket file of a dead one is replaced. The folder is
// made when absent; one that others can enter is refused. INVALID_ARGUMENT INVALID_CONFIGURATION: every mistake in
// `options.remote`; UNAVAILABLE ADDRESS_IN_USE.
[[nodiscard]] absl::StatusOr<std::unique_ptr<ApiServer>> StartApiServer(ApiParts parts, const std::string& socket_path,
                                                                        ApiOptions options = {});

}  // namespace quayside
