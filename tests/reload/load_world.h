// A host under full load on the real clock: shops whose lanes never rest, a marketplace that fails now and then, a
// merchant whose stock changes all the time, and the API with a client. For the campaign and the benchmark of reloads.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "host/api/server.h"
#include "host/plugin/catalog.h"
#include "host/plugin/folder_for_tests.h"
#include "host/security/plain_cipher_for_tests.h"
#include "host/store/notifying_store.h"
#include "host/store/sqlite_store.h"
#include "host/sync/engine.h"
#include "tests/reload/observed_catalog.h"
#include "tests/reload/reload_world.h"
#include "tests/reload/shown_quantities.h"

namespace quayside {

struct LoadWorldOptions {
  IsolationMode isolation = IsolationMode::kInProcess;
  int shops = 20;
  DurationUs pace_us = 20 * kMillisecondUs;  // between a lane's steps
  int fail_every = 0;                        // pulls of every third shop; 0 = none fail
  bool sells = false;                        // each shop has a listing whose quantity changes all the time
  DurationUs step_timeout_us = kMinuteUs;
};

// What the process holds.
struct Footprint {
  int64_t resident_kib = 0;  // without what SQLite has: its pages are cached up to a limit, as the orders become more
  int64_t database_kib = 0;  // SQLite's
  int64_t descriptors = 0;
  int64_t threads = 0;
  int64_t mapped_libraries = 0;  // private copies of plugins
  [[nodiscard]] static Footprint Now(const std::string& run_dir);
};

// What the store and the marketplace say at the end, of all shops.
struct Ledger {
  int64_t orders = 0;
  int64_t lost = 0;                    // numbers below an order's that are not there, or that a lane has passed
  int64_t doubled = 0;                 // orders that were received twice
  int64_t quantities = 0;              // that reached the marketplace
  int64_t quantities_lost = 0;         // listings that do not show the level
  int64_t quantities_doubled = 0;      // that came twice, or after a newer one
  std::vector<std::string> not_shown;  // the listings that do not, and why, in words
};

class LoadWorld {
 public:
  static constexpr const char* kPlugin = "counter";

  explicit LoadWorld(const LoadWorldOptions& options);
  ~LoadWorld();
  LoadWorld(const LoadWorld&) = delete;
  LoadWorld& operator=(const LoadWorld&) = delete;

  PluginCatalog& catalog() { return *catalog_; }
  // What the engine does its steps through.
  ObservedCatalog& steps() { return *observed_; }
  Store& store() { return *store_; }
  [[nodiscard]] const std::vector<std::string>& shops() const { return shops_; }
  [[nodiscard]] std::string run_dir() const { return folder_ / "loaded"; }
  [[nodiscard]] std::string ActiveVersion() { return catalog_->Get(kPlugin).value().record.version; }
  // Orders so far.
  [[nodiscard]] int64_t Orders();
  [[nodiscard]] Ledger Count();
  [[nodiscard]] int64_t client_calls() const { return calls_; }
  [[nodiscard]] int64_t client_failures() const { return failures_; }
  [[nodiscard]] std::string last_failure();
  // Of the plugin this world reloads.
  [[nodiscard]] std::string Bundle(const std::string& name) const;
  // Ends the load, so that nothing moves any more: what is to be shown is waited for first.
  void StopLoad();

 private:
  void AddShops();
  void CallAllTheTime();
  void SellAllTheTime();
  [[nodiscard]] std::vector<std::string> NotShown();
  [[nodiscard]] absl::StatusOr<std::string> TargetInWords(ReadTx& tx, const std::string& shop);
  void Failed(std::string why);

  const LoadWorldOptions options_;
  TestFolder folder_;
  SystemClock clock_;
  SeededRng rng_{1};
  IdSource ids_{clock_, rng_};
  PlainCipher cipher_;
  NoCredentials tokens_;
  ShownQuantities http_{clock_};
  NoDocuments documents_;
  TrustEverything trust_;
  const BundleGate gate_{trust_, {.all = options_.isolation, .by_id = {}}};
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  RateBudgets budgets_{clock_};
  std::unique_ptr<Store> database_;
  std::unique_ptr<EventSignal> signal_ = MakeEventSignal();
  std::unique_ptr<NotifyingStore> store_;
  std::unique_ptr<PluginCatalog> catalog_;
  std::unique_ptr<ObservedCatalog> observed_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<ApiServer> api_;
  std::vector<std::string> shops_;
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> calls_{0};
  std::atomic<int64_t> failures_{0};
  std::mutex failure_mutex_;
  std::string last_failure_;
  std::map<std::string, int64_t> levels_;  // by shop, which is its SKU, too; the merchant's thread's while it runs
  std::thread client_;
  std::thread merchant_;
};

}  // namespace quayside
