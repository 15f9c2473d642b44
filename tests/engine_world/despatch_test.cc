// Orders come in, leave, and are confirmed by the real engine and plugin to a simulated Amazon that drops a good part
// of the calls: each package is there once, whatever was lost on the way.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>
#include <set>

#include "host/base/errors.h"
#include "host/inventory/stock.h"
#include "host/listings/mapping.h"
#include "host/orders/despatch_order.h"
#include "host/orders/despatch_rules.h"
#include "host/plugin/folder_for_tests.h"
#include "host/plugin/isolation_for_tests.h"
#include "tests/engine_world/engine_world.h"

namespace quayside {
namespace {

namespace json = boost::json;

constexpr int kOrders = 16;
constexpr int64_t kLevel = 100;

class DespatchedWorldTest : public ::testing::TestWithParam<IsolationMode> {
 protected:
  void SetUp() override {
    world_ = std::make_unique<EngineWorld>(EngineWorldOptions{
        .folder = folder_.path(),
        .amazon_bundle = QUAYSIDE_AMAZON_BUNDLE,
        .scenario = {{"clock", {{"base", "now"}, {"speed", 0}}},
                     {"settings", {{"feeds", {{"queue_s", json::array{20, 40}}, {"work_s", json::array{20, 40}}}}}},
                     {"accounts", {EngineWorld::Account()}},
                     {"listings", json::array{json::object{{"sku", "MUG"}, {"quantity", kLevel}}}}},
        .isolation = GetParam()});
    world_->AddChannel("uk", "A1F83G8C2ARO7P");
    world_->RunFor(20 * kMinuteUs);
    world_->Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
      QS_ASSIGN_OR_RETURN(LinkedPiece linked,
                          LinkPieceBySku(tx, world_->ids(), world_->clock().Now(), "uk", true, "", 100));
      EXPECT_EQ(linked.linked, 1);
      const std::vector<StockChange> count = {{.sku = "MUG", .location_id = "", .level = kLevel, .title = ""}};
      QS_ASSIGN_OR_RETURN(StockChangeResult set,
                          SetStockLevels(tx, world_->ids(), world_->clock().Now(), count, false));
      return std::move(set.accounts);
    });
  }

  // Orders of two mugs each, known to the host; their numbers by Amazon's ids.
  std::map<std::string, int64_t> Buy(int count) {
    world_->amazon().Act("place-orders", {{"count", count},
                                          {"marketplace", "UK"},
                                          {"lines", json::array{json::object{{"sku", "MUG"}, {"quantity", 2}}}}});
    world_->RunFor(30 * kMinuteUs);
    std::map<std::string, int64_t> orders;
    Read([&](ReadTx& tx) -> absl::Status {
      orders.clear();
      QS_ASSIGN_OR_RETURN(const auto found, tx.ListOrders({.account_id = EngineWorld::kAccount, .limit = 1000}));
      for (const OrderRecord& order : found) orders[order.external_id] = order.id;
      return absl::OkStatus();
    });
    EXPECT_EQ(orders.size(), static_cast<size_t>(count));
    return orders;
  }
  void Read(const std::function<absl::Status(ReadTx&)>& fn) {
    const absl::Status read = world_->store().Read(fn);
    ASSERT_TRUE(read.ok()) << read;
  }
  void Despatch(int64_t order, const PackageWish& wish) {
    world_->Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
      const DespatchInputs in{.tx = tx,
                              .ids = world_->ids(),
                              .cipher = world_->cipher(),
                              .now = world_->clock().Now(),
                              .plugin_id = "amazon",
                              .offered = true};
      QS_ASSIGN_OR_RETURN(DespatchedOrder done, DespatchOrder(in, order, {wish}));
      return std::move(done.accounts);
    });
    world_->engine().DespatchesChanged(EngineWorld::kAccount);
  }
  void Fail(const char* operation, const char* fault, double probability) {
    world_->amazon().Act("faults", {{"operation", operation}, {"fault", fault}, {"probability", probability}});
  }
  std::vector<DespatchRecord> Packages(int64_t order) {
    std::vector<DespatchRecord> packages;
    Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(packages, tx.ListDespatchesOfOrder(order));
      return absl::OkStatus();
    });
    return packages;
  }
  // As Amazon has them, by id.
  std::map<std::string, json::object> TrueOrders() {
    std::map<std::string, json::object> orders;
    const json::value ledger = world_->amazon().Look("ledger?section=orders");
    for (const json::value& order : ledger.at("orders").as_array())
      orders[std::string(order.at("order_id").as_string())] = order.as_object();
    return orders;
  }
  LevelRecord Level() {
    LevelRecord level;
    Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const auto item, tx.FindItemBySku("MUG"));
      QS_ASSIGN_OR_RETURN(const auto levels, tx.GetLevels(item->id));
      level = levels.front();
      return absl::OkStatus();
    });
    return level;
  }
  // What the marketplace knows our packages by.
  std::set<std::string> NumbersOf(const std::map<std::string, int64_t>& orders) {
    std::set<std::string> numbers;
    for (const auto& [external_id, order] : orders) {
      for (const DespatchRecord& package : Packages(order))
        numbers.insert(std::to_string(PackageNumberThere(package.id)));
    }
    return numbers;
  }
  // Whatever is not confirmed, in words.
  std::string Unconfirmed(const std::map<std::string, int64_t>& orders) {
    std::string left;
    for (const auto& [external_id, order] : orders) {
      for (const DespatchRecord& package : Packages(order)) {
        if (package.state == DespatchState::kConfirmed) continue;
        left += external_id + " state " + std::to_string(static_cast<int>(package.state)) + " " + package.reason +
                ": " + package.message + "\n";
      }
    }
    return left;
  }

  const TestFolder folder_;
  std::unique_ptr<EngineWorld> world_;
};

INSTANTIATE_TEST_SUITE_P(Modes, DespatchedWorldTest, InBothModes(), ModeName);

TEST_P(DespatchedWorldTest, WhatLeaves_IsAtAmazonOnce_AndTheLevelFallsOnce) {
  const auto orders = Buy(2);
  EXPECT_EQ(Level().reserved, 4);
  int n = 0;
  for (const auto& [external_id, order] : orders) {
    Despatch(order, {.carrier_name = "Royal Mail", .tracking = n++ == 0 ? "QK1" : ""});
  }
  world_->RunFor(kHourUs);
  EXPECT_EQ(Unconfirmed(orders), "");
  std::set<std::string> references;
  for (const auto& [external_id, order] : TrueOrders()) {
    EXPECT_EQ(order.at("status"), "SHIPPED");
    EXPECT_EQ(order.at("packages").as_array().size(), 1u);
    EXPECT_EQ(order.at("packages").at(0).at("times_told"), 1);
    references.emplace(order.at("packages").at(0).at("reference").as_string());
  }
  EXPECT_EQ(references, NumbersOf(orders)) << "each package bears its own number there";
  EXPECT_EQ(Level().level, kLevel - 4) << "also after Amazon has reported the shipments";
  EXPECT_EQ(Level().reserved, 0);
}

TEST_P(DespatchedWorldTest, PartsOfAnOrder_AreTwoPackages_AndAnEditChangesOne) {
  const auto orders = Buy(1);
  const std::string external_id = orders.begin()->first;
  const int64_t order = orders.begin()->second;
  std::string line;
  Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const auto lines, tx.GetOrderLines(order));
    line = lines.front().external_id;
    return absl::OkStatus();
  });
  Despatch(order, {.lines = {{line, 1}}, .carrier_name = "Royal Mail", .tracking = "QK1"});
  world_->RunFor(10 * kMinuteUs);
  EXPECT_EQ(TrueOrders().at(external_id).at("status"), "PARTIALLY_SHIPPED");
  Despatch(order, {.lines = {{line, 1}}, .carrier_name = "Royal Mail", .tracking = "QK2"});
  Despatch(order, {.number = 1, .tracking = "QK3"});
  world_->RunFor(kHourUs);
  EXPECT_EQ(Unconfirmed(orders), "");
  const json::object there = TrueOrders().at(external_id);
  EXPECT_EQ(there.at("status"), "SHIPPED");
  ASSERT_EQ(there.at("packages").as_array().size(), 2u);
  EXPECT_EQ(there.at("packages").at(0).at("tracking"), "QK3");
  EXPECT_EQ(there.at("packages").at(1).at("tracking"), "QK2");
}

TEST_P(DespatchedWorldTest, WhatSomebodyShippedByHand_IsNeitherDoubledNorOverwritten) {
  const auto orders = Buy(2);
  const std::string same = orders.begin()->first;
  const std::string other = orders.rbegin()->first;
  for (const std::string& id : {same, other})
    world_->amazon().Act("ship", {{"order_id", id}, {"carrier", "Royal Mail"}, {"tracking", "QK1"}});
  Despatch(orders.at(same), {.carrier_name = "Royal Mail", .tracking = "QK1"});
  Despatch(orders.at(other), {.carrier_name = "DHL", .tracking = "MINE"});
  world_->RunFor(kHourUs);
  EXPECT_EQ(Packages(orders.at(same))[0].state, DespatchState::kConfirmed);
  EXPECT_EQ(Packages(orders.at(same))[0].reason, "CONFIRMED_BY_OTHERS");
  EXPECT_EQ(Packages(orders.at(other))[0].state, DespatchState::kShippedOtherwise);
  for (const auto& [external_id, order] : TrueOrders()) {
    ASSERT_EQ(order.at("packages").as_array().size(), 1u);
    EXPECT_EQ(order.at("packages").at(0).at("tracking"), "QK1");
  }
}

TEST_P(DespatchedWorldTest, WithLostCallsAndAnswers_NothingIsLost_AndNothingDoubled) {
  const auto orders = Buy(kOrders);
  for (const char* operation : {"confirmShipment", "createFeed", "getOrder", "getFeed"}) {
    Fail(operation, "timeout-after", 0.2);
    Fail(operation, "timeout-before", 0.2);
    Fail(operation, "internal-error", 0.2);
  }
  int n = 0;
  for (const auto& [external_id, order] : orders) {
    Despatch(order, {.carrier_name = "Royal Mail", .tracking = n % 4 == 0 ? "" : "QK" + std::to_string(n)});
    ++n;
  }
  world_->RunFor(12 * kHourUs);
  world_->amazon().Act("clear-faults", {});
  world_->RunFor(kDayUs);
  EXPECT_EQ(Unconfirmed(orders), "");
  std::set<std::string> tracking;
  for (const auto& [external_id, order] : TrueOrders()) {
    EXPECT_EQ(order.at("status"), "SHIPPED") << external_id;
    EXPECT_EQ(order.at("packages").as_array().size(), 1u) << external_id;
    tracking.emplace(order.at("packages").at(0).at("tracking").as_string());
  }
  EXPECT_EQ(tracking.size(), static_cast<size_t>(kOrders - kOrders / 4 + 1)) << "each its own, and those without any";
  EXPECT_EQ(Level().level, kLevel - int64_t{2} * kOrders);
}

}  // namespace
}  // namespace quayside
