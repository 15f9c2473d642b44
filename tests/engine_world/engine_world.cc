#include "tests/engine_world/engine_world.h"

#include <boost/json.hpp>
#include <map>
#include <stdexcept>

#include "host/base/errors.h"
#include "host/plugin/trust_for_tests.h"
#include "host/store/sqlite_store.h"
#include "host/sync/plan_control.h"
#include "host/sync/step.h"

namespace quayside {
namespace {

constexpr TimeUs kBegin = 1'795'000'000'000'000;
constexpr int kMostRows = 100'000;
constexpr char kUserAgent[] = "Quayside/engine-world";

// One application, authorised by each seller.
std::string Credential(const std::string& account_id, const std::string& name) {
  static const std::map<std::string, std::string> credentials = {
      {"lwa_client_id", "amzn1.application-oa2-client.engine-world"},
      {"lwa_client_secret", "amzn1.oa2-cs.v1.engine-world"},
      {"lwa_refresh_token", "Atzr|engine-world"}};
  const bool second = account_id == EngineWorld::kSecondAccount && name == "lwa_refresh_token";
  return credentials.at(name) + (second ? "-2" : "");
}

boost::json::object SellerOf(const std::string& account_id, const char* seller, const char* store_name) {
  return {{"seller_id", seller},
          {"region", "EU"},
          {"marketplaces", {"UK", "DE"}},
          {"store_name", store_name},
          {"client_id", Credential(account_id, "lwa_client_id")},
          {"client_secret", Credential(account_id, "lwa_client_secret")},
          {"refresh_token", Credential(account_id, "lwa_refresh_token")}};
}

class KnownSecrets final : public SecretSource {
 public:
  absl::StatusOr<std::string> GetSecret(const std::string& account_id, const std::string& name) override {
    return Credential(account_id, name);
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

boost::json::object EngineWorld::Account() { return SellerOf(kAccount, kSeller, "Quayside Goods"); }

boost::json::object EngineWorld::SecondAccount() { return SellerOf(kSecondAccount, kSecondSeller, "Quayside Outlet"); }

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
  if (options.follower != nullptr) told_ = std::make_unique<ToldStore>(*store_, *options.follower);
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
  accounts_.emplace_back(kAccount);
  if (options.two_accounts) accounts_.emplace_back(kSecondAccount);
  Check(store().Write([&](Tx& tx) -> absl::Status {
    for (const std::string& id : accounts_) {
      const std::string seller = id == kAccount ? kSeller : kSecondSeller;
      QS_RETURN_IF_ERROR(
          tx.PutAccount({.id = id, .plugin_id = "amazon", .options = {{"region", "eu"}, {"seller_id", seller}}}));
    }
    return absl::OkStatus();
  }));
  engine_ = MakeEngine({store(), clock_, rng_, *ids_, *logger_, *catalog_, budgets_, *tokens_, *cipher_},
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

void EngineWorld::AddChannel(const std::string& id, const std::string& marketplace, const std::string& account) {
  Check(store().Write([&](Tx& tx) {
    return tx.PutChannel({.id = id, .account_id = account, .marketplace = marketplace, .enabled = true}, "test");
  }));
  engine_->AccountChanged(account);
}

void EngineWorld::HelpLanes() {
  for (const std::string& account : accounts_) engine_->AccountChanged(account);
}

std::vector<LaneStatus> EngineWorld::Lanes() { return Checked(engine_->ListLanes({.limit = 100})); }

void EngineWorld::Do(const std::function<absl::StatusOr<std::vector<std::string>>(Tx&)>& change) {
  std::vector<std::string> accounts;
  Check(store().Write([&](Tx& tx) -> absl::Status {
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
    std::vector<std::string> touched;
    for (const std::string& account : accounts_) {
      QS_ASSIGN_OR_RETURN(const std::vector<GateRecord> closed, tx.ListClosedGates(account));
      for (const GateRecord& gate : closed) {
        QS_ASSIGN_OR_RETURN(const std::vector<TargetRecord> braked,
                            tx.ListBraked({.channel_id = gate.channel_id, .limit = kMostRows}));
        if (gate.state == GateState::kReleasing || braked.empty()) continue;
        const auto rows = static_cast<int64_t>(braked.size());
        const PlanRecord plan{
            .channel_id = gate.channel_id, .hash = "0001", .batch = gate.batch, .rows = rows, .made_us = clock_.Now()};
        QS_RETURN_IF_ERROR(tx.PutPlan(plan));
        QS_RETURN_IF_ERROR(ApplyPlan(tx, clock_.Now(), gate.channel_id, plan.hash).status());
        touched.push_back(account);
        approved = true;
      }
    }
    return touched;
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
