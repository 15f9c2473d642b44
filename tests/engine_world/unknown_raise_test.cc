// A raise whose answer is lost came into force all the same: the marketplace may show it, and a number below it is a
// lowering, which waits for nobody, although it is more than the marketplace has ever acknowledged.
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

class UnknownRaiseTest : public ::testing::TestWithParam<IsolationMode> {
 protected:
  UnknownRaiseTest() {
    world_ = std::make_unique<EngineWorld>(
        EngineWorldOptions{.folder = folder_.path(),
                           .amazon_bundle = QUAYSIDE_AMAZON_BUNDLE,
                           .scenario = {{"clock", {{"base", "now"}, {"speed", 0}}},
                                        {"accounts", {EngineWorld::Account()}},
                                        {"listings", json::array{json::object{{"sku", "MUG"}, {"quantity", 100}}}}},
                           .isolation = GetParam()});
    world_->AddChannel("uk", "A1F83G8C2ARO7P");
    world_->RunFor(20 * kMinuteUs);
    world_->Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
      return LinkPieceBySku(tx, world_->ids(), world_->clock().Now(), "uk", true, "", 100)->accounts;
    });
    SetLevel(40);
    world_->RunFor(kMinuteUs);
    EXPECT_TRUE(world_->ApprovePlans()) << "the first quantities wait for a person";
    world_->RunFor(kHourUs);
  }

  void SetLevel(int64_t level) {
    world_->Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
      QS_ASSIGN_OR_RETURN(StockChangeResult set,
                          SetStockLevels(tx, world_->ids(), world_->clock().Now(),
                                         {{.sku = "MUG", .location_id = "", .level = level, .title = ""}}, false));
      return std::move(set.accounts);
    });
  }
  int64_t Shown() {
    return world_->amazon().Look("listings?sku=MUG").at("listings").at(0).at("quantity").to_number<int64_t>();
  }
  TargetRecord Target() {
    TargetRecord target;
    EXPECT_TRUE(world_->store()
                    .Read([&](ReadTx& tx) -> absl::Status {
                      QS_ASSIGN_OR_RETURN(const auto found, tx.FindTarget(EngineWorld::kAccount, "MUG"));
                      target = found.value_or(TargetRecord());
                      return absl::OkStatus();
                    })
                    .ok());
    return target;
  }

  const TestFolder folder_;
  std::unique_ptr<EngineWorld> world_;
};

INSTANTIATE_TEST_SUITE_P(Modes, UnknownRaiseTest, InBothModes(), ModeName);

TEST_P(UnknownRaiseTest, LessThanIt_WaitsForNoOrders) {
  ASSERT_EQ(Shown(), 40);
  ASSERT_EQ(Target().accepted, 40);
  world_->amazon().Act("faults", {{"fault", "timeout-after"}, {"operation", "patchListingsItem"}});
  SetLevel(60);
  world_->RunFor(15 * kMinuteUs);
  ASSERT_EQ(Shown(), 60);
  EXPECT_EQ(Target().accepted, 40) << "no answer came through";
  EXPECT_EQ(Target().may_show, 60);

  // From here on no order is read, so that every raise waits.
  world_->amazon().Act("faults", {{"fault", "unavailable"}, {"operation", "searchOrders"}});
  SetLevel(50);
  world_->RunFor(10 * kMinuteUs);
  EXPECT_EQ(Shown(), 50) << "60 are on sale and 50 are there: " << Target().note;
  EXPECT_GT(Target().lowered_us, 0) << "for all that is known 60 are still shown";

  world_->amazon().Act("clear-faults", {});
  world_->RunFor(kHourUs);
  EXPECT_EQ(Target().state, TargetState::kCurrent) << Target().note;
  EXPECT_EQ(Target().accepted, 50);
  EXPECT_EQ(Target().may_show, std::nullopt);
  EXPECT_EQ(Target().lowered_us, 0);
}

TEST_P(UnknownRaiseTest, MoreThanIt_WaitsAsEveryRaiseDoes) {
  world_->amazon().Act("faults", {{"fault", "timeout-after"}, {"operation", "patchListingsItem"}});
  SetLevel(60);
  world_->RunFor(15 * kMinuteUs);
  ASSERT_EQ(Shown(), 60);
  world_->amazon().Act("faults", {{"fault", "unavailable"}, {"operation", "searchOrders"}});
  SetLevel(70);
  world_->RunFor(10 * kMinuteUs);
  EXPECT_EQ(Shown(), 60);
  EXPECT_EQ(Target().state, TargetState::kHeld);
}

}  // namespace
}  // namespace quayside
