#include "tests/oversell/market_day.h"

#include <cstdio>
#include <set>
#include <stdexcept>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/inventory/stock.h"
#include "host/listings/listing_rules.h"
#include "host/listings/mapping.h"
#include "host/sync/lane_id.h"

namespace quayside {
namespace {

namespace json = boost::json;

constexpr int kItems = 30;

std::string Sku(int number) {
  char text[24];
  std::snprintf(text, sizeof text, "ITEM-%02d", number);
  return text;
}

// 2 to 26: some run out at once, some hardly ever.
int64_t FirstLevel(int number) { return 2 + number * 7 % 25; }

// Every third item is shown by the rules of "uk", also in "de"; the others of that account are by those of "de".
bool OwnedByUk(int number) { return number % 3 == 0; }

// Buffers of three kinds: none, a ceiling, a share with a rest that is never shown.
void SetRules(ChannelRecord& channel) {
  if (channel.id == "uk") channel.config.max_listed_quantity = kUkCeiling;
  if (channel.id == "outlet") {
    channel.config.listed_percentage_e4 = 500'000;
    channel.config.end_when_quantity = 2;
  }
}

}  // namespace

json::array MarketDay::Listings() {
  json::array listings;
  for (const char* seller : {EngineWorld::kSeller, EngineWorld::kSecondSeller}) {
    for (int n = 1; n <= kItems; ++n)
      listings.push_back(json::object{{"seller", seller}, {"sku", Sku(n)}, {"quantity", FirstLevel(n)}});
  }
  return listings;
}

void MarketDay::Open() {
  for (const MarketChannel& channel : kMarketChannels) {
    world_.AddChannel(channel.id, channel.marketplace_id, channel.account);
    world_.Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
      QS_ASSIGN_OR_RETURN(ChannelRecord record, tx.GetChannel(channel.id));
      SetRules(record);
      ++record.config_revision;
      QS_RETURN_IF_ERROR(tx.PutChannel(record, "test"));
      return std::vector<std::string>();
    });
  }
  world_.RunFor(20 * kMinuteUs);
  for (const MarketChannel& channel : kMarketChannels) {
    world_.Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
      QS_ASSIGN_OR_RETURN(LinkedPiece linked,
                          LinkPieceBySku(tx, world_.ids(), world_.clock().Now(), channel.id, true, "", 10'000));
      return std::move(linked.accounts);
    });
  }
  world_.Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
    for (int n = 1; n <= kItems; ++n) {
      if (OwnedByUk(n)) QS_RETURN_IF_ERROR(SetQuantityOwner(tx, world_.clock().Now(), "uk", Sku(n)).status());
    }
    return std::vector<std::string>{EngineWorld::kAccount};
  });
  std::vector<StockChange> changes;
  for (int n = 1; n <= kItems; ++n)
    changes.push_back({.sku = Sku(n), .location_id = "", .level = FirstLevel(n), .title = ""});
  world_.Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
    QS_ASSIGN_OR_RETURN(StockChangeResult result,
                        SetStockLevels(tx, world_.ids(), world_.clock().Now(), changes, true));
    for (int n = 1; n <= kItems; ++n) {
      QS_ASSIGN_OR_RETURN(const std::optional<ItemRecord> item, tx.FindItemBySku(Sku(n)));
      items_[Sku(n)] = item.value().id;
      left_[Sku(n)] = FirstLevel(n);
    }
    return std::move(result.accounts);
  });
  world_.RunFor(10 * kMinuteUs);
  if (!world_.ApprovePlans()) throw std::runtime_error("the first quantities did not wait for a person");
  world_.RunFor(20 * kMinuteUs);
}

std::string MarketDay::AnySku() { return Sku(1 + static_cast<int>(rng_.Below(kItems))); }

void MarketDay::Act() {
  const uint64_t kind = rng_.Below(100);
  if (kind < 70) return Buy();
  if (kind < 78) return Cancel();
  if (kind < 85) return SellAtTheCounter();
  return Deliver();
}

int64_t MarketDay::ShownAt(const std::string& seller, const std::string& sku) {
  const json::value found = world_.amazon().Look(Concat("listings?seller=", seller, "&sku=", sku));
  const json::value& quantity = found.at("listings").as_array().at(0).at("quantity");
  return quantity.is_null() ? 0 : quantity.to_number<int64_t>();
}

HostView MarketDay::Look(const MarketChannel& channel, const std::string& sku, int64_t shown) {
  HostView view{.stock = oracle_.StockNow(items_.at(sku))};
  const std::optional<TargetRecord> target = oracle_.TargetNow(channel.account, sku);
  if (!target.has_value()) return view;
  view.open = target->lowered_us != 0 || target->marked_us != 0;
  view.braked = target->state == TargetState::kBraked;
  view.travelling = target->state == TargetState::kInFlight || target->bulk_id != 0;
  view.failing = target->failures > 0;
  view.restocked = shown > target->accepted.value_or(0) && put_back_[{channel.seller, sku}] > 0;
  for (const LaneStatus& lane : world_.Lanes()) {
    if (lane.record.id != AccountLaneId(channel.account, Job::kInventory)) continue;
    view.failing = view.failing || lane.record.failures > 0 || lane.activity == LaneActivity::kNeedsOperator;
  }
  return view;
}

void MarketDay::Buy() {
  const MarketChannel& channel = kMarketChannels[rng_.Below(std::size(kMarketChannels))];
  const std::string sku = AnySku();
  const auto units = static_cast<int64_t>(1 + rng_.Below(2));
  const bool pending = rng_.Below(10) < 3;
  const int64_t shown = ShownAt(channel.seller, sku);
  const HostView host = Look(channel, sku, shown);
  const json::value answer =
      world_.amazon().Act("place-orders", {{"seller", channel.seller},
                                           {"marketplace", channel.marketplace},
                                           {"status", pending ? "PENDING" : "UNSHIPPED"},
                                           {"lines", json::array{json::object{{"sku", sku}, {"quantity", units}}}}});
  if (answer.at("placed").as_array().empty()) {
    ++sums_.lost_sales;
    return;
  }
  open_.push_back(
      {std::string(answer.at("placed").as_array().at(0).at("order_id").as_string()), channel.seller, sku, units});
  ++sums_.orders;
  sums_.units += units;
  sums_.units_by_channel[channel.id] += units;
  for (const auto& [cause, count] : ExplainSale(left_[sku], units, host)) {
    oversold_[cause] += count;
    if (cause != OversellCause::kUnexplained) continue;
    unexplained_.push_back(Concat(sku, " of ", channel.id, ": ", units, " sold of ", shown, " shown, ", left_[sku],
                                  " on the shelf, the host knows of ", host.stock));
  }
  left_[sku] -= units;
}

void MarketDay::Cancel() {
  if (open_.empty()) return;
  std::swap(open_[rng_.Below(open_.size())], open_.back());
  const Bought bought = open_.back();
  open_.pop_back();
  const json::value answer =
      world_.amazon().Act("cancel", {{"seller", bought.seller}, {"order_id", bought.order_id}, {"by", "BUYER"}});
  if (answer.at("done").as_array().empty()) return;
  ++sums_.cancelled;
  left_[bought.sku] += bought.units;
  put_back_[{bought.seller, bought.sku}] += bought.units;
}

void MarketDay::Adjust(const std::string& sku, int64_t delta) {
  world_.Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
    QS_ASSIGN_OR_RETURN(StockChangeResult result,
                        AdjustStockLevel(tx, world_.clock().Now(), sku, kDefaultLocation, delta, "a market day"));
    return std::move(result.accounts);
  });
  left_[sku] += delta;
}

// What is on the counter can be taken; whether somebody bought it elsewhere a moment ago, nobody there knows.
void MarketDay::SellAtTheCounter() {
  const std::string sku = AnySku();
  if (left_[sku] <= 0 || oracle_.StockNow(items_.at(sku)) <= 0) return;
  ++sums_.counter_sales;
  Adjust(sku, -1);
}

void MarketDay::Deliver() {
  const std::string sku = AnySku();
  if (left_[sku] > 20) return;
  ++sums_.deliveries;
  Adjust(sku, static_cast<int64_t>(1 + rng_.Below(8)));
}

std::vector<std::string> MarketDay::Differences() {
  std::vector<std::string> found;
  for (const auto& [sku, item] : items_) {
    if (const int64_t stock = oracle_.StockNow(item); stock != left_[sku])
      found.push_back(Concat(sku, ": ", left_[sku], " on the shelf, the host knows of ", stock));
    std::set<std::string> asked;
    for (const MarketChannel& channel : kMarketChannels) {
      if (!asked.insert(channel.account).second) continue;
      const std::optional<int64_t> rule = oracle_.RuleNow(channel.account, sku);
      const int64_t shown = ShownAt(channel.seller, sku);
      if (!rule.has_value() || *rule != shown)
        found.push_back(Concat(sku, " of ", channel.account, ": ", shown, " shown, the rule says ", rule.value_or(-1)));
      const std::optional<TargetRecord> target = oracle_.TargetNow(channel.account, sku);
      if (target.has_value() && target->lowered_us != 0)
        found.push_back(Concat(sku, " of ", channel.account, ": its oversell window is open, state ",
                               static_cast<int>(target->state)));
    }
  }
  return found;
}

}  // namespace quayside
