#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/security/cipher.h"
#include "host/security/key_place.h"
#include "host/store/backup.h"
#include "host/store/database_look.h"
#include "host/store/schema.h"
#include "tools/quayside/doctor/checks.h"
#include "tools/quayside/doctor/data_rules.h"
#include "tools/quayside/doctor/machine_rules.h"

namespace quayside::cli {
namespace {

constexpr int kRowsAtOnce = 1000;

// What is read in one snapshot, judged when it is over.
struct Rows {
  std::vector<LaneFacts> lanes;
  std::vector<BudgetRecord> budgets;
  OrderFacts orders;
  std::vector<PluginRecord> plugins;
  std::map<std::string, std::vector<PluginVersionRecord>> versions;
  std::vector<WrappedKeyRecord> keys;
  TimeUs newest_event_us = 0;
};

absl::StatusOr<std::set<std::string>> EnabledChannels(ReadTx& tx, std::set<std::string>& accounts) {
  std::set<std::string> enabled;
  for (std::string after;;) {
    QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> channels,
                        tx.ListChannels({.after_id = after, .limit = kRowsAtOnce}));
    for (const ChannelRecord& channel : channels) {
      if (!channel.enabled) continue;
      enabled.insert(channel.id);
      accounts.insert(channel.account_id);
    }
    if (channels.size() < static_cast<size_t>(kRowsAtOnce)) return enabled;
    after = channels.back().id;
  }
}

absl::Status ReadLanes(ReadTx& tx, Rows& rows) {
  std::set<std::string> accounts;
  QS_ASSIGN_OR_RETURN(const std::set<std::string> channels, EnabledChannels(tx, accounts));
  for (std::string after;;) {
    QS_ASSIGN_OR_RETURN(const std::vector<LaneRecord> lanes, tx.ListLanes({.after_id = after, .limit = kRowsAtOnce}));
    for (const LaneRecord& lane : lanes) {
      QS_ASSIGN_OR_RETURN(const int64_t letters, tx.CountDeadLetters(lane.id, DeadLetterState::kOpen));
      const bool enabled =
          lane.channel_id.empty() ? accounts.count(lane.account_id) > 0 : channels.count(lane.channel_id) > 0;
      rows.lanes.push_back({lane, enabled, letters});
    }
    if (lanes.size() < static_cast<size_t>(kRowsAtOnce)) return absl::OkStatus();
    after = lanes.back().id;
  }
}

absl::Status ReadOrders(ReadTx& tx, const std::string& account_id, OrderFacts& facts) {
  QS_ASSIGN_OR_RETURN(const std::vector<PostSaleBacklog> actions, tx.CountOpenPostSales(account_id));
  for (const PostSaleBacklog& backlog : actions) {
    if (backlog.state == PostSaleState::kUnclear) facts.unclear += backlog.count;
  }
  QS_ASSIGN_OR_RETURN(const std::vector<OutboundRecord> outbounds, tx.ListOpenOutbounds(account_id, kRowsAtOnce));
  for (const OutboundRecord& outbound : outbounds) facts.delayed += outbound.delayed ? 1 : 0;
  return absl::OkStatus();
}

absl::Status ReadAccounts(ReadTx& tx, Rows& rows) {
  for (std::string after;;) {
    QS_ASSIGN_OR_RETURN(const std::vector<AccountRecord> accounts, tx.ListAccounts(after, kRowsAtOnce));
    for (const AccountRecord& account : accounts) {
      QS_ASSIGN_OR_RETURN(const std::vector<BudgetRecord> budgets, tx.ListBudgets(account.id));
      rows.budgets.insert(rows.budgets.end(), budgets.begin(), budgets.end());
      QS_RETURN_IF_ERROR(ReadOrders(tx, account.id, rows.orders));
    }
    if (accounts.size() < static_cast<size_t>(kRowsAtOnce)) return absl::OkStatus();
    after = accounts.back().id;
  }
}

absl::Status ReadRows(ReadTx& tx, Rows& rows) {
  QS_RETURN_IF_ERROR(ReadLanes(tx, rows));
  QS_RETURN_IF_ERROR(ReadAccounts(tx, rows));
  QS_ASSIGN_OR_RETURN(rows.plugins, tx.ListPlugins());
  for (const PluginRecord& plugin : rows.plugins) {
    QS_ASSIGN_OR_RETURN(rows.versions[plugin.id], tx.ListPluginVersions(plugin.id));
  }
  QS_ASSIGN_OR_RETURN(rows.keys, tx.ListKeys());
  QS_ASSIGN_OR_RETURN(const int64_t last, tx.LastEventRevision());
  if (last == 0) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const std::vector<EventRecord> newest, tx.ListEvents({.after_revision = last - 1, .limit = 1}));
  if (!newest.empty()) rows.newest_event_us = newest.front().time_us;
  return absl::OkStatus();
}

bool CheckSchemaAndPages(const Installation& place, Findings& found) {
  const auto version = SchemaVersionOf(place.database());
  if (!version.ok()) {
    Problem(found, "database", std::string(version.status().message()),
            absl::IsDataLoss(version.status()) ? "restore a backup: quayside backup restore FILE"
                                               : "run the doctor as the host's user, with the host's own version");
    return false;
  }
  if (*version < NewestSchemaVersion()) {
    Remark(found, "database", Concat("schema ", *version, "; this version brings it to ", NewestSchemaVersion()),
           "make a backup, then start the host");
  } else {
    Fine(found, "database", Concat("schema ", *version));
  }
  const absl::Status pages = QuickCheckDatabase(place.database());
  if (!pages.ok()) {
    Problem(found, "database", std::string(pages.message()),
            "stop the host and restore a backup: quayside backup restore FILE");
    return false;
  }
  Fine(found, "database", "every page can be read");
  return *version == NewestSchemaVersion();
}

void CheckMasterKey(const Installation& place, const std::vector<WrappedKeyRecord>& keys, Findings& found) {
  const std::string& file = place.settings.master_key_file;
  if (const absl::Status outside = CheckKeyPlace(file, place.data_dir); !outside.ok()) {
    Problem(found, "master key", std::string(outside.message()),
            "stop the host, move the file to /etc/quayside, set security.master_key_file, start the host; and take the "
            "key out of the copies there are of the data folder");
  } else if (keys.empty()) {
    Fine(found, "master key", "nothing is sealed yet");
  } else if (const absl::Status opens = CheckDataKeys(keys, file); !opens.ok()) {
    Problem(found, "master key", std::string(opens.message()),
            "put the right file back from where you keep it; without it no secret and no address can be read");
  } else {
    Fine(found, "master key", Concat(file, " opens every data key"));
  }
}

}  // namespace

void CheckData(const Installation& place, Findings& found) {
  if (!LookAtPath(place.database()).exists) {
    Problem(found, "database", Concat("there is no ", place.database()),
            "start the host, which makes one, or restore a backup: quayside backup restore FILE");
    return;
  }
  if (!CheckSchemaAndPages(place, found)) return;
  Rows rows;
  const absl::Status read = LookIntoDatabase(place.database(), [&](ReadTx& tx) { return ReadRows(tx, rows); });
  if (!read.ok()) {
    Problem(found, "database", std::string(read.message()), "quayside backup verify, and restore one if need be");
    return;
  }
  CheckMasterKey(place, rows.keys, found);
  JudgeStoredTime(rows.newest_event_us, place.now, found);
  for (const PluginRecord& plugin : rows.plugins) JudgePlugin(plugin, rows.versions[plugin.id], found);
  JudgeLanes(rows.lanes, place.now, place.running(), found);
  JudgeBudgets(rows.budgets, place.now, found);
  JudgeOrders(rows.orders, found);
}

}  // namespace quayside::cli
