// Orders processed in a real store: stock, packages, what is to be confirmed.
#include "host/orders/despatch_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/orders/despatch_rules.h"
#include "host/orders/despatch_trail.h"
#include "host/orders/order_import.h"
#include "host/orders/testing/order_builder.h"
#include "host/security/plain_cipher_for_tests.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class DespatchOrderTest : public ::testing::Test {
 protected:
  DespatchOrderTest() {
    world_.Write([](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutAccount({.id = "acc", .plugin_id = "shop"}));
      return tx.PutPostalMethod({.id = "tracked-48",
                                 .vendor = "Royal Mail",
                                 .name = "Tracked 48",
                                 .carrier_codes = {{"plugins/shop", "RM"}}});
    });
    channel_ = world_.AddChannel("de");
    mug_ = world_.AddItem("MUG", 10);
    world_.AddListing(channel_, "MUG", mug_);
    six_pack_ = world_.AddItem("LAMP", 30);
    world_.AddListing(channel_, "SIX", six_pack_, 6);
  }

  // Three mugs and a pack of six lamps, paid.
  int64_t Order(const std::string& id = "o1") {
    ImportPage(world_, {MakeOrder(id, pb::ORDER_STATUS_OPEN, world_.now(), {{"1", "MUG", 3}, {"2", "SIX", 1}})});
    return world_.Order("acc", id).id;
  }
  absl::StatusOr<DespatchedOrder> Despatch(int64_t order, const std::vector<PackageWish>& wishes) {
    return world_.TryWrite([&](Tx& tx) { return DespatchOrder(Inputs(tx), order, wishes); });
  }
  absl::StatusOr<DespatchRecord> Retry(int64_t order, int32_t number) {
    return world_.TryWrite([&](Tx& tx) { return RetryDespatch(Inputs(tx), order, number); });
  }
  DespatchInputs Inputs(Tx& tx) {
    return {.tx = tx,
            .ids = world_.ids(),
            .cipher = cipher_,
            .now = world_.now(),
            .plugin_id = "shop",
            .offered = offered_};
  }
  static PackageWish Wish(std::vector<DespatchLine> lines, const std::string& tracking = "T1") {
    return {.lines = std::move(lines), .carrier_name = "Royal Mail", .tracking = tracking};
  }
  std::vector<DespatchRecord> Packages(int64_t order) {
    return world_.Read([&](ReadTx& tx) { return tx.ListDespatchesOfOrder(order); });
  }
  void Change(DespatchRecord package, DespatchState state) {
    package.state = state;
    world_.Write([&](Tx& tx) { return tx.PutDespatch(package); });
  }

  StoreWorld world_;
  PlainCipher cipher_;
  ChannelRecord channel_;
  int64_t mug_ = 0;
  int64_t six_pack_ = 0;
  bool offered_ = true;
};

TEST_F(DespatchOrderTest, AllOfIt_LowersTheLevels_ReleasesTheReservations_AndWritesOneIntent) {
  const int64_t order = Order();
  const auto done = Despatch(order, {Wish({})});
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->order.state, OrderState::kDespatched);
  EXPECT_EQ(world_.Level(mug_).level, 7);
  EXPECT_EQ(world_.Level(mug_).reserved, 0);
  EXPECT_EQ(world_.Level(six_pack_).level, 24);
  EXPECT_EQ(world_.Level(six_pack_).reserved, 0);
  EXPECT_THAT(done->accounts, ElementsAre("acc"));
  const auto packages = Packages(order);
  ASSERT_THAT(packages, SizeIs(1));
  EXPECT_EQ(packages[0].number, 1);
  EXPECT_EQ(packages[0].state, DespatchState::kWaiting);
  EXPECT_THAT(packages[0].lines, ElementsAre(DespatchLine{"1", 3}, DespatchLine{"2", 1}));
  EXPECT_EQ(packages[0].tracking, "sealed:T1") << "encrypted at rest";
  EXPECT_EQ(packages[0].shipped_us, world_.now());
  EXPECT_THAT(world_.EventTypes(), Contains("order.despatched"));
  EXPECT_THAT(world_.EventTypes(), Contains("despatch.waiting"));
  EXPECT_THAT(world_.EventResources(), Contains("orders/" + std::to_string(order) + "/despatches/1"));
}

TEST_F(DespatchOrderTest, LevelFallsOnce_WhenTheMarketplaceReportsTheShipmentAfterwards) {
  const int64_t order = Order();
  ASSERT_TRUE(Despatch(order, {Wish({{"1", 2}})}).ok());
  EXPECT_EQ(world_.Level(mug_).level, 8);
  EXPECT_EQ(world_.Level(mug_).reserved, 1);
  EXPECT_EQ(world_.Order("acc", "o1").state, OrderState::kPartlyDespatched);
  world_.clock.Advance(kMinuteUs);
  ImportPage(world_,
             {MakeOrder("o1", pb::ORDER_STATUS_PARTLY_SHIPPED, world_.now(), {{"1", "MUG", 3, 2}, {"2", "SIX", 1}})});
  EXPECT_EQ(world_.Level(mug_).level, 8);
  world_.clock.Advance(kMinuteUs);
  ImportPage(world_,
             {MakeOrder("o1", pb::ORDER_STATUS_SHIPPED, world_.now(), {{"1", "MUG", 3, 3}, {"2", "SIX", 1, 1}})});
  EXPECT_EQ(world_.Level(mug_).level, 7) << "one more left, by somebody else's hand";
  EXPECT_EQ(world_.Level(six_pack_).level, 24);
}

TEST_F(DespatchOrderTest, ALevelOfAFulfilmentCentre_StaysTheMarketplacesToLower) {
  const int64_t order = Order();
  world_.AddLocation("default", true);
  ASSERT_TRUE(Despatch(order, {Wish({})}).ok());
  EXPECT_EQ(world_.Level(mug_).level, 10);
  EXPECT_EQ(world_.Level(mug_).reserved, 0);
}

TEST_F(DespatchOrderTest, SeveralPackages_AreNumbered_AndAnUnlinkedLineIsDespatchedToo) {
  ImportPage(world_, {MakeOrder("o2", pb::ORDER_STATUS_OPEN, world_.now(), {{"1", "MUG", 2}, {"2", "UNKNOWN", 1}})});
  const int64_t order = world_.Order("acc", "o2").id;
  const auto done = Despatch(order, {Wish({{"1", 1}}, "T1"), Wish({{"1", 1}, {"2", 1}}, "")});
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->order.state, OrderState::kDespatched);
  const auto packages = Packages(order);
  ASSERT_THAT(packages, SizeIs(2));
  EXPECT_EQ(packages[1].number, 2);
  EXPECT_EQ(packages[1].tracking, "");
}

TEST_F(DespatchOrderTest, AllOrNothing_WithEveryMistake) {
  const int64_t order = Order();
  const auto without_lines = Despatch(order, {Wish({}), Wish({{"1", 1}})});
  EXPECT_TRUE(HasReason(without_lines.status(), Reason::kInvalidArgument));
  const auto too_many = Despatch(order, {Wish({{"1", 2}}, "A"), Wish({{"1", 2}}, "B")});
  ASSERT_THAT(ViolationsOf(too_many.status()), SizeIs(1));
  EXPECT_EQ(ViolationsOf(too_many.status())[0].field, "packages[1].lines[0].quantity");
  PackageWish late = Wish({});
  late.shipped_us = world_.now() + 1;
  EXPECT_EQ(ViolationsOf(Despatch(order, {late}).status())[0].field, "packages[0].ship_time");
  EXPECT_EQ(ViolationsOf(Despatch(order, {}).status())[0].field, "packages");
  EXPECT_EQ(ViolationsOf(Despatch(order, {{.number = 4}}).status())[0].field, "packages[0].number");
  EXPECT_TRUE(HasReason(Despatch(42, {Wish({})}).status(), Reason::kOrderNotFound));
  EXPECT_EQ(world_.Level(mug_).level, 10);
  EXPECT_THAT(Packages(order), SizeIs(0));
}

TEST_F(DespatchOrderTest, SamePackageAgain_Edits_AndNeverDoubles) {
  const int64_t order = Order();
  ASSERT_TRUE(Despatch(order, {Wish({{"1", 1}})}).ok());
  const auto again = Despatch(order, {Wish({{"1", 1}})});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_THAT(Packages(order), SizeIs(1));
  EXPECT_EQ(again->packages[0].version, 1) << "the same words change nothing";
  EXPECT_EQ(world_.Level(mug_).level, 9);

  Change(Packages(order)[0], DespatchState::kConfirmed);
  const auto edited = Despatch(order, {{.number = 1, .tracking = "T2"}});
  ASSERT_TRUE(edited.ok()) << edited.status();
  EXPECT_EQ(edited->packages[0].version, 2);
  EXPECT_EQ(edited->packages[0].state, DespatchState::kWaiting);
  EXPECT_EQ(edited->packages[0].carrier_name, "Royal Mail") << "what is not given stays";
  EXPECT_EQ(world_.Level(mug_).level, 9);
  EXPECT_EQ(ViolationsOf(Despatch(order, {{.number = 1, .lines = {{"1", 2}}}}).status())[0].field, "packages[0].lines");
}

TEST_F(DespatchOrderTest, SamePackage_IsKnownByItsTracking_HoweverItIsWritten_AndByItsLinesInAnyOrder) {
  const int64_t order = Order();
  ASSERT_TRUE(Despatch(order, {Wish({{"1", 1}, {"2", 1}}, "JJ-12 34")}).ok());
  const auto again = Despatch(order, {Wish({{"2", 1}, {"1", 1}}, "jj1234")});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_THAT(Packages(order), SizeIs(1));
  EXPECT_EQ(Packages(order)[0].version, 1);
  PackageWish by_number = Wish({{"2", 1}, {"1", 1}}, "JJ1234");
  by_number.number = 1;
  ASSERT_TRUE(Despatch(order, {by_number}).ok());
  EXPECT_EQ(Packages(order)[0].tracking, "sealed:JJ1234") << "named by its number it is written as asked for";
}

TEST_F(DespatchOrderTest, TwoWishesOfOneRequest_AreTwoPackages_HoweverAlike) {
  const int64_t order = Order();
  const std::vector<PackageWish> alike = {Wish({{"1", 1}}, "SAME"), Wish({{"1", 1}}, "SAME")};
  ASSERT_TRUE(Despatch(order, alike).ok());
  EXPECT_THAT(Packages(order), SizeIs(2));
  EXPECT_EQ(world_.Level(mug_).level, 8);
  ASSERT_TRUE(Despatch(order, alike).ok()) << "said again, each is the one it was";
  EXPECT_THAT(Packages(order), SizeIs(2));
  EXPECT_EQ(world_.Level(mug_).level, 8);
}

TEST_F(DespatchOrderTest, NumbersAtTheMarketplace_AreNotThoseOfAHostBeforeTheBackup) {
  const int64_t order = Order();
  const int64_t first = Despatch(order, {Wish({{"1", 1}}, "A")})->packages[0].id;
  const int64_t second = Despatch(order, {Wish({{"1", 1}}, "B")})->packages[0].id;
  EXPECT_NE(PackageNumberThere(first), PackageNumberThere(second));
  // The same order in a database that knows nothing of these packages.
  world_.clock.Advance(kMinuteUs);
  const int64_t elsewhere = Order("o2");
  const auto anew = Despatch(elsewhere, {Wish({{"1", 1}}, "C")});
  ASSERT_TRUE(anew.ok()) << anew.status();
  EXPECT_EQ(anew->packages[0].number, 1);
  EXPECT_NE(PackageNumberThere(anew->packages[0].id), PackageNumberThere(first)) << "also for the first of an order";
}

TEST_F(DespatchOrderTest, AnEdit_RaisesTheOrdersEtag_AndSayingItAgainDoesNot) {
  const int64_t order = Order();
  ASSERT_TRUE(Despatch(order, {Wish({{"1", 1}})}).ok());
  const int64_t revision = world_.Order("acc", "o1").revision;
  ASSERT_TRUE(Despatch(order, {Wish({{"1", 1}})}).ok());
  EXPECT_EQ(world_.Order("acc", "o1").revision, revision);
  ASSERT_TRUE(Despatch(order, {{.number = 1, .tracking = "T2"}}).ok());
  EXPECT_EQ(world_.Order("acc", "o1").revision, revision + 1);
}

TEST_F(DespatchOrderTest, AnEditOfTheCarrierAlone_LeavesTheService) {
  const int64_t order = Order();
  PackageWish wish = Wish({{"1", 1}});
  wish.carrier_code = "RM";
  wish.service_name = "Express";
  ASSERT_TRUE(Despatch(order, {wish}).ok());
  const auto edited = Despatch(order, {{.number = 1, .carrier_name = "DHL"}});
  ASSERT_TRUE(edited.ok()) << edited.status();
  EXPECT_EQ(edited->packages[0].carrier_name, "DHL");
  EXPECT_EQ(edited->packages[0].carrier_code, "") << "which was the other carrier's";
  EXPECT_EQ(edited->packages[0].service_name, "Express");
}

TEST_F(DespatchOrderTest, AnEditOfAFailedPackage_ClosesItsDeadLetter_AndIsLookedForAnew) {
  const int64_t order = Order();
  ASSERT_TRUE(Despatch(order, {Wish({})}).ok());
  DespatchRecord package = Packages(order)[0];
  package.dead_letter_id = 77;
  package.looked_us = world_.now();
  world_.Write([](Tx& tx) { return tx.PutDeadLetter({.id = 77, .lane_id = "acc.despatch", .key = "k"}); });
  Change(package, DespatchState::kFailed);
  ASSERT_TRUE(Despatch(order, {{.number = 1, .tracking = "T2"}}).ok());
  EXPECT_EQ(Packages(order)[0].state, DespatchState::kWaiting);
  EXPECT_EQ(Packages(order)[0].dead_letter_id, 0);
  EXPECT_EQ(Packages(order)[0].looked_us, 0);
  EXPECT_EQ(world_.Read([](ReadTx& tx) { return tx.CountDeadLetters("acc.despatch", DeadLetterState::kOpen); }), 0);
}

TEST_F(DespatchOrderTest, WithAVersionThatDoesNotConfirm_ItWaits_AndSaysWhy) {
  const int64_t order = Order();
  offered_ = false;
  const auto done = Despatch(order, {Wish({})});
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->packages[0].state, DespatchState::kWaiting);
  EXPECT_EQ(done->packages[0].reason, "CONTRACT_NOT_OFFERED");
  EXPECT_THAT(done->packages[0].message, HasSubstr("waits"));
}

TEST_F(DespatchOrderTest, AChannelThatComesLater_IsTakenFromTheOrder) {
  ImportPage(world_, {MakeOrder("o9", pb::ORDER_STATUS_OPEN, world_.now(), {{"1", "MUG", 3}}, "mp-uk")});
  const int64_t order = world_.Order("acc", "o9").id;
  ASSERT_TRUE(Despatch(order, {Wish({{"1", 1}}, "A"), Wish({{"1", 1}}, "B")}).ok());
  EXPECT_EQ(Packages(order)[0].channel_id, "");
  EXPECT_EQ(Packages(order)[0].state, DespatchState::kRejected);
  world_.AddChannel("uk");
  world_.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(OrderRecord record, tx.GetOrder(order));
    QS_ASSIGN_OR_RETURN(const auto lines, tx.GetOrderLines(order));
    record.channel_id = "uk";
    return tx.PutOrder(record, lines);
  });
  const auto retried = Retry(order, 1);
  ASSERT_TRUE(retried.ok()) << retried.status();
  EXPECT_EQ(retried->channel_id, "uk");
  const auto edited = Despatch(order, {{.number = 2, .tracking = "C"}});
  ASSERT_TRUE(edited.ok()) << edited.status();
  EXPECT_EQ(edited->packages[0].channel_id, "uk");
  EXPECT_EQ(edited->packages[0].state, DespatchState::kWaiting);
}

TEST_F(DespatchOrderTest, ALineLinkedAfterItLeft_LowersTheLevel_UnlessItWasCountedSince) {
  ImportPage(world_, {MakeOrder("o3", pb::ORDER_STATUS_OPEN, world_.now(), {{"1", "LATE", 3}, {"2", "SINCE", 1}})});
  const int64_t order = world_.Order("acc", "o3").id;
  const int64_t late = world_.AddItem("LATE", 20);
  world_.clock.Advance(kMinuteUs);
  ASSERT_TRUE(Despatch(order, {Wish({{"1", 2}, {"2", 1}})}).ok());
  world_.clock.Advance(kMinuteUs);
  const int64_t since = world_.AddItem("SINCE", 20);
  const auto link = [&](const std::string& sku, int64_t item, int32_t units) {
    world_.AddListing(channel_, sku, item, units);
    const ListingRecord listing = world_.Listing("de", sku);
    const auto linked = world_.TryWrite([&](Tx& tx) { return LinkWaitingLines(tx, world_.now(), listing); });
    ASSERT_TRUE(linked.ok()) << linked.status();
    EXPECT_EQ(*linked, 1);
  };
  link("LATE", late, 4);
  link("SINCE", since, 1);
  EXPECT_EQ(world_.Level(late).level, 12) << "two of four each left after it was counted";
  EXPECT_EQ(world_.Level(late).reserved, 4) << "and one is still here";
  EXPECT_EQ(world_.Level(since).level, 20) << "what was counted after it had left did not hold it";
}

TEST_F(DespatchOrderTest, AnEditOfWhatIsOnItsWay_Follows) {
  const int64_t order = Order();
  ASSERT_TRUE(Despatch(order, {Wish({})}).ok());
  Change(Packages(order)[0], DespatchState::kSending);
  ASSERT_TRUE(Despatch(order, {{.number = 1, .tracking = "T2"}}).ok());
  EXPECT_EQ(Packages(order)[0].state, DespatchState::kSending);
  EXPECT_EQ(Packages(order)[0].version, 2);
}

TEST_F(DespatchOrderTest, Carrier_ComesFromTheWish_ElseItsMethod_ElseTheOrders) {
  const int64_t order = Order();
  world_.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(OrderRecord record, tx.GetOrder(order));
    QS_ASSIGN_OR_RETURN(const auto lines, tx.GetOrderLines(order));
    record.postal_method = "tracked-48";
    return tx.PutOrder(record, lines);
  });
  const auto by_order = Despatch(order, {{.lines = {{"1", 1}}, .tracking = "A"}});
  ASSERT_TRUE(by_order.ok()) << by_order.status();
  EXPECT_EQ(by_order->packages[0].postal_method, "tracked-48");
  EXPECT_EQ(by_order->packages[0].carrier_code, "RM");
  EXPECT_EQ(by_order->packages[0].carrier_name, "Royal Mail");
  EXPECT_EQ(by_order->packages[0].service_name, "Tracked 48");
  const auto by_carrier = Despatch(order, {{.lines = {{"1", 1}}, .carrier_name = "DHL", .tracking = "B"}});
  ASSERT_TRUE(by_carrier.ok()) << by_carrier.status();
  EXPECT_EQ(by_carrier->packages[0].postal_method, "");
  EXPECT_EQ(by_carrier->packages[0].carrier_name, "DHL");
  EXPECT_EQ(by_carrier->packages[0].service_name, "");
  EXPECT_TRUE(HasReason(Despatch(order, {{.lines = {{"1", 1}}, .postal_method = "gone"}}).status(),
                        Reason::kPostalMethodNotFound));
}

TEST_F(DespatchOrderTest, WithoutACarrier_ItIsRefused_UnlessNobodyHasToBeTold) {
  const int64_t order = Order();
  const auto refused = Despatch(order, {{.lines = {{"1", 1}}}});
  EXPECT_TRUE(HasReason(refused.status(), Reason::kCarrierMissing));
  EXPECT_EQ(world_.Level(mug_).level, 10);
  channel_.config.mark_as_despatched = false;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  const auto done = Despatch(order, {{.lines = {{"1", 1}}}});
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->packages[0].state, DespatchState::kNotRequired);
  EXPECT_EQ(world_.Level(mug_).level, 9);
}

TEST_F(DespatchOrderTest, OnADisabledOrDeletedChannel_ItLeavesAllTheSame_AndIsRejected) {
  const int64_t order = Order();
  channel_.enabled = false;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  const auto disabled = Despatch(order, {Wish({{"1", 1}})});
  ASSERT_TRUE(disabled.ok()) << disabled.status();
  EXPECT_EQ(disabled->packages[0].state, DespatchState::kRejected);
  EXPECT_EQ(disabled->packages[0].reason, "CHANNEL_DISABLED");
  EXPECT_EQ(world_.Level(mug_).level, 9);
  EXPECT_TRUE(HasReason(Retry(order, 1).status(), Reason::kDespatchNotRetryable));
  channel_.enabled = true;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  const auto retried = Retry(order, 1);
  ASSERT_TRUE(retried.ok()) << retried.status();
  EXPECT_EQ(retried->state, DespatchState::kWaiting);
  world_.Write([](Tx& tx) { return tx.DeleteChannel("de"); });
  EXPECT_EQ(Despatch(order, {Wish({{"1", 1}}, "X")})->packages[0].reason, "CHANNEL_NOT_FOUND");
}

TEST_F(DespatchOrderTest, Retry_ClosesTheDeadLetter_AndStartsAnew) {
  const int64_t order = Order();
  ASSERT_TRUE(Despatch(order, {Wish({})}).ok());
  DespatchRecord package = Packages(order)[0];
  package.attempts = 15;
  package.failures = 3;
  package.dead_letter_id = 77;
  world_.Write([](Tx& tx) { return tx.PutDeadLetter({.id = 77, .lane_id = "acc.despatch", .key = "k"}); });
  Change(package, DespatchState::kFailed);
  const auto retried = Retry(order, 1);
  ASSERT_TRUE(retried.ok()) << retried.status();
  EXPECT_EQ(retried->attempts, 0);
  EXPECT_EQ(retried->due_us, world_.now());
  EXPECT_EQ(world_.Read([](ReadTx& tx) { return tx.CountDeadLetters("acc.despatch", DeadLetterState::kOpen); }), 0);
  EXPECT_TRUE(HasReason(Retry(order, 2).status(), Reason::kDespatchNotFound));
  Change(Packages(order)[0], DespatchState::kConfirmed);
  EXPECT_THAT(std::string(Retry(order, 1).status().message()), HasSubstr("confirmed"));
}

TEST_F(DespatchOrderTest, TheTrail_TellsEachState) {
  const int64_t order = Order();
  ASSERT_TRUE(Despatch(order, {Wish({})}).ok());
  Change(Packages(order)[0], DespatchState::kFailed);
  ASSERT_TRUE(Retry(order, 1).ok());
  const int64_t id = Packages(order)[0].id;
  const auto notes = world_.Read([&](ReadTx& tx) { return tx.ListDespatchNotes(id); });
  ASSERT_THAT(notes, SizeIs(2));
  EXPECT_EQ(notes[0].number, 1);
  EXPECT_EQ(notes[1].number, 2);
  EXPECT_EQ(notes[1].reason, "RETRIED");
}

}  // namespace
}  // namespace quayside
