#include "tests/reload/reload_world.h"

#include <filesystem>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/plugin/instance_config.h"

namespace quayside {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);

}  // namespace

void ReloadWorld::Open() {
  budgets_ = std::make_unique<RateBudgets>(clock());
  catalog_ = MakePluginCatalog(store_world_.store(), clock(), *logger_, http_, documents_, gate_,
                               {.plugin_dir = File("plugins"),
                                .run_dir = File("loaded"),
                                .workers_per_plugin = 4,
                                .max_leaked = options_.max_leaked,
                                .journal_file = options_.journal_file,
                                .prepare_patience_us = options_.prepare_patience_us,
                                .close_patience_us = options_.close_patience_us,
                                .probe_program = options_.probe_program,
                                .runner = {.program = QUAYSIDE_TEST_RUNNER,
                                           .restart = options_.restart,
                                           .load_timeout_us = options_.runner_patience_us,
                                           .control_timeout_us = options_.runner_patience_us}});
  ASSERT_TRUE(catalog_->Start().ok());
  engine_ = MakeEngine(
      {store_world_.store(), clock(), rng_, store_world_.ids(), *logger_, *catalog_, *budgets_, tokens_, cipher_},
      {.step_timeout_us = kStepTimeoutUs});
  if (started_) Start();
}

void ReloadWorld::Close() {
  // Whatever waits in a plugin goes on.
  for (const char* file : {"hold", "latch"}) Remove(file);
  Until("every step has come back", [&] { return engine_->StepsUnderWay().empty(); });
  engine_->Stop();
  catalog_->Stop();
  engine_.reset();
  catalog_.reset();
}

void ReloadWorld::Start() {
  started_ = true;
  ASSERT_TRUE(engine_->Start().ok());
}

void ReloadWorld::Install(const std::string& bundle) {
  const auto installed = catalog_->Install(Bundle(bundle), {});
  ASSERT_TRUE(installed.ok()) << installed.status();
}

absl::StatusOr<ReloadReport> ReloadWorld::Reload(const std::string& version, CanaryOptions canary) {
  return catalog_->Reload(
      {.plugin_id = kPlugin, .version = version, .canary = std::move(canary), .allow_downgrade = true}, nullptr);
}

absl::StatusOr<ReloadReport> ReloadWorld::ReloadBundle(const std::string& bundle, CanaryOptions canary) {
  QS_RETURN_IF_ERROR(catalog_->Install(Bundle(bundle), {}).status());
  return Reload("", std::move(canary));
}

void ReloadWorld::AddShop(const std::string& id, std::map<std::string, std::string> options) {
  store_world_.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutAccount({.id = id, .plugin_id = kPlugin, .options = options, .revision = 1}));
    return tx.PutChannel({.id = id + "-main", .account_id = id, .marketplace = "main", .enabled = true}, "test");
  });
  if (!started_) return;
  engine_->AccountChanged(id);
  Until("the first step of " + id, [&] { return Lane(id).items_total > 0; });
  Rest(id);
}

void ReloadWorld::Rest(const std::string& account) {
  Until("the lane of " + account + " rests", [&] {
    const auto lane = engine_->GetLane(account + ".orders");
    return lane.ok() && lane->activity != LaneActivity::kRunning;
  });
}

void ReloadWorld::Step(const std::string& account, int count) {
  for (int i = 0; i < count; ++i) {
    Rest(account);
    const int64_t before = Lane(account).items_total;
    MakeDue(account);
    Until("a step of " + account, [&] { return Lane(account).items_total > before; });
    Rest(account);
  }
}

void ReloadWorld::Until(const std::string& what, const std::function<bool()>& fact) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!fact()) {
    if (std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << "in vain: " << what;
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

PluginStatus ReloadWorld::Plugin() {
  const auto status = catalog_->Get(kPlugin);
  EXPECT_TRUE(status.ok()) << status.status();
  return status.value_or(PluginStatus());
}

std::string ReloadWorld::StateOf(int64_t generation) {
  for (const GenerationStatus& each : Plugin().generations) {
    if (each.number == generation) return each.state;
  }
  return "";
}

int64_t ReloadWorld::ActiveGeneration() {
  for (const GenerationStatus& each : Plugin().generations) {
    if (each.works) return each.number;
  }
  return 0;
}

PluginVersionRecord ReloadWorld::Version(const std::string& version) {
  return store_world_.Read([&](ReadTx& tx) { return tx.FindPluginVersion(kPlugin, version); })
      .value_or(PluginVersionRecord());
}

LaneRecord ReloadWorld::Lane(const std::string& account) {
  return store_world_.Read([&](ReadTx& tx) { return tx.FindLane(account + ".orders"); }).value_or(LaneRecord());
}

int64_t ReloadWorld::Orders(const std::string& account) {
  const std::vector<OrderRecord> orders =
      store_world_.Read([&](ReadTx& tx) { return tx.ListOrders({.account_id = account, .limit = 1'000'000}); });
  std::set<std::string> ids;
  for (const OrderRecord& order : orders) ids.insert(order.external_id);
  EXPECT_EQ(ids.size(), orders.size()) << "orders are there twice";
  for (size_t n = 0; n < orders.size(); ++n) {
    EXPECT_TRUE(ids.contains(account + "-" + std::to_string(n))) << "order " << n << " of " << account << " is lost";
  }
  return static_cast<int64_t>(orders.size());
}

std::vector<std::string> ReloadWorld::PluginEvents() {
  std::vector<std::string> texts;
  for (const EventRecord& event : store_world_.Read([](ReadTx& tx) {
         return tx.ListEvents({.after_revision = 0, .type_prefixes = {"plugin."}, .limit = 10'000});
       })) {
    texts.push_back(event.type + " " + event.attributes.at("version"));
  }
  return texts;
}

std::vector<AuditRecord> ReloadWorld::Audit() {
  std::vector<AuditRecord> rows = store_world_.Read([](ReadTx& tx) { return tx.ListAudit({.limit = 10'000}); });
  std::reverse(rows.begin(), rows.end());
  return rows;
}

}  // namespace quayside
