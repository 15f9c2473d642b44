// A plugin catalog with one plugin, and an engine and documents that only remember, for tests of the API.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "host/base/errors.h"
#include "host/net/documents.h"
#include "host/plugin/catalog.h"
#include "host/sync/engine.h"

namespace quayside {

class FakeCatalog final : public PluginCatalog {
 public:
  FakeCatalog() {
    plugin.record = {.id = "amazon",
                     .version = "1.0.0",
                     .folder = "amazon/1.0.0",
                     .sha256 = "ab12",
                     .manifest_json = "{}",
                     .installed_us = 1};
    plugin.health = PluginHealth::kActive;
    plugin.generations.push_back({.number = 1, .version = "1.0.0", .state = "ACTIVE", .loaded_us = 2, .works = true});
    auto& manifest = plugin.manifest;
    manifest.set_id("amazon");
    manifest.set_name("Amazon");
    manifest.set_vendor("Quayside");
    manifest.set_config_schema(R"({"type":"object"})");
    auto* contract = manifest.add_contracts();
    contract->set_id("order_sync/1");
    contract->set_scope("account");
    contract->add_methods("pull");
    for (const char* name : {"client_secret", "refresh_token"}) manifest.add_secrets()->set_name(name);
    AddMarketplace("A1PA6795UKMFR9", "Germany", "DE", "eu");
    AddMarketplace("A1F83G8C2ARO7P", "United Kingdom", "GB", "eu");
    AddMarketplace("ATVPDKIKX0DER", "United States", "US", "na");
  }

  absl::Status Start() override { return absl::OkStatus(); }
  std::vector<PluginStatus> List() override { return {plugin}; }
  absl::StatusOr<PluginStatus> Get(const std::string& plugin_id) override {
    if (plugin_id == plugin.record.id) return plugin;
    return MakeError(absl::StatusCode::kNotFound, Reason::kPluginNotFound, "no plugin '" + plugin_id + "' is installed",
                     {{"resource", "plugins/" + plugin_id}});
  }
  absl::StatusOr<BundleInspection> Inspect(const std::string& path) override {
    QS_RETURN_IF_ERROR(CheckBundle(path));
    return BundleInspection{plugin,
                            {.signatures = {{"5b1f0c9a7d3e2846", "Acme", SignatureState::kExpired, "it expired",
                                             IsolationMode::kInProcess}},
                             .elf = {.exported = {"qs_plugin"}, .needed = {"libc.so.6"}},
                             .findings = {{"STATIC_TLS", LintWeight::kRefused, "needs it", "do without"}}}};
  }
  absl::StatusOr<PluginStatus> Install(const std::string& path, const InstallOptions& options,
                                       const InstallHook& also) override {
    QS_RETURN_IF_ERROR(CheckBundle(path));
    if (options.validate_only) return plugin;
    downgrade_allowed = options.allow_downgrade;
    ++installs;
    QS_RETURN_IF_ERROR(store->Write([&](Tx& tx) { return also(tx, plugin); }));
    if (!plugin.generations.empty()) ++plugin.generations.front().number;
    return plugin;
  }
  absl::StatusOr<std::shared_ptr<Generation>> Active(const std::string&) override {
    return absl::UnimplementedError("fake");
  }
  absl::StatusOr<ReloadReport> Reload(const ReloadRequest& request, const ReloadObserver& observer) override {
    return reload(request, observer);
  }
  absl::StatusOr<ReloadReport> Rollback(const std::string& plugin_id, const std::string& actor,
                                        const ReloadObserver& observer) override {
    return reload({.plugin_id = plugin_id, .version = "back", .actor = actor}, observer);
  }
  absl::StatusOr<PluginStatus> Unload(const std::string& plugin_id, int64_t generation, const std::string&) override {
    unloaded = generation;
    return Get(plugin_id);
  }
  absl::StatusOr<PluginStatus> Release(const std::string& plugin_id, const std::string& version,
                                       const ReleaseOptions&) override {
    released = version;
    return Get(plugin_id);
  }
  void StopReloads() override { reloads_stopped = true; }
  void Stop() override {}

  // Set before the calls that use it.
  std::function<absl::StatusOr<ReloadReport>(const ReloadRequest&, const ReloadObserver&)> reload =
      [](const ReloadRequest&, const ReloadObserver&) { return absl::UnimplementedError("fake"); };
  std::atomic<bool> reloads_stopped{false};
  int64_t unloaded = -1;
  std::string released;
  Store* store = nullptr;
  PluginStatus plugin;
  std::atomic<int> installs{0};
  std::atomic<bool> downgrade_allowed{false};
  std::atomic<bool> bundle_gone{false};  // from "/good"

 private:
  absl::Status CheckBundle(const std::string& path) const {
    if (path == "/good" && !bundle_gone) return absl::OkStatus();
    return MakeError(absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid,
                     "there is no plugin.so in '" + path + "'");
  }
  void AddMarketplace(const std::string& id, const std::string& name, const std::string& country,
                      const std::string& region) {
    auto* added = plugin.manifest.add_marketplaces();
    added->set_id(id);
    added->set_name(name);
    added->set_country_code(country);
    added->set_region(region);
  }
};

class FakeEngine final : public Engine {
 public:
  absl::Status Start() override { return absl::OkStatus(); }
  void Stop() override {}
  void SetDraining(bool draining) override { draining_ = draining; }
  bool draining() override { return draining_; }
  bool AwaitQuiet(DurationUs patience_us) override {
    patience = patience_us;
    return steps.empty();
  }
  std::vector<StepUnderWay> StepsUnderWay() override { return steps; }
  std::vector<LaneLoad> LanesOfPlugin(const std::string&) override { return {}; }
  void MakeLanesDue(const std::vector<std::string>&) override {}
  void TryAgain(const std::string&, int64_t) override {}
  void CursorsRestored(const std::vector<std::string>&) override {}
  void PluginChanged(const std::string&) override {}

  absl::StatusOr<std::vector<LaneStatus>> ListLanes(const LaneQuery& query) override {
    const std::lock_guard<std::mutex> guard(mutex_);
    std::vector<LaneStatus> out;
    for (const auto& [id, lane] : lanes_) {
      if (id <= query.after_id || static_cast<int>(out.size()) == query.limit) continue;
      if (!query.account_id.empty() && lane.record.account_id != query.account_id) continue;
      if (!query.channel_id.empty() && lane.record.channel_id != query.channel_id) continue;
      out.push_back(lane);
    }
    return out;
  }
  std::vector<LaneStatus> LanesOfChannels(const std::vector<ChannelRecord>& channels) override {
    const std::lock_guard<std::mutex> guard(mutex_);
    ++looks_at_lanes;
    std::vector<LaneStatus> out;
    for (const auto& [id, lane] : lanes_) {
      const bool serves = std::any_of(channels.begin(), channels.end(), [&record = lane.record](const auto& channel) {
        return record.account_id == channel.account_id &&
               (record.channel_id.empty() || record.channel_id == channel.id);
      });
      if (serves) out.push_back(lane);
    }
    return out;
  }
  void RunCancelled(const RunRecord& run) override {
    const std::lock_guard<std::mutex> guard(mutex_);
    cancelled_runs_.push_back(run.id);
  }
  std::vector<int64_t> cancelled_runs() {
    const std::lock_guard<std::mutex> guard(mutex_);
    return cancelled_runs_;
  }
  absl::StatusOr<LaneStatus> GetLane(const std::string& lane_id) override {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto found = lanes_.find(lane_id);
    if (found != lanes_.end()) return found->second;
    return MakeError(absl::StatusCode::kNotFound, Reason::kLaneNotFound, "there is no lane '" + lane_id + "'",
                     {{"resource", "lanes/" + lane_id}});
  }
  void LaneChanged(const std::string& lane_id) override {
    const std::lock_guard<std::mutex> guard(mutex_);
    ++lanes_changed_[lane_id];
  }
  void AccountChanged(const std::string& account_id) override {
    const std::lock_guard<std::mutex> guard(mutex_);
    ++accounts_changed_[account_id];
  }
  void TargetsChanged(const std::vector<std::string>& account_ids) override {
    const std::lock_guard<std::mutex> guard(mutex_);
    for (const std::string& id : account_ids) ++targets_changed_[id];
  }
  void DespatchesChanged(const std::string& account_id) override {
    const std::lock_guard<std::mutex> guard(mutex_);
    ++despatches_changed_[account_id];
  }
  void PostSalesChanged(const std::string& account_id) override {
    const std::lock_guard<std::mutex> guard(mutex_);
    ++post_sales_changed_[account_id];
  }
  void OutboundsChanged(const std::string& account_id) override {
    const std::lock_guard<std::mutex> guard(mutex_);
    ++outbounds_changed_[account_id];
  }
  int64_t CountUndecided(const std::string&) override { return undecided; }
  absl::StatusOr<quayside::plugin::v1::CheckReply> TestAccount(const std::string& account_id,
                                                               DurationUs timeout_us) override {
    return test_account(account_id, timeout_us);
  }
  absl::StatusOr<quayside::plugin::v1::GetOrdersReply> GetOrders(const std::string& account_id,
                                                                 const quayside::plugin::v1::GetOrdersRequest& request,
                                                                 DurationUs) override {
    return get_orders(account_id, request);
  }
  absl::Status ValidateAccount(const AccountRecord& account) override { return validate(account); }

  std::atomic<int64_t> undecided = 0;

  void AddLane(const std::string& id, const std::string& account, const std::string& channel, Job job) {
    const std::lock_guard<std::mutex> guard(mutex_);
    lanes_[id].record = {.id = id, .account_id = account, .channel_id = channel, .job = job};
  }
  void SetActivity(const std::string& id, LaneActivity activity) {
    const std::lock_guard<std::mutex> guard(mutex_);
    lanes_[id].activity = activity;
  }
  int accounts_changed(const std::string& id) {
    const std::lock_guard<std::mutex> guard(mutex_);
    return accounts_changed_[id];
  }
  int lanes_changed(const std::string& id) {
    const std::lock_guard<std::mutex> guard(mutex_);
    return lanes_changed_[id];
  }
  int targets_changed(const std::string& id) {
    const std::lock_guard<std::mutex> guard(mutex_);
    return targets_changed_[id];
  }

  int outbounds_changed(const std::string& id) {
    const std::lock_guard<std::mutex> guard(mutex_);
    return outbounds_changed_[id];
  }
  int post_sales_changed(const std::string& id) {
    const std::lock_guard<std::mutex> guard(mutex_);
    return post_sales_changed_[id];
  }
  int despatches_changed(const std::string& id) {
    const std::lock_guard<std::mutex> guard(mutex_);
    return despatches_changed_[id];
  }

  // Set before the calls that use them.
  std::function<absl::StatusOr<quayside::plugin::v1::CheckReply>(const std::string&, DurationUs)> test_account =
      [](const std::string&, DurationUs) { return quayside::plugin::v1::CheckReply(); };
  std::function<absl::StatusOr<quayside::plugin::v1::GetOrdersReply>(const std::string&,
                                                                     const quayside::plugin::v1::GetOrdersRequest&)>
      get_orders = [](const std::string&, const quayside::plugin::v1::GetOrdersRequest&) {
        return quayside::plugin::v1::GetOrdersReply();
      };
  std::function<absl::Status(const AccountRecord&)> validate = [](const AccountRecord&) { return absl::OkStatus(); };
  std::atomic<int> looks_at_lanes{0};
  std::atomic<DurationUs> patience{-1};  // of the last AwaitQuiet
  std::vector<StepUnderWay> steps;

 private:
  std::atomic<bool> draining_{false};
  std::mutex mutex_;
  std::map<std::string, LaneStatus> lanes_;
  std::map<std::string, int> accounts_changed_;
  std::map<std::string, int> targets_changed_;
  std::map<std::string, int> despatches_changed_;
  std::map<std::string, int> post_sales_changed_;
  std::map<std::string, int> outbounds_changed_;
  std::map<std::string, int> lanes_changed_;
  std::vector<int64_t> cancelled_runs_;
};

// Keeps nothing but whose documents were released.
class FakeDocuments final : public DocumentService {
 public:
  absl::StatusOr<quayside::plugin::v1::DocumentReply> Handle(quayside::plugin::v1::DocumentRequest,
                                                             const CallContext&) override {
    return absl::UnimplementedError("no step runs here");
  }
  absl::Status ReleaseAccount(const std::string& account_id) override {
    const std::lock_guard<std::mutex> guard(mutex_);
    released_.push_back(account_id);
    return answer;
  }
  std::vector<std::string> released() {
    const std::lock_guard<std::mutex> guard(mutex_);
    return released_;
  }
  absl::Status answer;  // set before the calls that use it

 private:
  std::mutex mutex_;
  std::vector<std::string> released_;
};

}  // namespace quayside
