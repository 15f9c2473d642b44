// The real engine and plugin find out what went past them at a simulated Amazon: quantities that somebody else changed,
// and orders that searches never show.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <memory>
#include <string>

#include "host/base/errors.h"
#include "host/inventory/stock.h"
#include "host/listings/mapping.h"
#include "host/plugin/folder_for_tests.h"
#include "host/plugin/isolation_for_tests.h"
#include "tests/engine_world/engine_world.h"

namespace quayside {
namespace {

namespace json = boost::json;

constexpr int64_t kOurLevel = 40;

class ProofsTest : public ::testing::TestWithParam<IsolationMode> {
 protected:
  void SetUp() override {
    world_ = std::make_unique<EngineWorld>(
        EngineWorldOptions{.folder = folder_.path(),
                           .amazon_bundle = QUAYSIDE_AMAZON_BUNDLE,
                           .scenario = {{"clock", {{"base", "now"}, {"speed", 0}}},
                                        {"accounts", {EngineWorld::Account()}},
                                        {"listings", json::array{json::object{{"sku", "MUG"}, {"quantity", 100}},
                                                                 json::object{{"sku", "CUP"}, {"quantity", 100}}}}},
                           .isolation = GetParam(),
                           .reconcile_us = 30 * kMinuteUs,
                           .completeness_us = 6 * kHourUs});
    world_->AddChannel("uk", "A1F83G8C2ARO7P");
    world_->RunFor(20 * kMinuteUs);
    world_->Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
      QS_ASSIGN_OR_RETURN(LinkedPiece linked,
                          LinkPieceBySku(tx, world_->ids(), world_->clock().Now(), "uk", true, "", 100));
      EXPECT_EQ(linked.linked, 2);
      const std::vector<StockChange> count = {{.sku = "MUG", .location_id = "", .level = kOurLevel, .title = ""},
                                              {.sku = "CUP", .location_id = "", .level = kOurLevel, .title = ""}};
      QS_ASSIGN_OR_RETURN(StockChangeResult set,
                          SetStockLevels(tx, world_->ids(), world_->clock().Now(), count, false));
      return std::move(set.accounts);
    });
    world_->RunFor(kMinuteUs);
    ASSERT_TRUE(world_->ApprovePlans()) << "the first quantities wait for a person";
    world_->RunFor(kHourUs);
    ASSERT_EQ(Shown("MUG"), kOurLevel);
  }

  int64_t Shown(const std::string& sku) {
    return world_->amazon().Look("listings?sku=" + sku).at("listings").at(0).at("quantity").to_number<int64_t>();
  }
  DriftCheckRecord Check() {
    DriftCheckRecord check;
    EXPECT_TRUE(world_->store()
                    .Read([&](ReadTx& tx) -> absl::Status {
                      QS_ASSIGN_OR_RETURN(const auto found, tx.FindDriftCheck("uk"));
                      check = found.value_or(DriftCheckRecord());
                      return absl::OkStatus();
                    })
                    .ok());
    return check;
  }
  CompletenessRecord Completeness() {
    CompletenessRecord record;
    EXPECT_TRUE(world_->store()
                    .Read([&](ReadTx& tx) -> absl::Status {
                      QS_ASSIGN_OR_RETURN(const auto found, tx.FindCompleteness(EngineWorld::kAccount));
                      record = found.value_or(CompletenessRecord());
                      return absl::OkStatus();
                    })
                    .ok());
    return record;
  }
  bool IsKnown(const std::string& order) {
    bool known = false;
    EXPECT_TRUE(world_->store()
                    .Read([&](ReadTx& tx) -> absl::Status {
                      QS_ASSIGN_OR_RETURN(const auto found, tx.FindOrder(EngineWorld::kAccount, order));
                      known = found.has_value();
                      return absl::OkStatus();
                    })
                    .ok());
    return known;
  }
  std::string Place() {
    const json::value placed =
        world_->amazon().Act("place-orders", {{"skus", json::array{"CUP"}}, {"marketplace", "UK"}});
    return std::string(placed.at("placed").at(0).at("order_id").as_string());
  }

  const TestFolder folder_;
  std::unique_ptr<EngineWorld> world_;
};

INSTANTIATE_TEST_SUITE_P(Modes, ProofsTest, InBothModes(), ModeName);

TEST_P(ProofsTest, AQuantityThatSomebodyElseChanged_IsFound_AndRepaired) {
  EXPECT_EQ(Check().found, 0) << "what we sent is no drift";
  EXPECT_GT(Check().last_compared + Check().last_unsettled, 0);
  world_->amazon().Act("change-quantity", {{"sku", "MUG"}, {"quantity", 55}});
  world_->RunFor(3 * kHourUs);
  EXPECT_EQ(Shown("MUG"), kOurLevel);
  EXPECT_EQ(Shown("CUP"), kOurLevel);
  EXPECT_EQ(Check().found, 1);
  EXPECT_EQ(Check().repaired, 1);
}

TEST_P(ProofsTest, WhatBuyersTake_IsNoDrift) {
  for (int i = 0; i < 6; ++i) {
    (void)Place();
    world_->RunFor(25 * kMinuteUs);
  }
  world_->RunFor(2 * kHourUs);
  EXPECT_EQ(Check().found, 0);
  EXPECT_EQ(Shown("CUP"), kOurLevel - 6);
}

TEST_P(ProofsTest, AnOrderThatSearchesNeverShow_ComesInAllTheSame) {
  const std::string seen = Place();
  world_->amazon().Act("add-fault", {{"fault", "late-visibility"}, {"seconds", 100'000'000}, {"count", 1}});
  const std::string withheld = Place();
  world_->RunFor(kHourUs);
  EXPECT_TRUE(IsKnown(seen));
  EXPECT_FALSE(IsKnown(withheld));
  world_->RunFor(9 * kHourUs);
  EXPECT_TRUE(IsKnown(withheld));
  EXPECT_EQ(Completeness().missing_total, 1);
  EXPECT_EQ(Completeness().recovered_total, 1);
  EXPECT_GE(Completeness().checks, 2);
  EXPECT_EQ(Completeness().unreadable, 0);
  // What it took was missing at Amazon all the time, and nobody put it back on sale.
  EXPECT_EQ(Check().found, 0);
  EXPECT_EQ(Shown("CUP"), kOurLevel - 2);
}

}  // namespace
}  // namespace quayside
