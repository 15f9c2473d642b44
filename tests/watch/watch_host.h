// The real event store and API server in this process, on a clock moved by hand; it can be closed and opened again.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/channel.h"
#include "host/api/fakes_for_tests.h"
#include "host/api/server.h"
#include "host/store/notifying_store.h"
#include "quayside/v1/event_service.grpc.pb.h"
#include "tests/watch/event_model.h"

namespace quayside::watch {

struct HostOptions {
  std::string folder;  // empty at first; stays
  uint64_t seed = 1;
  std::chrono::milliseconds bookmark_interval{5};
  int64_t max_watch_lag = 100'000;
};

// Commit is thread-safe while the host is open.
class WatchHost {
 public:
  // Throws std::runtime_error when it cannot be opened.
  explicit WatchHost(const HostOptions& options);
  ~WatchHost() { Close(); }
  WatchHost(const WatchHost&) = delete;
  WatchHost& operator=(const WatchHost&) = delete;

  void Open();
  // Streams end with UNAVAILABLE SHUTTING_DOWN, or break off when their clients do not read.
  void Close();

  // One transaction. Answers the revision of the first event. Throws when the store does not take it.
  int64_t Commit(const std::vector<ModelEvent>& events, const std::map<std::string, std::string>& attributes = {});
  // One transaction of the host's own rules, with the events they write, the first of which gets the revision.
  struct Written {
    int64_t first_revision = 0;
    std::vector<ModelEvent> events;
  };
  Written Change(absl::FunctionRef<absl::Status(Tx&, IdSource&, TimeUs)> rules);
  // A transaction that fails after its events were written.
  void CommitNothing(const std::vector<ModelEvent>& events);
  void CompactBefore(int64_t revision);

  // A connection of its own, whose client buffers little, so that who does not read is slow at once.
  [[nodiscard]] std::shared_ptr<grpc::Channel> Connect() const;

  ManualClock clock{1'767'225'600 * kSecondUs};

 private:
  void Write(absl::FunctionRef<absl::Status(Tx&)> fn);
  [[nodiscard]] std::string socket() const { return options_.folder + "/run/api.sock"; }

  const HostOptions options_;
  SeededRng rng_;
  IdSource ids_{clock, rng_};
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  std::unique_ptr<EventSignal> signal_ = MakeEventSignal();
  RateBudgets budgets_{clock};
  FakeCatalog catalog_;
  FakeEngine engine_;
  std::unique_ptr<Store> inner_;
  std::unique_ptr<NotifyingStore> store_;
  std::unique_ptr<KeyRing> cipher_;
  std::unique_ptr<ApiServer> server_;
};

}  // namespace quayside::watch
