#include "tests/engine_world/engine_world.h"

#include <boost/json.hpp>
#include <map>
#include <stdexcept>

#include "host/plugin/trust_for_tests.h"
#include "host/store/sqlite_store.h"
#include "host/sync/plan_control.h"
#include "host/sync/step.h"

namespace quayside {
namespace {

constexpr TimeUs kBegin = 1'795'000'000'000'000;
constexpr int kMostRows = 100'000;
constexpr char kUserAgent[] = "Quayside/engine-world";

const std::map<std::string, std::string>& Credentials() {
  static const std::map<std::string, std::string> credentials = {
      {"lwa_client_id", "amzn1.application-oa2-client.engine-world"},
      {"lwa_client_secret", "amzn1.oa2-cs.v1.engine-world"},
      {"lwa_refresh_token", "Atzr|engine-world"}};
  return credentials;
}

class KnownSecrets final : public SecretSource {
 public:
  absl::StatusOr<std::string> GetSecret(const std::string&, const std::string& name) override {
    return Credentials().at(name);
  }
};

void Check(const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

template <typename Value>
Value Checked(absl::StatusOr<Value> value) {
  Check(value.status());
  return *std::move(value);
}

}  // namespace

boost::json::object EngineWorld::Account() {
  return {{"seller_id", kSeller},
          {"region", "EU"},
          {"marketplaces", {"UK", "DE"}},
          {"store_name", "Quayside Goods"},
          {"client_id", Credentials().at("lwa_client_id")},
          {"client_secret", Credentials().at("lwa_client_secret")},
          {"refresh_token", Credentials().at("lwa_refresh_token")}};
}

EngineWorld::EngineWorld(const EngineWorldOptions& options)
    : clock_(kBegin),
      simulator_({.base = kBegin, .seed = options.seed}),
      transport_(simulator_, clock_, options.seed + 1),
      rng_(options.seed + 2),
      ids_(std::make_unique<IdSource>(clock_, rng_)),
      logger_(MakeNullLogger()),
      secrets_(std::make_unique<KnownSecrets>()),
      budgets_(clock_) {
  simulator_.LoadScenario(options.scenario, {.seed = options.seed, .speed = 0});
  simulator_.clock().Reset(kBegin);
  transport_.Act("settings", {{"documents", {{"base_url", "https://documents.s3.amazonaws.com"}}}});
  store_ = Checked(OpenSqliteStore({.data_dir = options.folder + "/data"}));
  cipher_ = Checked(OpenEnvelopeCipher(*store_, clock_, options.folder + "/master.key", true));
  tokens_ = MakeTokens(transport_, *secrets_, clock_);
  http_ = MakeHttpService(transport_, *tokens_, budgets_, clock_, {.user_agent = kUserAgent});
  spool_ = Checked(
      DocumentSpool::Open({.folder = options.folder + "/documents", .min_free_bytes = 0}, *cipher_, clock_, *logger_));
  documents_ = MakeDocumentService(transport_, *spool_, clock_, {.user_agent = kUserAgent});
  trust_ = std::make_unique<TrustEverything>();
  gate_ = std::make_unique<BundleGate>(*trust_, IsolationWishes{.all = options.isolation});
  catalog_ = MakePluginCatalog(*store_, clock_, *logger_, *http_, *documents_, *gate_,
                               {.plugin_dir = options.folder + "/plugins",
                                .run_dir = options.folder + "/loaded",
                                .workers_per_plugin = 2,
                                .probe_program = "",
                                .runner = {.program = QUAYSIDE_TEST_RUNNER}});
  Check(catalog_->Start());
  (void)Checked(catalog_->Install(options.amazon_bundle, InstallOptions{}));
  Check(store_->Write([&](Tx& tx) {
    return tx.PutAccount(
        {.id = kAccount, .plugin_id = "amazon", .options = {{"region", "eu"}, {"seller_id", kSeller}}});
  }));
  engine_ = MakeEngine({*store_, clock_, rng_, *ids_, *logger_, *catalog_, budgets_, *tokens_, *cipher_},
                       {.max_steps_per_account = 1,
                        .document_from = options.document_from,
                        .reconcile_us = options.reconcile_us,
                        .completeness_us = options.completeness_us});
  Check(engine_->Start());
}

EngineWorld::~EngineWorld() {
  engine_->Stop();
  catalog_->Stop();
}

void EngineWorld::AddChannel(const std::string& id, const std::string& marketplace) {
  Check(store_->Write([&](Tx& tx) {
    return tx.PutChannel({.id = id, .account_id = kAccount, .marketplace = marketplace, .enabled = true}, "test");
  }));
  engine_->AccountChanged(kAccount);
}

std::vector<LaneStatus> EngineWorld::Lanes() { return Checked(engine_->ListLanes({.limit = 100})); }

void EngineWorld::Do(const std::function<absl::StatusOr<std::vector<std::string>>(Tx&)>& change) {
  std::vector<std::string> accounts;
  Check(store_->Write([&](Tx& tx) -> absl::Status {
    auto touched = change(tx);
    if (!touched.ok()) return touched.status();
    accounts = *std::move(touched);
    return absl::OkStatus();
  }));
  if (!accounts.empty()) engine_->TargetsChanged(accounts);
}

bool EngineWorld::ApprovePlans() {
  bool approved = false;
  Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
    approved = false;
    auto closed = tx.ListClosedGates(kAccount);
    if (!closed.ok()) return closed.status();
    for (const GateRecord& gate : *closed) {
      const auto braked = tx.ListBraked(gate.channel_id, "", kMostRows);
      if (!braked.ok()) return braked.status();
      if (gate.state == GateState::kReleasing || braked->empty()) continue;
      const auto rows = static_cast<int64_t>(braked->size());
      const PlanRecord plan{
          .channel_id = gate.channel_id, .hash = "0001", .batch = gate.batch, .rows = rows, .made_us = clock_.Now()};
      if (absl::Status shown = tx.PutPlan(plan); !shown.ok()) return shown;
      if (const auto applied = ApplyPlan(tx, clock_.Now(), gate.channel_id, plan.hash); !applied.ok())
        return applied.status();
      approved = true;
    }
    return std::vector<std::string>(approved ? 1 : 0, kAccount);
  });
  return approved;
}

void EngineWorld::RunUntil(TimeUs until) {
  for (;;) {
    TimeUs due = kNever;
    bool busy = false;
    for (const LaneStatus& lane : Lanes()) {
      if (lane.activity == LaneActivity::kRunning) busy = true;
      const bool waits = lane.activity == LaneActivity::kIdle || lane.activity == LaneActivity::kBackoff;
      if (!waits) continue;
      // A new lane is due at once, which reads like "when somebody calls".
      const bool is_new = lane.record.last_success_us == 0 && lane.record.failures == 0;
      if (is_new || lane.record.next_run_us > 0) due = std::min(due, lane.record.next_run_us);
    }
    // What is due is about to be claimed: the clock stands still for it.
    if (busy || due <= clock_.Now()) {
      clock_.AwaitWaiter();
      continue;
    }
    if (clock_.Now() >= until) return;
    transport_.Advance(std::min(due, until) - clock_.Now());
  }
}

}  // namespace quayside
