#include "host/api/event_snapshot.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "host/api/convert.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/sync/lane_id.h"

namespace quayside {
namespace {

namespace api = quayside::v1;
using Facts = std::map<std::string, std::string>;

constexpr int kPage = 500;
// Of a page: many listings that are gone make no entry, and other watchers wait meanwhile.
constexpr int kReadsInAPage = 8;

void Add(std::string resource, const Facts& facts, api::WatchResponse& response) {
  api::SnapshotEntry& entry = *response.add_snapshot();
  entry.set_resource(std::move(resource));
  entry.mutable_attributes()->insert(facts.begin(), facts.end());
}

std::string YesOrNo(bool value) { return value ? "yes" : "no"; }

// Whether events of one of these kinds ("order.") can pass a filter.
bool Concerns(const std::vector<std::string>& prefixes, const std::vector<std::string_view>& kinds) {
  if (prefixes.empty()) return true;
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string_view prefix) {
    return std::any_of(kinds.begin(), kinds.end(), [&](const std::string_view kind) {
      const size_t common = std::min(prefix.size(), kind.size());
      return prefix.substr(0, common) == kind.substr(0, common);
    });
  });
}

}  // namespace

SnapshotReader::SnapshotReader(const std::vector<std::string>& type_prefixes) {
  const std::vector<std::pair<Collection, std::vector<std::string_view>>> kinds = {
      {Collection::kPlugins, {"plugin."}},
      {Collection::kOrders, {"order.", "despatch.", "cancellation.", "refund.", "allocation."}},
      {Collection::kLocations, {"location."}},
      {Collection::kListings, {"listing.", "quantity.", "drift."}},
      {Collection::kLanes, {"lane.", "pass.", "orders.", "document.", "deadletter."}},
      {Collection::kItems, {"item.", "stock."}},
      {Collection::kChannels, {"channel."}},
      {Collection::kAccounts, {"account.", "secret."}}};
  for (const auto& [collection, events] : kinds) {
    if (Concerns(type_prefixes, events)) left_.push_back(collection);
  }
}

absl::Status SnapshotReader::ReadPage(ReadTx& tx, api::WatchResponse& response) {
  for (int reads = 0; !left_.empty() && response.snapshot_size() < kPage && reads < kReadsInAPage; ++reads) {
    QS_ASSIGN_OR_RETURN(const bool read_all, ReadSome(tx, kPage - response.snapshot_size(), response));
    if (!read_all) continue;
    left_.pop_back();
    after_.clear();
  }
  response.set_snapshot_complete(left_.empty());
  return absl::OkStatus();
}

absl::StatusOr<bool> SnapshotReader::ReadSome(ReadTx& tx, int room, api::WatchResponse& response) {
  const auto is_last = [room](const auto& rows) { return rows.size() < static_cast<size_t>(room); };
  switch (left_.back()) {
    case Collection::kAccounts: {
      QS_ASSIGN_OR_RETURN(const std::vector<AccountRecord> rows, tx.ListAccounts(after_, room));
      for (const AccountRecord& row : rows) Add(AccountName(row.id), {{"plugin", PluginName(row.plugin_id)}}, response);
      if (!rows.empty()) after_ = rows.back().id;
      return is_last(rows);
    }
    case Collection::kChannels: {
      QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> rows, tx.ListChannels({.after_id = after_, .limit = room}));
      for (const ChannelRecord& row : rows) {
        Add(ChannelName(row.id),
            {{"account", row.account_id}, {"marketplace", row.marketplace}, {"enabled", YesOrNo(row.enabled)}},
            response);
      }
      if (!rows.empty()) after_ = rows.back().id;
      return is_last(rows);
    }
    case Collection::kItems: {
      QS_ASSIGN_OR_RETURN(const std::vector<ItemRecord> rows, tx.ListItems({.after_sku = after_, .limit = room}));
      for (const ItemRecord& row : rows) Add(ItemName(row.id), {{"sku", row.sku}}, response);
      if (!rows.empty()) after_ = rows.back().sku;
      return is_last(rows);
    }
    case Collection::kLanes: {
      QS_ASSIGN_OR_RETURN(const std::vector<LaneRecord> rows, tx.ListLanes({.after_id = after_, .limit = room}));
      for (const LaneRecord& row : rows) {
        Add(LaneName(row.id),
            {{"account", row.account_id},
             {"job", std::string(JobName(row.job))},
             {"paused", YesOrNo(row.paused)},
             {"needs_operator", YesOrNo(row.needs_operator)},
             {"reason", row.last_error_reason}},
            response);
      }
      if (!rows.empty()) after_ = rows.back().id;
      return is_last(rows);
    }
    case Collection::kListings:
      return ReadListings(tx, room, response);
    case Collection::kLocations: {
      // Few: they are places.
      QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> rows, tx.ListLocations());
      for (const LocationRecord& row : rows) Add(LocationName(row.id), {{"name", row.display_name}}, response);
      return true;
    }
    case Collection::kOrders: {
      QS_ASSIGN_OR_RETURN(const std::vector<OrderRecord> rows, tx.ListOrders({.before_id = before_id_, .limit = room}));
      for (const OrderRecord& row : rows) {
        Add(OrderName(row.id),
            {{"external_id", row.external_id},
             {"account", row.account_id},
             {"channel", row.channel_id},
             {"status", row.raw_status}},
            response);
      }
      if (!rows.empty()) before_id_ = rows.back().id;
      return is_last(rows);
    }
    case Collection::kPlugins: {
      // Few: they are programs.
      QS_ASSIGN_OR_RETURN(const std::vector<PluginRecord> rows, tx.ListPlugins());
      for (const PluginRecord& row : rows) {
        Add(PluginName(row.id), {{"version", row.version}, {"sha256", row.sha256}}, response);
      }
      return true;
    }
  }
  return true;
}

// Channel by channel. Reads at most one channel's rows in a call.
absl::StatusOr<bool> SnapshotReader::ReadListings(ReadTx& tx, int room, api::WatchResponse& response) {
  if (channel_.empty()) {
    QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> first, tx.ListChannels({.limit = 1}));
    if (first.empty()) return true;
    channel_ = first.front().id;
  }
  QS_ASSIGN_OR_RETURN(const std::vector<ListingRecord> rows,
                      tx.ListListings({.channel_id = channel_, .after_sku = after_, .limit = room}));
  for (const ListingRecord& row : rows) {
    if (row.vanished) continue;
    Add(ListingName(row.channel_id, row.sku),
        {{"sku", row.sku}, {"item", row.item_id == 0 ? "" : ItemName(row.item_id)}}, response);
  }
  if (rows.size() == static_cast<size_t>(room)) {
    after_ = rows.back().sku;
    return false;
  }
  QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> next, tx.ListChannels({.after_id = channel_, .limit = 1}));
  if (next.empty()) return true;
  channel_ = next.front().id;
  after_.clear();
  return false;
}

}  // namespace quayside
