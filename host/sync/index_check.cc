#include "host/sync/index_check.h"

#include <optional>
#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/inventory/target_decision.h"
#include "host/sync/target_reader.h"

namespace quayside {
namespace {

// A commit that comes between the two looks makes a difference for a moment; the same place hit every time is no
// chance. From the second round on the index knows every commit that the store's side shows.
constexpr int kRounds = 4;
// Channels and, of each, listings found from the store's side, for what the index may lack.
constexpr int kChannels = 100;

using Keys = std::vector<std::pair<std::string, std::string>>;

std::string Words(const LastDecision& last, TargetState state, const std::optional<int32_t>& wanted,
                  const std::string& owner) {
  return Concat("row ", last.stored ? Concat(static_cast<int>(last.state), "/", last.wanted.value_or(-1)) : "none",
                ", verdict ", static_cast<int>(state), "/", wanted.value_or(-1), " of ", owner);
}

absl::StatusOr<std::optional<IndexDifference>> Compare(ReadTx& tx, TargetReader& reader, const QuantityIndex& index,
                                                       const std::string& account_id, const std::string& sku) {
  QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> row, tx.FindTarget(account_id, sku));
  const TargetRecord target = row.value_or(TargetRecord{.account_id = account_id, .sku = sku});
  QS_ASSIGN_OR_RETURN(const TargetInputs inputs, reader.Read(target));
  const TargetDecision decision = DecideTarget(inputs);
  const std::optional<IndexedTarget> found = index.Find(account_id, sku);
  const LastDecision last{.stored = row.has_value(), .state = target.state, .wanted = target.wanted};
  const bool same = found.has_value() && found->last.stored == last.stored && found->last.state == last.state &&
                    found->last.wanted == last.wanted && found->state == decision.state &&
                    found->reason == decision.reason && found->wanted == decision.wanted &&
                    found->owner_channel_id == decision.owner_channel_id;
  if (same) return std::nullopt;
  return IndexDifference{.account_id = account_id,
                         .sku = sku,
                         .store = Words(last, decision.state, decision.wanted, decision.owner_channel_id),
                         .index = found.has_value()
                                      ? Words(found->last, found->state, found->wanted, found->owner_channel_id)
                                      : "unknown"};
}

// Listings as the store has them, a few of every channel from some place on.
absl::StatusOr<Keys> SampleOfStore(ReadTx& tx, const Keys& places) {
  Keys found;
  QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> channels, tx.ListChannels({.limit = kChannels}));
  for (const ChannelRecord& channel : channels) {
    const std::string after = places.empty() ? "" : places[found.size() % places.size()].second;
    QS_ASSIGN_OR_RETURN(const std::vector<ListingRecord> listings,
                        tx.ListListings({.channel_id = channel.id, .after_sku = after, .limit = 2}));
    for (const ListingRecord& listing : listings) found.emplace_back(listing.account_id, listing.sku);
  }
  return found;
}

// A reader sees a commit before the index is told of it, which a large one and a busy machine make long. The store's
// writer tells of one commit before it begins the next.
absl::Status WaitUntilTold(ReadTx& tx, Store& store) {
  // From here on `tx` sees nothing newer.
  QS_RETURN_IF_ERROR(tx.ListChannels({.limit = 1}).status());
  return store.Write([](Tx&) { return absl::OkStatus(); });
}

absl::StatusOr<std::vector<IndexDifference>> CompareTotals(ReadTx& tx, const QuantityIndex& index) {
  std::vector<IndexDifference> differences;
  QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> channels, tx.ListChannels({.limit = kChannels}));
  for (const ChannelRecord& channel : channels) {
    QS_ASSIGN_OR_RETURN(const ListingTotals totals, tx.CountListings(channel.id));
    const int64_t indexed = index.CountListings(channel.id);
    if (indexed == totals.total) continue;
    differences.push_back(
        {.channel_id = channel.id, .store = Concat(totals.total, " listings"), .index = Concat(indexed, " listings")});
  }
  return differences;
}

}  // namespace

absl::StatusOr<std::vector<IndexDifference>> CompareIndexWithStore(
    const QuantityIndex& index, Store& store, Rng& rng, const std::function<bool(const std::string&)>& brings_orders,
    int targets) {
  Keys keys = index.Sample(rng, targets);
  std::vector<IndexDifference> differences;
  for (int round = 0; round < kRounds; ++round) {
    differences.clear();
    QS_RETURN_IF_ERROR(store.Read([&](ReadTx& tx) -> absl::Status {
      if (round == 0) {
        QS_ASSIGN_OR_RETURN(const Keys stored, SampleOfStore(tx, keys));
        keys.insert(keys.end(), stored.begin(), stored.end());
      } else {
        QS_RETURN_IF_ERROR(WaitUntilTold(tx, store));
      }
      QS_ASSIGN_OR_RETURN(differences, CompareTotals(tx, index));
      TargetReader reader(tx, brings_orders);
      for (const auto& [account_id, sku] : keys) {
        QS_ASSIGN_OR_RETURN(std::optional<IndexDifference> difference, Compare(tx, reader, index, account_id, sku));
        if (difference.has_value()) differences.push_back(*std::move(difference));
      }
      return absl::OkStatus();
    }));
    if (!index.ready()) return std::vector<IndexDifference>();
    if (differences.empty()) break;
    keys.clear();
    for (const IndexDifference& difference : differences) {
      if (!difference.sku.empty()) keys.emplace_back(difference.account_id, difference.sku);
    }
  }
  return differences;
}

}  // namespace quayside
