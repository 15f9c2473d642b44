// Orders given to a fulfilment centre in a real store: what moves, what is locked, what comes back.
#include "host/orders/outbound_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/orders/despatch_order.h"
#include "host/orders/outbound_rules.h"
#include "host/orders/post_sale_order.h"
#include "host/orders/testing/order_builder.h"
#include "host/security/plain_cipher_for_tests.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::Contains;
using ::testing::ElementsAre;

class OutboundOrderTest : public ::testing::Test {
 protected:
  OutboundOrderTest() {
    world_.Write([](Tx& tx) { return tx.PutAccount({.id = "acc", .plugin_id = "shop"}); });
    channel_ = world_.AddChannel("de", [](ChannelRecord& channel) { channel.config.fba_enabled = true; });
    mug_ = world_.AddItem("MUG", 10);
    world_.AddListing(channel_, "MUG", mug_);
    world_.AddListing(channel_, "MUG-FBA", mug_, 1, Fulfilment::kMarketplace);
    world_.Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(
          tx.PutLocation({.id = "de-fba", .display_name = "FBA", .fulfilment_centre = true, .owner_channel = "de"}));
      QS_RETURN_IF_ERROR(tx.PutCentreStock({.location_id = "de-fba", .sku = "MUG-FBA", .fulfillable = 20}));
      return tx.SetLevel(mug_, "de-fba", 20, world_.now());
    });
    ImportPage(world_, {MakeOrder("o1", pb::ORDER_STATUS_OPEN, world_.now(), {{"1", "MUG", 3}})});
    order_ = world_.Order("acc", "o1").id;
  }

  absl::StatusOr<ChangedOutbound> Allocate(const std::string& location = "de-fba") {
    return world_.TryWrite(
        [&](Tx& tx) { return AllocateOrder(Inputs(tx), order_, {.location_id = location, .preferred_skus = {}}); });
  }
  absl::StatusOr<ChangedOutbound> AllocateBy(const std::map<std::string, std::string>& preferred_skus) {
    return world_.TryWrite([&](Tx& tx) {
      return AllocateOrder(Inputs(tx), order_, {.location_id = "de-fba", .preferred_skus = preferred_skus});
    });
  }
  // Of the last allocation's event.
  std::string PassedOver() {
    const auto events = world_.Read([](ReadTx& tx) {
      return tx.ListEvents({.type_prefixes = {"allocation.waiting"}, .order = SortOrder::kDescending, .limit = 1});
    });
    const auto told = events.at(0).attributes.find("passed_over");
    return told == events.at(0).attributes.end() ? "" : told->second;
  }
  absl::StatusOr<ChangedOutbound> TakeBack() {
    return world_.TryWrite([&](Tx& tx) { return TakeBackOrder(Inputs(tx), order_); });
  }
  OutboundInputs Inputs(Tx& tx) { return {.tx = tx, .ids = world_.ids(), .now = world_.now()}; }
  absl::StatusOr<DespatchedOrder> Despatch(bool by_centre) {
    return world_.TryWrite([&](Tx& tx) {
      return DespatchOrder({.tx = tx,
                            .ids = world_.ids(),
                            .cipher = cipher_,
                            .now = world_.now(),
                            .plugin_id = "shop",
                            .offered = true,
                            .by_centre = by_centre},
                           order_, {{.carrier_name = "Amazon", .tracking = "T1"}});
    });
  }
  LevelRecord At(const std::string& location) {
    for (const LevelRecord& level : world_.Read([&](ReadTx& tx) { return tx.GetLevels(mug_); })) {
      if (level.location_id == location) return level;
    }
    return {};
  }

  StoreWorld world_;
  PlainCipher cipher_;
  ChannelRecord channel_;
  int64_t mug_ = 0;
  int64_t order_ = 0;
};

TEST_F(OutboundOrderTest, AnAllocatedOrder_ReservesInTheCentre_UntilTheCentreHasCountedIt) {
  const auto allocated = Allocate();
  ASSERT_TRUE(allocated.ok()) << allocated.status();
  EXPECT_THAT(allocated->outbound.parts, ElementsAre(OutboundPart{"1", "MUG-FBA", 3, 1, 0, 0}));
  EXPECT_EQ(world_.Order("acc", "o1").location_id, "de-fba");
  EXPECT_EQ(At("default").reserved, 0);
  EXPECT_EQ(At("de-fba").reserved, 3);
  EXPECT_THAT(world_.EventTypes(), Contains("allocation.waiting"));
  ASSERT_TRUE(world_.TryWrite([&](Tx& tx) { return CountAsTaken(tx, world_.now(), order_); }).ok());
  EXPECT_EQ(At("de-fba").reserved, 0);
}

TEST_F(OutboundOrderTest, ItIsLocked_ForDespatchCancellationAndASecondTime) {
  ASSERT_TRUE(Allocate().ok());
  EXPECT_TRUE(HasReason(Despatch(false).status(), Reason::kOrderNotDespatchable));
  const auto cancelled = world_.TryWrite([&](Tx& tx) {
    return CancelOrder({.tx = tx, .ids = world_.ids(), .cipher = cipher_, .now = world_.now(), .cancels = true}, order_,
                       {.cause = pb::CANCEL_REASON_OTHER, .lines = {}});
  });
  EXPECT_TRUE(HasReason(cancelled.status(), Reason::kOrderNotCancellable));
  EXPECT_TRUE(HasReason(Allocate().status(), Reason::kOrderNotAllocatable));
}

TEST_F(OutboundOrderTest, WhatLeavesThere_LowersNoLevelOfOurs_ThenOrLater) {
  const OutboundRecord outbound = Allocate()->outbound;
  ASSERT_TRUE(Despatch(true).ok());
  EXPECT_EQ(world_.Order("acc", "o1").state, OrderState::kDespatched);
  EXPECT_EQ(At("de-fba").level, 20) << "the centre's own figure falls, and is read";
  EXPECT_EQ(At("de-fba").reserved, 0);
  ASSERT_TRUE(world_.TryWrite([&](Tx& tx) { return ReleaseOrder(tx, world_.now(), outbound); }).ok());
  world_.clock.Advance(kHourUs);
  ImportPage(world_, {MakeOrder("o1", pb::ORDER_STATUS_SHIPPED, world_.now(), {{"1", "MUG", 3, 3}})});
  EXPECT_EQ(At("default").level, 10);
}

TEST_F(OutboundOrderTest, WhatWasNeverSent_IsTakenBackAtOnce_TheRestIsAskedFor) {
  ASSERT_TRUE(Allocate().ok());
  EXPECT_EQ(TakeBack()->outbound.phase, OutboundPhase::kCancelled);
  EXPECT_EQ(world_.Order("acc", "o1").location_id, "default");
  EXPECT_EQ(At("default").reserved, 3);
  EXPECT_TRUE(HasReason(TakeBack().status(), Reason::kAllocationNotFound));
  OutboundRecord second = Allocate()->outbound;
  EXPECT_EQ(second.number, 2);
  second.phase = OutboundPhase::kAccepted;
  second.sent_us = world_.now();
  world_.Write([&](Tx& tx) { return tx.PutOutbound(second); });
  EXPECT_TRUE(HasReason(TakeBack().status(), Reason::kAllocationNotCancellable));
  second.cancellable = true;
  world_.Write([&](Tx& tx) { return tx.PutOutbound(second); });
  EXPECT_EQ(TakeBack()->outbound.phase, OutboundPhase::kCancelling);
}

TEST_F(OutboundOrderTest, AWishedSkuThatIsUsed_LeavesNothingToTell) {
  world_.AddListing(channel_, "MUG-FBA-2", mug_, 1, Fulfilment::kMarketplace);
  world_.Write([](Tx& tx) { return tx.PutCentreStock({.location_id = "de-fba", .sku = "MUG-FBA-2"}); });
  const auto allocated = AllocateBy({{"1", "MUG-FBA-2"}});
  ASSERT_TRUE(allocated.ok()) << allocated.status();
  EXPECT_EQ(allocated->outbound.parts[0].sku, "MUG-FBA-2") << "by its wish, though the other has more";
  EXPECT_EQ(allocated->outbound.message, "");
  EXPECT_EQ(PassedOver(), "");
}

TEST_F(OutboundOrderTest, AWishedSkuThatCannotShipTheLine_IsPassedOver_AndToldWithWhy) {
  world_.AddListing(channel_, "MUG-PAIR", mug_, 2, Fulfilment::kMarketplace);
  world_.AddListing(channel_, "MUG-GONE", mug_, 1, Fulfilment::kMarketplace);
  const int64_t cup = world_.AddItem("CUP", 10);
  world_.AddListing(channel_, "CUP-FBA", cup, 1, Fulfilment::kMarketplace);
  world_.Write([](Tx& tx) -> absl::Status {
    for (const char* sku : {"MUG-PAIR", "CUP-FBA"})
      QS_RETURN_IF_ERROR(tx.PutCentreStock({.location_id = "de-fba", .sku = sku, .fulfillable = 9}));
    return tx.PutCentreStock({.location_id = "de-fba", .sku = "MUG-GONE", .absent = true});
  });
  const auto passed = [&](const std::string& line, const std::string& sku) {
    const auto allocated = AllocateBy({{line, sku}});
    EXPECT_TRUE(allocated.ok()) << allocated.status();
    EXPECT_THAT(allocated->outbound.parts, ElementsAre(OutboundPart{"1", "MUG-FBA", 3, 1, 0, 0})) << sku;
    EXPECT_EQ(allocated->outbound.message, PassedOver());
    EXPECT_TRUE(TakeBack().ok());
    return PassedOver();
  };
  EXPECT_EQ(passed("1", "CUP-FBA"),
            "line '1' does not go by SKU 'CUP-FBA': account acc links no such SKU to the line's item");
  EXPECT_EQ(passed("1", "MUG-GONE"), "line '1' does not go by SKU 'MUG-GONE': it is not in de-fba");
  EXPECT_EQ(passed("1", "MUG"), "line '1' does not go by SKU 'MUG': it is not in de-fba");
  EXPECT_EQ(passed("1", "MUG-PAIR"),
            "line '1' does not go by SKU 'MUG-PAIR': its units do not divide the 1 of the line's");
  EXPECT_EQ(passed("9", "MUG-FBA"), "line '9' does not go by SKU 'MUG-FBA': nothing of such a line is left to ship");
  EXPECT_EQ(passed("1", std::string(5000, 'X')),
            "line '1' does not go by SKU of 5000 bytes: account acc links no such SKU to the line's item");
}

TEST_F(OutboundOrderTest, OfManyWishesThatArePassedOver_SomeAreTold) {
  std::map<std::string, std::string> wishes;
  for (int line = 10; line < 40; ++line) wishes[std::to_string(line)] = "MUG-FBA";
  ASSERT_TRUE(AllocateBy(wishes).ok());
  EXPECT_THAT(PassedOver(), ::testing::EndsWith("; and 20 more"));
}

TEST_F(OutboundOrderTest, WhatTheWarehouseCannotShip_IsRefused) {
  EXPECT_TRUE(HasReason(Allocate("nowhere").status(), Reason::kLocationNotFound));
  EXPECT_TRUE(HasReason(Allocate("default").status(), Reason::kOrderNotAllocatable));
  world_.Write([](Tx& tx) { return tx.PutCentreStock({.location_id = "de-fba", .sku = "MUG-FBA", .absent = true}); });
  EXPECT_TRUE(HasReason(Allocate().status(), Reason::kOrderNotAllocatable));
}

}  // namespace
}  // namespace quayside
