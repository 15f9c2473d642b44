#include "host/sync/account_reader.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "absl/strings/numbers.h"
#include "host/base/errors.h"
#include "host/plugin/instance_config.h"
#include "host/plugin/job_contract.h"
#include "host/plugin/manifest.h"
#include "host/sync/lane_id.h"
#include "host/sync/next_comparison.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr int kPage = 1000;

using StoredLanes = std::map<std::string, LaneRecord>;

Lane MakeLane(const StoredLanes& stored, const AccountRecord& account, const std::string& channel_id, Job job,
              bool enabled) {
  Lane lane;
  const std::string id =
      channel_id.empty() ? AccountLaneId(account.id, job) : ChannelLaneId(account.id, channel_id, job);
  if (const auto found = stored.find(id); found != stored.end()) lane.record = found->second;
  lane.record.id = id;
  lane.record.account_id = account.id;
  lane.record.channel_id = channel_id;
  lane.record.job = job;
  lane.plugin_id = account.plugin_id;
  lane.enabled = enabled;
  lane.due_us = lane.record.next_run_us;
  return lane;
}

// Of a lane that compares: without a row nothing was compared yet.
void BeginInItsTurn(const StoredLanes& stored, std::string_view whose, TimeUs now, DurationUs interval_us, Lane& lane) {
  if (!stored.contains(lane.record.id)) lane.due_us = FirstComparisonUs(whose, now, interval_us);
}

// Accounts that wait for the end of something, by job: that is followed although no channel is enabled.
using OpenWork = std::map<Job, std::set<std::string>>;

AccountLanes Derive(const AccountRecord& account, const std::vector<ChannelRecord>& channels, const StoredLanes& stored,
                    const pb::Manifest* manifest, const OpenWork& open_work, const ComparingJobs& comparing) {
  AccountLanes derived{.account_id = account.id};
  const auto offers = [&](Job job) { return manifest != nullptr && OffersJob(*manifest, job); };
  const bool any_enabled =
      std::any_of(channels.begin(), channels.end(), [](const auto& channel) { return channel.enabled; });
  for (const Job job : {Job::kOrders, Job::kInventory, Job::kDespatch, Job::kPostSale, Job::kOutbound}) {
    // A plugin that is gone for now keeps its lanes, disabled, so that they can be seen.
    if (offers(job) || stored.contains(AccountLaneId(account.id, job))) {
      const auto open = open_work.find(job);
      const bool has_open = open != open_work.end() && open->second.contains(account.id);
      derived.lanes.push_back(MakeLane(stored, account, "", job, (any_enabled || has_open) && offers(job)));
      // Nothing happens at the marketplace that these would have to look for by themselves.
      if ((job == Job::kDespatch || job == Job::kPostSale || job == Job::kOutbound) && !has_open)
        derived.lanes.back().due_us = kNever;
    }
  }
  if (comparing.completeness_us > 0 &&
      (offers(Job::kCompleteness) || stored.contains(AccountLaneId(account.id, Job::kCompleteness)))) {
    derived.lanes.push_back(
        MakeLane(stored, account, "", Job::kCompleteness, any_enabled && offers(Job::kCompleteness)));
    BeginInItsTurn(stored, account.id, comparing.now, comparing.completeness_us, derived.lanes.back());
  }
  for (const ChannelRecord& channel : channels) {
    if (comparing.reconcile_us > 0 &&
        (offers(Job::kReconcile) || stored.contains(ChannelLaneId(account.id, channel.id, Job::kReconcile)))) {
      derived.lanes.push_back(MakeLane(stored, account, channel.id, Job::kReconcile,
                                       channel.enabled && channel.config.update_inventory && offers(Job::kReconcile)));
      BeginInItsTurn(stored, channel.id, comparing.now, comparing.reconcile_us, derived.lanes.back());
    }
    if (offers(Job::kListings) || stored.contains(ChannelLaneId(account.id, channel.id, Job::kListings))) {
      derived.lanes.push_back(
          MakeLane(stored, account, channel.id, Job::kListings, channel.enabled && offers(Job::kListings)));
    }
    const bool reads_centre = channel.config.fba_enabled && channel.config.fba_sync_inventory;
    if ((offers(Job::kCentreStock) && reads_centre) ||
        stored.contains(ChannelLaneId(account.id, channel.id, Job::kCentreStock))) {
      derived.lanes.push_back(MakeLane(stored, account, channel.id, Job::kCentreStock,
                                       channel.enabled && reads_centre && offers(Job::kCentreStock)));
    }
  }
  return derived;
}

absl::StatusOr<StoredLanes> AllStoredLanes(ReadTx& tx, const std::string& account_id) {
  StoredLanes all;
  LaneQuery query{.account_id = account_id, .limit = kPage};
  while (true) {
    QS_ASSIGN_OR_RETURN(const std::vector<LaneRecord> page, tx.ListLanes(query));
    for (const LaneRecord& lane : page) all.emplace(lane.id, lane);
    if (static_cast<int>(page.size()) < kPage) return all;
    query.after_id = page.back().id;
  }
}

absl::StatusOr<OpenWork> ReadOpenWork(ReadTx& tx) {
  OpenWork open_work;
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> quantities, tx.AccountsWithOpenWork());
  open_work[Job::kInventory].insert(quantities.begin(), quantities.end());
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> packages, tx.AccountsWithOpenDespatches());
  open_work[Job::kDespatch].insert(packages.begin(), packages.end());
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> actions, tx.AccountsWithOpenPostSales());
  open_work[Job::kPostSale].insert(actions.begin(), actions.end());
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> outbounds, tx.AccountsWithOpenOutbounds());
  open_work[Job::kOutbound].insert(outbounds.begin(), outbounds.end());
  return open_work;
}

// Operations that are known keep their level, and the rate the marketplace told last.
void DeclareBudgets(RateBudgets& budgets, const std::string& account_id, const pb::Manifest* manifest) {
  if (manifest == nullptr) return;
  for (const pb::RateLimit& limit : manifest->rate_limits()) {
    double rate = 0;
    if (absl::SimpleAtod(limit.rate(), &rate)) budgets.Declare(account_id, limit.operation(), rate, limit.burst());
  }
}

}  // namespace

absl::StatusOr<AccountLanes> ReadAccountLanes(ReadTx& tx, PluginCatalog& catalog, RateBudgets& budgets,
                                              const std::string& account_id, const ComparingJobs& comparing) {
  const auto account = tx.GetAccount(account_id);
  if (absl::IsNotFound(account.status())) {
    budgets.Forget(account_id);
    return AccountLanes{.account_id = account_id};
  }
  if (!account.ok()) return account.status();
  QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> channels, ReadAllChannels(tx, account_id));
  QS_ASSIGN_OR_RETURN(const StoredLanes stored, AllStoredLanes(tx, account_id));
  const auto plugin = catalog.Get(account->plugin_id);
  const pb::Manifest* manifest = plugin.ok() ? &plugin->manifest : nullptr;
  DeclareBudgets(budgets, account_id, manifest);
  QS_ASSIGN_OR_RETURN(const OpenWork open_work, ReadOpenWork(tx));
  return Derive(*account, channels, stored, manifest, open_work, comparing);
}

absl::StatusOr<std::vector<AccountLanes>> ReadAllLanes(ReadTx& tx, PluginCatalog& catalog, RateBudgets& budgets,
                                                       const ComparingJobs& comparing) {
  // A few big reads instead of some per account: 10,000 channels start within a second.
  QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> channels, ReadAllChannels(tx, ""));
  QS_ASSIGN_OR_RETURN(const StoredLanes stored, AllStoredLanes(tx, ""));
  std::map<std::string, std::vector<ChannelRecord>> by_account;
  for (const ChannelRecord& channel : channels) by_account[channel.account_id].push_back(channel);
  std::map<std::string, pb::Manifest> manifests;
  for (PluginStatus& plugin : catalog.List()) manifests[plugin.record.id] = std::move(plugin.manifest);

  QS_ASSIGN_OR_RETURN(const OpenWork open_work, ReadOpenWork(tx));
  std::vector<AccountLanes> all;
  std::string after;
  while (true) {
    QS_ASSIGN_OR_RETURN(const std::vector<AccountRecord> accounts, tx.ListAccounts(after, kPage));
    for (const AccountRecord& account : accounts) {
      const auto manifest = manifests.find(account.plugin_id);
      const pb::Manifest* known = manifest == manifests.end() ? nullptr : &manifest->second;
      DeclareBudgets(budgets, account.id, known);
      all.push_back(Derive(account, by_account[account.id], stored, known, open_work, comparing));
    }
    if (static_cast<int>(accounts.size()) < kPage) return all;
    after = accounts.back().id;
  }
}

}  // namespace quayside
