// A host without API and sockets: the real store, catalog and engine, with versions of the counter plugin
// (tests/plugins/versions). Its clock stands still until a test moves it; a lane works when it is told to.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "host/base/clock.h"
#include "host/inventory/testing/store_world.h"
#include "host/net/documents.h"
#include "host/net/tokens.h"
#include "host/plugin/admission.h"
#include "host/plugin/catalog.h"
#include "host/plugin/folder_for_tests.h"
#include "host/plugin/trust_for_tests.h"
#include "host/security/plain_cipher_for_tests.h"
#include "host/sync/engine.h"
#include "tests/plugin/no_services.h"

namespace quayside {

class NoCredentials final : public Tokens {
 public:
  absl::StatusOr<std::string> Get(const std::string&, const quayside::plugin::v1::Credential&, const std::string&,
                                  const std::function<bool()>&) override {
    return absl::UnimplementedError("the counter needs none");
  }
  void Invalidate(const std::string&, const std::string&, const std::string&) override {}
  void Forget(const std::string&) override {}
};

// Of the catalog; where a test says nothing: in process, no journal, short patience.
struct ReloadWorldOptions {
  std::optional<IsolationMode> isolation = IsolationMode::kInProcess;  // nullopt: as signed, which is in process
  int max_leaked = 3;
  std::string journal_file;
  DurationUs prepare_patience_us = 20 * kSecondUs;
  DurationUs close_patience_us = kSecondUs / 2;
  RestartRules restart = {};  // of runners
  DurationUs runner_patience_us = 10 * kSecondUs;
  std::string probe_program = {};  // empty: what runs in process is loaded straight away
};

class ReloadWorld {
 public:
  static constexpr const char* kPlugin = "counter";
  static constexpr DurationUs kStepTimeoutUs = kMinuteUs;
  // Past a step's deadline and the watchdog's grace.
  static constexpr DurationUs kTooLongUs = kStepTimeoutUs + 3 * kSecondUs;

  explicit ReloadWorld(ReloadWorldOptions options = {}) : options_(std::move(options)) { Open(); }
  ~ReloadWorld() { Close(); }
  ReloadWorld(const ReloadWorld&) = delete;
  ReloadWorld& operator=(const ReloadWorld&) = delete;

  static std::string Bundle(const std::string& name) {
    return std::string(QUAYSIDE_TEST_BUNDLES) + "/versions/" + name;
  }
  std::string File(const std::string& name) { return folder_ / name; }
  void Touch(const std::string& name) { std::ofstream(File(name)).put('x'); }
  void Remove(const std::string& name) { std::filesystem::remove(File(name)); }

  // As after a restart of the host.
  void Restart() {
    Close();
    Open();
  }

  // Installs; the first one works from then on.
  void Install(const std::string& bundle);
  absl::StatusOr<ReloadReport> Reload(const std::string& version, CanaryOptions canary = {});
  absl::StatusOr<ReloadReport> ReloadBundle(const std::string& bundle, CanaryOptions canary = {});
  absl::StatusOr<ReloadReport> Rollback() { return catalog_->Rollback(kPlugin, "local", nullptr); }

  // An account with one enabled channel, so that "{id}.orders" is a lane; its first step runs at once, and is waited
  // for.
  void AddShop(const std::string& id, std::map<std::string, std::string> options = {});
  void Start();
  // Steps of the lane, one after the other, each committed before this returns.
  void Step(const std::string& account, int count = 1);
  // Until no step of the lane is under way.
  void Rest(const std::string& account);
  void MakeDue(const std::string& account) { engine_->MakeLanesDue({account + ".orders"}); }
  // The engine's threads are real: what they are about to do is waited for, while the clock stands still.
  void Until(const std::string& what, const std::function<bool()>& fact);
  void UntilState(int64_t generation, const std::string& state) {
    Until("generation " + std::to_string(generation) + " is " + state, [&] { return StateOf(generation) == state; });
  }

  PluginStatus Plugin();
  std::string StateOf(int64_t generation);
  int64_t ActiveGeneration();
  std::string ActiveVersion() { return Plugin().record.version; }
  PluginVersionRecord Version(const std::string& version);
  LaneRecord Lane(const std::string& account);
  // How many orders of the account there are; fails the test when they are not 0..n-1, each once.
  int64_t Orders(const std::string& account);
  AccountRecord Account(const std::string& id) {
    return store_world_.Read([&](ReadTx& tx) { return tx.GetAccount(id); });
  }
  // "plugin.canary 2.0.0" and so on, of the plugin, oldest first.
  std::vector<std::string> PluginEvents();
  std::vector<AuditRecord> Audit();

  StoreWorld& store() { return store_world_; }
  ManualClock& clock() { return store_world_.clock; }
  PluginCatalog& catalog() { return *catalog_; }
  Engine& engine() { return *engine_; }

 private:
  void Open();
  void Close();

  const ReloadWorldOptions options_;
  StoreWorld store_world_;
  TestFolder folder_;
  SeededRng rng_{1};
  PlainCipher cipher_;
  NoCredentials tokens_;
  NoHttp http_;
  NoDocuments documents_;
  TrustEverything trust_;
  const BundleGate gate_{trust_, {.all = options_.isolation, .by_id = {}}};
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  std::unique_ptr<RateBudgets> budgets_;
  bool started_ = false;
  std::unique_ptr<PluginCatalog> catalog_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace quayside
