#include "tests/faults/shop_life.h"

#include <boost/json.hpp>
#include <cstdio>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/inventory/stock.h"
#include "host/orders/despatch_order.h"
#include "host/orders/despatch_rules.h"

namespace quayside {
namespace {

namespace json = boost::json;

struct Group {
  const char* name;
  int count;
  int64_t level;
};

// Enough that no sale finds an empty shelf; sold out and oversold; counted anew now and then.
constexpr Group kPlenty = {"PLENTY", 40, 5000};
constexpr Group kScarce = {"SCARCE", 15, 6};
constexpr Group kCounted = {"COUNTED", 15, 40};
constexpr Group kFba = {"FBA", 8, 25};

std::string Sku(const char* group, int number) {
  char text[32];
  std::snprintf(text, sizeof text, "%s-%02d", group, number);
  return text;
}

DespatchInputs InputsOf(EngineWorld& world, Tx& tx) {
  return {.tx = tx,
          .ids = world.ids(),
          .cipher = world.cipher(),
          .now = world.clock().Now(),
          .plugin_id = "amazon",
          .offered = true};
}

// All in Amazon's hands: the client learns of them by orders only.
constexpr const char* kMarketplaces[] = {"UK", "DE"};

}  // namespace

json::array ShopLife::Listings(int64_t more) {
  json::array listings;
  for (const Group& group : {kPlenty, kScarce, kCounted}) {
    for (int i = 1; i <= group.count; ++i)
      listings.push_back(json::object{{"sku", Sku(group.name, i)}, {"quantity", group.level}});
  }
  for (int i = 1; i <= kFba.count; ++i) listings.push_back(json::object{{"sku", Sku(kFba.name, i)}, {"fba", true}});
  // Nobody counts them here, so that nothing may ever be sent for them.
  if (more > 0)
    listings.push_back(json::object{
        {"generate", json::object{{"count", more}, {"prefix", "MORE-"}, {"quantity", json::array{0, 0}}}}});
  return listings;
}

void ShopLife::CountEverything() {
  std::vector<StockChange> changes;
  for (const Group& group : {kPlenty, kScarce, kCounted, kFba}) {
    for (int i = 1; i <= group.count; ++i)
      changes.push_back({.sku = Sku(group.name, i), .location_id = "", .level = group.level, .title = ""});
  }
  world_.Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
    QS_ASSIGN_OR_RETURN(StockChangeResult result,
                        SetStockLevels(tx, world_.ids(), world_.clock().Now(), changes, true));
    return std::move(result.accounts);
  });
}

std::string ShopLife::AnySku(const char* group, int count) {
  return Sku(group, 1 + static_cast<int>(rng_.Below(static_cast<uint64_t>(count))));
}

std::string ShopLife::TakeOne(std::vector<std::string>& orders) {
  if (orders.empty()) return "";
  std::swap(orders[rng_.Below(orders.size())], orders.back());
  std::string taken = std::move(orders.back());
  orders.pop_back();
  return taken;
}

void ShopLife::Act() {
  ++actions_;
  const uint64_t kind = rng_.Below(100);
  if (kind < 12) return Order();
  if (kind < 16) return Pay();
  if (kind < 19) return Ship();
  if (kind < 25) return Despatch();
  if (kind < 28) return Cancel();
  if (kind < 85) return Adjust();
  return Count();
}

void ShopLife::Order() {
  const uint64_t which = rng_.Below(100);
  const Group& group = which < 60 ? kPlenty : which < 75 ? kScarce : which < 90 ? kCounted : kFba;
  const bool pending = rng_.Below(10) < 4;
  json::array lines{json::object{{"sku", AnySku(group.name, group.count)}, {"quantity", 1 + rng_.Below(3)}}};
  const json::value placed = world_.amazon().Act("place-orders", {{"lines", std::move(lines)},
                                                                  {"marketplace", kMarketplaces[rng_.Below(2)]},
                                                                  {"status", pending ? "PENDING" : "UNSHIPPED"},
                                                                  {"force", group.name == kScarce.name && pending}});
  for (const json::value& order : placed.at("placed").as_array()) {
    const std::string id(order.at("order_id").as_string());
    if (group.name != kFba.name) (pending ? pending_ : unshipped_).push_back(id);
  }
}

void ShopLife::Pay() {
  const std::string id = TakeOne(pending_);
  if (id.empty()) return;
  world_.amazon().Act("pay", {{"order_id", id}});
  unshipped_.push_back(id);
}

void ShopLife::Ship() {
  const std::string id = TakeOne(unshipped_);
  if (!id.empty()) world_.amazon().Act("ship", {{"order_id", id}, {"carrier", "DPD"}});
}

void ShopLife::Despatch() {
  const bool rest = !partly_.empty() && rng_.Below(2) == 0;
  std::vector<std::string>& from = rest ? partly_ : unshipped_;
  const std::string id = TakeOne(from);
  if (id.empty()) return;
  bool left = false;
  bool in_part = false;
  world_.Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
    left = in_part = false;
    QS_ASSIGN_OR_RETURN(const std::optional<OrderRecord> order, tx.FindOrder(EngineWorld::kAccount, id));
    if (!order.has_value()) return std::vector<std::string>();
    QS_ASSIGN_OR_RETURN(const std::vector<OrderLineRecord> lines, tx.GetOrderLines(order->id));
    // Not paid yet, as far as it is known here.
    if (!CheckDespatchable(*order, lines).ok()) return std::vector<std::string>();
    const std::vector<DespatchLine> all = AllThatIsLeft(lines);
    std::vector<PackageWish> wishes;
    const auto pack = [&](std::vector<DespatchLine> in_it) {
      PackageWish& wish = wishes.emplace_back();
      wish.lines = std::move(in_it);
      wish.carrier_name = rng_.Below(3) == 0 ? "Our own van" : "DHL";
      if (rng_.Below(4) != 0) wish.tracking = Concat("QK", despatched_ + static_cast<int64_t>(wishes.size()));
    };
    const int32_t units = all.front().quantity;
    const uint64_t how = rng_.Below(4);
    if (units > 1 && how == 0) {
      pack({{all.front().external_id, 1}});
      in_part = true;
    } else if (units > 1 && how == 1) {
      pack({{all.front().external_id, 1}});
      pack({{all.front().external_id, units - 1}});
    } else {
      pack(all);
    }
    QS_ASSIGN_OR_RETURN(DespatchedOrder done, DespatchOrder(InputsOf(world_, tx), order->id, wishes));
    left = true;
    despatched_ += static_cast<int64_t>(done.packages.size());
    return std::move(done.accounts);
  });
  if (!left) {
    from.push_back(id);
    return;
  }
  if (in_part) partly_.push_back(id);
  world_.engine().DespatchesChanged(EngineWorld::kAccount);
}

bool ShopLife::RetryFailed() {
  bool any = false;
  world_.Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
    QS_ASSIGN_OR_RETURN(
        const std::vector<DespatchRecord> failed,
        tx.ListDespatches({.state = DespatchState::kFailed, .account_id = EngineWorld::kAccount, .limit = 1000}));
    any = !failed.empty();
    for (const DespatchRecord& package : failed)
      QS_RETURN_IF_ERROR(RetryDespatch(InputsOf(world_, tx), package.order_id, package.number).status());
    return std::vector<std::string>();
  });
  if (any) world_.engine().DespatchesChanged(EngineWorld::kAccount);
  return any;
}

void ShopLife::Cancel() {
  const std::string id = TakeOne(rng_.Below(2) == 0 ? pending_ : unshipped_);
  if (id.empty()) return;
  // Out of stock: Amazon does not put the units back on sale by itself.
  if (rng_.Below(3) == 0) {
    world_.amazon().Act("cancel", {{"order_id", id}, {"by", "MERCHANT"}, {"reason", "NO_INVENTORY"}});
  } else {
    world_.amazon().Act("cancel", {{"order_id", id}, {"by", "BUYER"}});
  }
}

void ShopLife::Adjust() {
  const Group& group = rng_.Below(4) == 0 ? kScarce : kPlenty;
  const std::string sku = AnySku(group.name, group.count);
  const int64_t delta = static_cast<int64_t>(rng_.Below(9)) - 4;
  world_.Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
    auto result = AdjustStockLevel(tx, world_.clock().Now(), sku, kDefaultLocation, delta, "sold elsewhere");
    // Nothing is left of it: no sale.
    if (HasReason(result.status(), Reason::kLevelBelowZero)) return std::vector<std::string>();
    if (!result.ok()) return result.status();
    return std::move(result->accounts);
  });
}

void ShopLife::Count() {
  const std::string sku = AnySku(kCounted.name, kCounted.count);
  const auto level = static_cast<int64_t>(rng_.Below(60));
  world_.Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
    QS_ASSIGN_OR_RETURN(StockChangeResult result,
                        SetStockLevels(tx, world_.ids(), world_.clock().Now(),
                                       {{.sku = sku, .location_id = "", .level = level, .title = ""}}, false));
    return std::move(result.accounts);
  });
}

}  // namespace quayside
