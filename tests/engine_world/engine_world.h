// The host without its API and without sockets: the real store, catalog, plugin library and engine around a simulated
// Amazon in the same process, on a clock that jumps from one due time to the next. What a seed fixes it fixes up to the
// scheduling of threads: one step of the account runs at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/simulator.h"
#include "host/net/documents.h"
#include "host/net/make_http_service.h"
#include "host/net/spool.h"
#include "host/plugin/isolation.h"
#include "host/sync/engine.h"
#include "tests/engine_world/sim_transport.h"
#include "tests/engine_world/stepped_clock.h"
#include "tests/engine_world/told_store.h"

namespace quayside {

struct EngineWorldOptions {
  std::string folder;  // made by the caller, empty
  std::string amazon_bundle;
  uint64_t seed = 1;
  boost::json::object scenario;  // of the account kAccount, and of kSecondAccount
  int64_t document_from = 0;     // EngineOptions
  IsolationMode isolation = IsolationMode::kInProcess;
  bool two_accounts = false;
  InventoryFollower* follower = nullptr;  // of all commits; outlives the world
  DurationUs reconcile_us = 0;            // EngineOptions
  DurationUs completeness_us = 0;         // EngineOptions
};

class EngineWorld {
 public:
  static constexpr const char* kAccount = "shop";
  static constexpr const char* kSeller = "A1QUAYSIDE0EU";
  // Another seller with an account of its own.
  static constexpr const char* kSecondAccount = "outlet";
  static constexpr const char* kSecondSeller = "A2QUAYSIDE0EU";

  // Throws std::runtime_error when it cannot be built.
  explicit EngineWorld(const EngineWorldOptions& options);
  ~EngineWorld();
  EngineWorld(const EngineWorld&) = delete;
  EngineWorld& operator=(const EngineWorld&) = delete;

  // The scenario's accounts.
  static boost::json::object Account();
  static boost::json::object SecondAccount();
  void AddChannel(const std::string& id, const std::string& marketplace, const std::string& account = kAccount);

  // Runs every step that is due and moves the clock to the next due time, or to `until` if that comes first.
  void RunUntil(TimeUs until);
  void RunFor(DurationUs duration) { RunUntil(clock_.Now() + duration); }

  // A part of a merchant's doing: a write, and the engine told of the accounts it touched.
  void Do(const std::function<absl::StatusOr<std::vector<std::string>>(Tx&)>& change);

  // As an operator who agrees with everything: whatever waits behind a channel's gate is let go. Whether anything did.
  bool ApprovePlans();

  // As an operator who tries again whatever waits for one.
  void HelpLanes();

  [[nodiscard]] std::vector<LaneStatus> Lanes();
  Store& store() { return told_ != nullptr ? static_cast<Store&>(*told_) : *store_; }
  SteppedClock& clock() { return clock_; }
  SimTransport& amazon() { return transport_; }
  Engine& engine() { return *engine_; }
  RateBudgets& budgets() { return budgets_; }
  IdSource& ids() { return *ids_; }
  const Cipher& cipher() { return *cipher_; }

 private:
  SteppedClock clock_;
  amazon_sim::Simulator simulator_;
  SimTransport transport_;
  SeededRng rng_;
  std::unique_ptr<IdSource> ids_;
  std::unique_ptr<Logger> logger_;
  std::unique_ptr<SecretSource> secrets_;
  std::vector<std::string> accounts_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<ToldStore> told_;  // over store_, when somebody wants to be told
  std::unique_ptr<Cipher> cipher_;
  RateBudgets budgets_;
  std::unique_ptr<Tokens> tokens_;
  std::unique_ptr<HttpService> http_;
  std::unique_ptr<DocumentSpool> spool_;
  std::unique_ptr<DocumentService> documents_;
  std::unique_ptr<TrustPolicy> trust_;
  std::unique_ptr<BundleGate> gate_;
  std::unique_ptr<PluginCatalog> catalog_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace quayside
