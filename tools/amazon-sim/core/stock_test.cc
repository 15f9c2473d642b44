// Where quantities come from and go to, and what the ledger says of it.
#include "testing/sim_fixture.h"

namespace amazon_sim {
namespace {

class StockTest : public SimFixture {
 protected:
  std::string Causes(const std::string& sku) {
    std::string causes;
    for (const QuantityChange& change : amazon.world().ledger.quantity_changes()) {
      if (change.listing->sku != sku) continue;
      causes += std::string(Name(change.cause)) + ":" + (change.after ? std::to_string(*change.after) : "none") + " ";
    }
    return causes;
  }
};

TEST_F(StockTest, MerchantOrder_LowersTheQuantityAtOnce) {
  PlaceOrder(R"({"lines": [{"sku": "A", "quantity": 3}], "status": "PENDING"})");
  EXPECT_EQ(Quantity("A"), 7);
}

TEST_F(StockTest, FbaOrder_LeavesMerchantStockAlone) {
  PlaceOrder(R"({"skus": ["F"]})");
  EXPECT_EQ(Quantity("F"), std::nullopt);
}

TEST_F(StockTest, OrderForMoreThanIsThere_IsRefusedAndChangesNothing) {
  const auto answer =
      Control("place-orders", R"({"lines": [{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 6}]})");
  EXPECT_EQ(answer.at("placed").get_array().size(), 0U);
  EXPECT_EQ(answer.at("refused").get_array().size(), 1U);
  EXPECT_EQ(Quantity("A"), 10);
  EXPECT_EQ(Quantity("B"), 5);
}

TEST_F(StockTest, ForcedOrder_SellsTheLastAndNotesAnOversell) {
  const std::string id = PlaceOrder(R"({"lines": [{"sku": "B", "quantity": 6}], "force": true})");
  EXPECT_EQ(Quantity("B"), 0) << "never below zero";
  ASSERT_EQ(amazon.world().ledger.oversells().size(), 1U);
  EXPECT_EQ(amazon.world().ledger.oversells()[0].order_id, id);
  EXPECT_EQ(amazon.world().ledger.oversells()[0].available, 5);
}

TEST_F(StockTest, Cancel_PutsUnitsBackUnlessThereWereNone) {
  const std::string first = PlaceOrder(R"({"skus": ["A"]})");
  const std::string second = PlaceOrder(R"({"skus": ["A"]})");
  Control("cancel", R"({"order_id": ")" + first + R"(", "by": "BUYER"})");
  EXPECT_EQ(Quantity("A"), 9);
  Control("cancel", R"({"order_id": ")" + second + R"(", "by": "MERCHANT", "reason": "NO_INVENTORY"})");
  EXPECT_EQ(Quantity("A"), 9);
}

TEST_F(StockTest, CancelledOversell_PutsBackOnlyWhatItTook) {
  const std::string id = PlaceOrder(R"({"lines": [{"sku": "B", "quantity": 6}], "force": true})");
  Control("cancel", R"({"order_id": ")" + id + "\"}");
  EXPECT_EQ(Quantity("B"), 5);
}

TEST_F(StockTest, LifeCycle_RefusesStepsThatDoNotExist) {
  const std::string id = PlaceOrder(R"({"skus": ["A"], "status": "PENDING"})");
  const std::string which = R"({"order_id": ")" + id + "\"}";
  const auto refused = [&](const std::string& command) {
    return !Control(command, which).at("refused").get_array().empty();
  };
  EXPECT_TRUE(refused("ship")) << "pending";
  EXPECT_FALSE(refused("pay"));
  EXPECT_TRUE(refused("pay")) << "paid already";
  EXPECT_FALSE(refused("ship"));
  EXPECT_TRUE(refused("cancel")) << "shipped";
}

TEST_F(StockTest, Ledger_KnowsWhoChangedAQuantity) {
  const std::string id = PlaceOrder(R"({"skus": ["A"]})");
  PatchAvailability("A", "merge", R"({"fulfillment_channel_code":"DEFAULT","quantity":20})");
  PatchAvailability("A", "merge", R"({"fulfillment_channel_code":"DEFAULT","quantity":20})");
  Control("change-quantity", R"({"sku": "A", "delta": -5})");
  Control("cancel", R"({"order_id": ")" + id + "\"}");
  EXPECT_EQ(Causes("A"), "setup:10 sale:9 patch:20 behind-our-back:15 cancel:16 ");
  EXPECT_EQ(amazon.world().ledger.redundant_patches(), 1U);
}

TEST_F(StockTest, TurningAListingToFba_TakesItsMerchantQuantity) {
  Control("set-listing", R"({"sku": "A", "fba": true})");
  EXPECT_EQ(Quantity("A"), std::nullopt);
  Control("set-listing", R"({"sku": "A", "fba": false, "quantity": 2})");
  EXPECT_EQ(Quantity("A"), 2);
}

TEST_F(StockTest, DeletedListing_CanBeMadeAgain) {
  PlaceOrder(R"({"skus": ["A"]})");
  Control("delete-listing", R"({"sku": "A"})");
  EXPECT_EQ(Get(std::string("/listings/2021-08-01/items/SELLER/A?marketplaceIds=") + kUk).status, 404);
  Control("set-listing", R"({"sku": "A", "quantity": 1})");
  EXPECT_EQ(Quantity("A"), 1);
}

TEST_F(StockTest, LedgerAnswer_CanBePagedAndFiltered) {
  Control("place-orders", R"({"count": 4, "skus": ["A"]})");
  const auto page =
      boost::json::parse(amazon.Handle({"GET", "/sim/v1/ledger?section=orders&after=1&limit=2", {}, ""}).body);
  EXPECT_EQ(page.at("orders").get_array().size(), 2U);
  EXPECT_EQ(page.at("orders_total"), 4);
  const auto sales = boost::json::parse(amazon.Handle({"GET", "/sim/v1/ledger?section=quantities&sku=A", {}, ""}).body);
  EXPECT_EQ(sales.at("quantities").get_array().size(), 5U);
  const auto all = boost::json::parse(amazon.Handle({"GET", "/sim/v1/ledger", {}, ""}).body).get_object();
  for (const char* section : {"orders", "quantities", "calls", "violations", "oversells"}) {
    EXPECT_TRUE(all.contains(section)) << section;
  }
}

}  // namespace
}  // namespace amazon_sim
