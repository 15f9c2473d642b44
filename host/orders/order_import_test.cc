#include "host/orders/order_import.h"

#include "host/orders/testing/order_builder.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr pb::OrderStatus kPendingStatus = pb::ORDER_STATUS_PENDING;
constexpr pb::OrderStatus kOpenStatus = pb::ORDER_STATUS_OPEN;
constexpr pb::OrderStatus kPartlyStatus = pb::ORDER_STATUS_PARTLY_SHIPPED;
constexpr pb::OrderStatus kShippedStatus = pb::ORDER_STATUS_SHIPPED;
constexpr pb::OrderStatus kCancelledStatus = pb::ORDER_STATUS_CANCELLED;

// Channel "de" lists "S" for an item that has 10 on the shelf, counted when the world began.
class OrderImportTest : public testing::Test {
 protected:
  OrderImportTest() {
    de = world.AddChannel("de");
    item = world.AddItem("S", 10);
    world.AddListing(de, "S", item);
    world.clock.Advance(kHourUs);
  }
  // Each call a minute later than the one before, in the marketplace's time and ours.
  Imported Report(const std::string& id, pb::OrderStatus status, const std::vector<LineSpec>& lines) {
    world.clock.Advance(kMinuteUs);
    return ImportPage(world, {MakeOrder(id, status, world.now(), lines)});
  }
  // What mapping does to orders; answers how many lines were linked.
  int32_t Link(const std::string& channel_id, const std::string& sku, int64_t to_item, int32_t units) {
    ListingRecord listing = world.Listing(channel_id, sku);
    listing.item_id = to_item;
    listing.units_per_listing = units;
    world.PutListing(listing);
    const auto linked = world.TryWrite([&](Tx& tx) { return LinkWaitingLines(tx, world.now(), listing); });
    EXPECT_TRUE(linked.ok()) << linked.status();
    return linked.value_or(-1);
  }
  void Unlink(const std::string& sku) {
    ListingRecord listing = world.Listing("de", sku);
    listing.item_id = 0;
    listing.units_per_listing = 1;
    world.PutListing(listing);
  }
  int64_t reserved() { return world.Level(item).reserved; }
  int64_t level() { return world.Level(item).level.value_or(-1); }
  OrderState state(const std::string& id = "1") { return world.Order("acc", id).state; }

  StoreWorld world;
  ChannelRecord de;
  int64_t item = 0;
};

TEST_F(OrderImportTest, NewOrder_IsStoredWithItsLinesReservesAndTells) {
  const Imported imported = Report("1", kOpenStatus, {{"l1", "S", 3}});
  EXPECT_EQ(imported.counts.received, 1);
  EXPECT_THAT(imported.accounts, ElementsAre("acc"));
  const OrderRecord order = world.Order("acc", "1");
  EXPECT_EQ(order.channel_id, "de");
  EXPECT_EQ(order.marketplace, "mp-de");
  EXPECT_EQ(order.location_id, "default");
  EXPECT_EQ(order.state, OrderState::kOpen);
  EXPECT_EQ(order.raw_status, "ORDER_STATUS_OPEN");
  EXPECT_EQ(order.currency, "EUR");
  EXPECT_EQ(order.total_units, 12);
  EXPECT_EQ(order.total_nanos, 340'000'000);
  EXPECT_EQ(OpenOrderDocument(PlainCipher(), order)->lines(0).sku(), "S");
  EXPECT_EQ(order.unlinked_lines, 0);
  EXPECT_EQ(order.revision, 1);
  EXPECT_EQ(order.received_us, world.now());
  const auto lines = world.Lines("acc", "1");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].item_id, item);
  EXPECT_EQ(lines[0].reserved, 3);
  EXPECT_EQ(reserved(), 3);
  EXPECT_EQ(level(), 10) << "reserved is not gone";
  EXPECT_THAT(world.EventTypes(), ElementsAre("order.received"));
  EXPECT_EQ(world.Target("acc", "S").state, TargetState::kChanged);
}

TEST_F(OrderImportTest, SamePageAgain_ChangesNothing) {
  const std::vector<pb::Order> page = {MakeOrder("1", kOpenStatus, world.now(), {{"l1", "S", 3}}),
                                       MakeOrder("2", kCancelledStatus, world.now(), {{"l1", "S", 1, 0, 1}})};
  ImportPage(world, page);
  const int64_t revision = world.LastRevision();
  const OrderRecord before = world.Order("acc", "1");
  const TargetRecord target = world.Target("acc", "S");
  world.clock.Advance(kHourUs);
  const Imported again = ImportPage(world, page);
  EXPECT_EQ(again.counts.unchanged, 2);
  EXPECT_EQ(again.counts.received + again.counts.updated, 0);
  EXPECT_THAT(again.accounts, IsEmpty());
  EXPECT_EQ(world.LastRevision(), revision);
  EXPECT_EQ(world.Order("acc", "1").revision, before.revision);
  EXPECT_EQ(world.Target("acc", "S").version, target.version);
  EXPECT_EQ(reserved(), 3);
}

// A cancelled order comes without its buyer and its amounts.
TEST_F(OrderImportTest, AReportThatLacksThings_DoesNotWipeThem) {
  pb::Order order = MakeOrder("1", kOpenStatus, world.now(), {{"l1", "S", 3}});
  order.mutable_buyer()->set_email("ann@example.com");
  order.set_service_level("Expedited");
  ImportPage(world, {order});
  pb::Order cancelled = MakeOrder("1", kCancelledStatus, world.now() + 1, {{"l1", "S", 3, 0, 3}});
  cancelled.clear_total();
  ImportPage(world, {cancelled});
  const OrderRecord stored = world.Order("acc", "1");
  EXPECT_EQ(stored.state, OrderState::kCancelled);
  EXPECT_EQ(stored.service_level, "Expedited");
  EXPECT_EQ(stored.currency, "EUR");
  EXPECT_EQ(stored.total_units, 12);
  EXPECT_EQ(OpenOrderDocument(PlainCipher(), stored)->buyer().email(), "ann@example.com");
}

// A role that the account lacked, or a marketplace that shows things late without calling that a change.
TEST_F(OrderImportTest, TheSameReportAgain_FillsInWhatWasMissing_AndRewritesNothing) {
  const pb::Order bare = MakeOrder("1", kOpenStatus, world.now(), {{"l1", "S", 3}});
  ImportPage(world, {bare});
  pb::Order full = bare;
  full.mutable_buyer()->set_email("ann@example.com");
  full.mutable_ship_to()->set_name("Ann");
  full.mutable_total()->set_units(99);
  full.mutable_lines(0)->set_quantity(2);
  const Imported again = ImportPage(world, {full});
  EXPECT_EQ(again.counts.updated, 1);
  const OrderRecord stored = world.Order("acc", "1");
  const pb::Order document = *OpenOrderDocument(PlainCipher(), stored);
  EXPECT_EQ(document.buyer().email(), "ann@example.com");
  EXPECT_EQ(document.ship_to().name(), "Ann");
  EXPECT_EQ(stored.total_units, 12);
  EXPECT_EQ(reserved(), 3);
  EXPECT_EQ(ImportPage(world, {full}).counts.unchanged, 1);
  EXPECT_EQ(ImportPage(world, {bare}).counts.unchanged, 1) << "what is missing now wipes nothing";
  EXPECT_EQ(world.Order("acc", "1").revision, stored.revision);
}

TEST_F(OrderImportTest, AnErasedOrder_StaysErased_WhenItIsReportedAgain) {
  pb::Order order = MakeOrder("1", kOpenStatus, world.now(), {{"l1", "S", 3}});
  order.mutable_buyer()->set_email("ann@example.com");
  ImportPage(world, {order});
  OrderRecord erased = world.Order("acc", "1");
  erased.personal_erased = true;
  erased.document.clear();
  const std::vector<OrderLineRecord> lines = world.Lines("acc", "1");
  world.Write([&](Tx& tx) { return tx.PutOrder(erased, lines); });
  order.set_updated_us(world.now() + 1);
  ImportPage(world, {order});
  const OrderRecord stored = world.Order("acc", "1");
  EXPECT_TRUE(stored.personal_erased);
  EXPECT_EQ(ImportPage(world, {order}).counts.unchanged, 1) << "what was erased is not filled in";
  EXPECT_EQ(OpenOrderDocument(PlainCipher(), stored)->buyer().email(), "");
  EXPECT_EQ(OpenOrderDocument(PlainCipher(), stored)->lines_size(), 1);
}

TEST_F(OrderImportTest, OlderReport_IsIgnored) {
  const TimeUs newer_us = world.now();
  ImportPage(world, {MakeOrder("1", kShippedStatus, newer_us, {{"l1", "S", 3, 3}})});
  EXPECT_EQ(ImportPage(world, {MakeOrder("1", kPendingStatus, newer_us - 1, {{"l1", "S", 9}})}).counts.unchanged, 1);
  EXPECT_EQ(state(), OrderState::kDespatched);
  EXPECT_EQ(world.Lines("acc", "1")[0].quantity, 3);
  EXPECT_EQ(reserved(), 0);
}

TEST_F(OrderImportTest, Order_KeepsItsReservation_FromPendingToOpen_AndLowersTheLevel_WhenShipped) {
  Report("1", kPendingStatus, {{"l1", "S", 3}});
  EXPECT_EQ(state(), OrderState::kPending);
  EXPECT_EQ(reserved(), 3);
  EXPECT_EQ(Report("1", kOpenStatus, {{"l1", "S", 3}}).counts.updated, 1);
  EXPECT_EQ(state(), OrderState::kOpen);
  EXPECT_EQ(reserved(), 3);
  Report("1", kShippedStatus, {{"l1", "S", 3, 3}});
  EXPECT_EQ(state(), OrderState::kDespatched);
  EXPECT_EQ(reserved(), 0);
  EXPECT_EQ(level(), 7);
  EXPECT_EQ(world.Order("acc", "1").revision, 3);
  EXPECT_THAT(world.EventTypes(), ElementsAre("order.received", "order.updated", "order.despatched"));
}

TEST_F(OrderImportTest, PartlyShippedOrder_HoldsTheRest) {
  Report("1", kOpenStatus, {{"l1", "S", 5}});
  Report("1", kPartlyStatus, {{"l1", "S", 5, 2}});
  EXPECT_EQ(reserved(), 3);
  EXPECT_EQ(level(), 8);
  Report("1", kOpenStatus, {{"l1", "S", 5}});
  EXPECT_EQ(state(), OrderState::kPartlyDespatched) << "what was despatched is not rewritten";
  EXPECT_EQ(reserved(), 3);
  EXPECT_EQ(level(), 8);
  Report("1", kShippedStatus, {{"l1", "S", 5, 5}});
  EXPECT_EQ(reserved(), 0);
  EXPECT_EQ(level(), 5);
}

TEST_F(OrderImportTest, CancelledLine_ReleasesAtOnce_AndTheOthersStay) {
  Report("1", kOpenStatus, {{"l1", "S", 3}, {"l2", "S", 2}});
  EXPECT_EQ(reserved(), 5);
  Report("1", kOpenStatus, {{"l1", "S", 3, 0, 3}, {"l2", "S", 2}});
  EXPECT_EQ(reserved(), 2);
  EXPECT_EQ(level(), 10);
}

TEST_F(OrderImportTest, CancelledOrder_ReleasesAtOnce_EvenWhenItsLinesDoNotSaySo) {
  Report("1", kOpenStatus, {{"l1", "S", 3}});
  Report("1", kCancelledStatus, {{"l1", "S", 3}});
  EXPECT_EQ(state(), OrderState::kCancelled);
  EXPECT_EQ(reserved(), 0);
  EXPECT_EQ(level(), 10);
  EXPECT_THAT(world.EventTypes(), ElementsAre("order.received", "order.cancelled"));
}

TEST_F(OrderImportTest, LineThatIsNoLongerReported_ReleasesAndStaysAsHistory) {
  Report("1", kOpenStatus, {{"l1", "S", 3}, {"l2", "S", 2}});
  Report("1", kOpenStatus, {{"l2", "S", 2}});
  EXPECT_EQ(reserved(), 2);
  EXPECT_EQ(world.Lines("acc", "1").size(), 2U);
}

TEST_F(OrderImportTest, OrderFirstSeenCancelled_IsHistoryAndReservesNothing) {
  Report("1", kCancelledStatus, {{"l1", "S", 3}});
  EXPECT_EQ(state(), OrderState::kCancelled);
  EXPECT_EQ(reserved(), 0);
  EXPECT_EQ(level(), 10);
}

TEST_F(OrderImportTest, OrderFirstSeenShipped_LowersTheLevelOnce) {
  Report("1", kShippedStatus, {{"l1", "S", 3, 3}});
  EXPECT_EQ(state(), OrderState::kDespatched);
  EXPECT_EQ(level(), 7);
  Report("1", kShippedStatus, {{"l1", "S", 3, 3}});
  EXPECT_EQ(level(), 7);
  EXPECT_EQ(reserved(), 0);
}

TEST_F(OrderImportTest, OrderFirstSeenShipped_LeavesTheLevelAlone_WhenItWasCountedAfterwards) {
  pb::Order order = MakeOrder("1", kShippedStatus, world.now(), {{"l1", "S", 3, 3}});
  order.add_packages()->set_shipped_us(kWorldStartUs - 1);
  ImportPage(world, {order});
  EXPECT_EQ(level(), 10);
  order.set_updated_us(world.now() + 1);
  ImportPage(world, {order});
  EXPECT_EQ(level(), 10) << "not later either";
}

TEST_F(OrderImportTest, OrderFirstSeenShipped_IsJudgedByItsLastPackage) {
  pb::Order order = MakeOrder("1", kShippedStatus, world.now(), {{"l1", "S", 3, 3}});
  order.add_packages()->set_shipped_us(kWorldStartUs - 1);
  order.add_packages()->set_shipped_us(kWorldStartUs + 1);
  ImportPage(world, {order});
  EXPECT_EQ(level(), 7);
}

TEST_F(OrderImportTest, ShippedOrder_CountsAllItsUnits_WhenTheMarketplaceGivesNoProgress) {
  Report("1", kOpenStatus, {{"l1", "S", 3}, {"l2", "S", 2}});
  Report("1", kShippedStatus, {{"l1", "S", 3, 0, 1}, {"l2", "S", 2}});
  EXPECT_EQ(reserved(), 0);
  EXPECT_EQ(level(), 6) << "the units are gone, whether or not they are counted; what was cancelled stays";
}

TEST_F(OrderImportTest, ShippedOrder_CountsWhatTheMarketplaceSays_WhenItGivesProgress) {
  Report("1", kShippedStatus, {{"l1", "S", 3, 2}, {"l2", "S", 2}});
  EXPECT_EQ(level(), 8);
}

TEST_F(OrderImportTest, Level_NeverFallsBelowZero) {
  Report("1", kShippedStatus, {{"l1", "S", 30, 30}});
  EXPECT_EQ(level(), 0);
}

TEST_F(OrderImportTest, UnsetLevel_StaysUnset_WhenUnitsAreShipped) {
  const int64_t uncounted = world.AddItem("U");
  world.AddListing(de, "U", uncounted);
  Report("1", kOpenStatus, {{"l1", "U", 2}});
  Report("1", kShippedStatus, {{"l1", "U", 2, 2}});
  EXPECT_EQ(world.Level(uncounted).level, std::nullopt);
  EXPECT_EQ(world.Level(uncounted).reserved, 0);
}

TEST_F(OrderImportTest, DespatchedOrder_NeverReopens) {
  Report("1", kShippedStatus, {{"l1", "S", 3, 3}});
  for (const pb::OrderStatus status : {kOpenStatus, kPendingStatus, kCancelledStatus, pb::ORDER_STATUS_UNKNOWN}) {
    Report("1", status, {{"l1", "S", 3}});
    EXPECT_EQ(state(), OrderState::kDespatched);
    EXPECT_EQ(reserved(), 0);
    EXPECT_EQ(level(), 7);
    EXPECT_EQ(world.Lines("acc", "1")[0].shipped, 3);
  }
}

TEST_F(OrderImportTest, UnknownStatus_HoldsTheOrderAndItsStock_AndKeepsTheWord) {
  pb::Order order = MakeOrder("1", pb::ORDER_STATUS_UNKNOWN, world.now(), {{"l1", "S", 3}});
  order.set_raw_status("Quarantined");
  ImportPage(world, {order});
  EXPECT_EQ(state(), OrderState::kHeld);
  EXPECT_EQ(world.Order("acc", "1").raw_status, "Quarantined");
  EXPECT_EQ(reserved(), 3);
  Report("1", kOpenStatus, {{"l1", "S", 3}});
  EXPECT_EQ(state(), OrderState::kOpen);
  EXPECT_EQ(reserved(), 3);
}

TEST_F(OrderImportTest, OrderFulfilledByTheMarketplace_TouchesNoStockOfTheMerchant) {
  pb::Order order = MakeOrder("1", kOpenStatus, world.now(), {{"l1", "S", 3}});
  order.set_fulfilment(pb::FULFILMENT_CHANNEL_MARKETPLACE);
  ImportPage(world, {order});
  order.set_updated_us(world.now() + 1);
  order.set_status(kShippedStatus);
  order.mutable_lines(0)->set_quantity_shipped(3);
  ImportPage(world, {order});
  EXPECT_EQ(world.Lines("acc", "1")[0].item_id, item);
  EXPECT_EQ(reserved(), 0);
  EXPECT_EQ(level(), 10);
}

TEST_F(OrderImportTest, UnitsPerListing_MultiplyReservationAndShipment) {
  const int64_t single = world.AddItem("SINGLE", 30);
  world.AddListing(de, "PACK", single, 6);
  Report("1", kOpenStatus, {{"l1", "PACK", 3}});
  EXPECT_EQ(world.Level(single).reserved, 18);
  Report("1", kPartlyStatus, {{"l1", "PACK", 3, 2}});
  EXPECT_EQ(world.Level(single).reserved, 6);
  EXPECT_EQ(world.Level(single).level, 18);
}

TEST_F(OrderImportTest, OrdersOfAChannel_SitAtItsDownloadLocation) {
  world.AddLocation("west");
  const ChannelRecord uk =
      world.AddChannel("uk", [](ChannelRecord& channel) { channel.config.order_download_location = "west"; });
  world.AddListing(uk, "S", item);
  ImportPage(world, {MakeOrder("1", kOpenStatus, world.now(), {{"l1", "S", 2}}, "mp-uk")});
  EXPECT_EQ(world.Order("acc", "1").location_id, "west");
  EXPECT_EQ(world.Level(item, "west").reserved, 2);
  EXPECT_EQ(reserved(), 0);
}

TEST_F(OrderImportTest, OrderStaysAtItsLocation_WhenTheChannelsIsChanged) {
  world.AddLocation("west");
  Report("1", kOpenStatus, {{"l1", "S", 2}});
  de.config.order_download_location = "west";
  world.Write([&](Tx& tx) { return tx.PutChannel(de, "test"); });
  Report("1", kOpenStatus, {{"l1", "S", 2, 0, 1}});
  EXPECT_EQ(reserved(), 1);
  EXPECT_EQ(world.Level(item, "west").reserved, 0);
}

TEST_F(OrderImportTest, OrderOfAMarketplaceThatIsNoChannel_Waits_AndJoinsItWhenThereIsOne) {
  ImportPage(world, {MakeOrder("1", kOpenStatus, world.now(), {{"l1", "S", 2}}, "mp-uk")});
  EXPECT_EQ(world.Order("acc", "1").channel_id, "");
  EXPECT_EQ(world.Order("acc", "1").unlinked_lines, 1);
  EXPECT_EQ(reserved(), 0);
  world.AddLocation("west");
  const ChannelRecord uk =
      world.AddChannel("uk", [](ChannelRecord& channel) { channel.config.order_download_location = "west"; });
  world.AddListing(uk, "S", item);
  ImportPage(world, {MakeOrder("1", kOpenStatus, world.now(), {{"l1", "S", 2}}, "mp-uk")});
  EXPECT_EQ(world.Order("acc", "1").channel_id, "uk");
  EXPECT_EQ(world.Order("acc", "1").unlinked_lines, 0);
  EXPECT_EQ(world.Level(item, "west").reserved, 2);
}

TEST_F(OrderImportTest, Sale_MakesTheAcceptedQuantityStaleAndTheTargetChanged) {
  world.ChangeTarget("acc", "S", [](TargetRecord& target) {
    target.state = TargetState::kCurrent;
    target.accepted = 10;
  });
  Report("1", kOpenStatus, {{"l1", "S", 1}});
  EXPECT_TRUE(world.Target("acc", "S").accepted_stale);
  EXPECT_EQ(world.Target("acc", "S").state, TargetState::kChanged);
}

TEST_F(OrderImportTest, SaleThatTookNoStock_IsPushedAgain_SinceTheMarketplaceLoweredItsOwnFigure) {
  world.ChangeTarget("acc", "S", [](TargetRecord& target) {
    target.state = TargetState::kCurrent;
    target.accepted = 10;
  });
  pb::Order order = MakeOrder("1", kShippedStatus, world.now(), {{"l1", "S", 3, 3}});
  order.add_packages()->set_shipped_us(kWorldStartUs - 1);
  EXPECT_THAT(ImportPage(world, {order}).accounts, ElementsAre("acc"));
  EXPECT_EQ(level(), 10);
  EXPECT_TRUE(world.Target("acc", "S").accepted_stale);
  EXPECT_EQ(world.Target("acc", "S").state, TargetState::kChanged);
}

TEST_F(OrderImportTest, Sale_ChangesTheVersionOfATargetInFlight) {
  world.ChangeTarget("acc", "S", [](TargetRecord& target) {
    target.state = TargetState::kInFlight;
    target.intent_id = 4;
    target.version = 9;
  });
  Report("1", kCancelledStatus, {{"l1", "S", 3, 0, 3}});
  EXPECT_EQ(world.Target("acc", "S").state, TargetState::kInFlight);
  EXPECT_GT(world.Target("acc", "S").version, 9) << "what is under way was decided before";
}

TEST_F(OrderImportTest, Cancellation_IsPushedAgain_SinceTheMarketplacePutsTheUnitsBackOnSale) {
  Report("1", kOpenStatus, {{"l1", "S", 3}});
  const auto accepted = [](TargetRecord& target) {
    target.state = TargetState::kCurrent;
    target.accepted = 5;  // a ceiling: the cancellation changes nothing of what should be shown
    target.accepted_stale = false;
  };
  world.ChangeTarget("acc", "S", accepted);
  Report("1", kOpenStatus, {{"l1", "S", 3, 0, 1}});
  EXPECT_TRUE(world.Target("acc", "S").accepted_stale) << "a part of a line";
  world.ChangeTarget("acc", "S", accepted);
  Report("1", kCancelledStatus, {{"l1", "S", 3, 0, 1}});
  EXPECT_TRUE(world.Target("acc", "S").accepted_stale) << "the order";
}

TEST_F(OrderImportTest, Sale_DoesNotMakeATarget_WhenNothingWasEverSent) {
  Report("1", kOpenStatus, {{"l1", "UNLISTED", 1}});
  EXPECT_EQ(world.FindTarget("acc", "UNLISTED"), std::nullopt);
}

TEST_F(OrderImportTest, ChangeOfATarget_HappenedWhereItsOrdersAreKnownTo_AndNeverMovesBack) {
  world.SetLevel(item, 20);
  const TimeUs counted_us = world.now();
  world.clock.Advance(kHourUs);
  ImportPage(world, {MakeOrder("1", kOpenStatus, counted_us - 5, {{"l1", "S", 1}})}, counted_us - 1);
  EXPECT_EQ(world.Target("acc", "S").changed_us, counted_us) << "the count is the later change";
  ImportPage(world, {MakeOrder("2", kOpenStatus, counted_us + 5, {{"l1", "S", 1}})}, counted_us + 9);
  EXPECT_EQ(world.Target("acc", "S").changed_us, counted_us + 9);
}

TEST_F(OrderImportTest, UnlinkedLine_DoesNotBlockTheOrder_AndReservesWhenItsListingIsLinked) {
  world.AddListing(de, "X");
  Report("1", kOpenStatus, {{"l1", "S", 1}, {"l2", "X", 2}, {"l3", "X", 1}});
  EXPECT_EQ(world.Order("acc", "1").unlinked_lines, 2);
  EXPECT_EQ(reserved(), 1);
  EXPECT_EQ(Link("de", "X", item, 6), 2);
  EXPECT_EQ(world.Order("acc", "1").unlinked_lines, 0);
  EXPECT_EQ(world.Order("acc", "1").revision, 2) << "changed once";
  EXPECT_EQ(reserved(), 1 + 3 * 6);
  EXPECT_THAT(world.EventTypes(), ElementsAre("order.received", "order.updated"));
  EXPECT_EQ(world.Read([](ReadTx& tx) { return tx.ListEvents({}); })[1].attributes.at("lines_linked"), "2");
}

TEST_F(OrderImportTest, UnlinkedLine_StaysUnlinked_WhenAnotherChannelLinksTheSku) {
  world.AddListing(de, "X");
  const ChannelRecord uk = world.AddChannel("uk");
  world.AddListing(uk, "X");
  Report("1", kOpenStatus, {{"l1", "X", 2}});
  EXPECT_EQ(Link("uk", "X", item, 1), 0);
  EXPECT_EQ(world.Order("acc", "1").unlinked_lines, 1);
  EXPECT_EQ(reserved(), 0);
}

TEST_F(OrderImportTest, UnlinkedLineShippedElsewhere_LowersTheLevelOnce_WhenItIsLinked) {
  const int64_t late = world.AddItem("LATE", 50);
  world.AddListing(de, "LATE");
  Report("1", kShippedStatus, {{"l1", "LATE", 3, 3}});
  EXPECT_EQ(world.Level(late).level, 50) << "nobody knows yet whose units left";
  EXPECT_EQ(Link("de", "LATE", late, 2), 1);
  EXPECT_EQ(world.Level(late).level, 44);
  EXPECT_EQ(world.Level(late).reserved, 0);
  Report("1", kShippedStatus, {{"l1", "LATE", 3, 3}});
  EXPECT_EQ(world.Level(late).level, 44);
}

TEST_F(OrderImportTest, UnlinkedLineShippedElsewhere_LeavesALevelAlone_ThatWasCountedAfterwards) {
  world.AddListing(de, "LATE");
  Report("1", kShippedStatus, {{"l1", "LATE", 3, 3}});
  world.clock.Advance(kMinuteUs);
  const int64_t late = world.AddItem("LATE", 50);
  EXPECT_EQ(Link("de", "LATE", late, 1), 1);
  EXPECT_EQ(world.Level(late).level, 50);
}

TEST_F(OrderImportTest, LinkOfACancelledOrdersLine_ReservesNothing) {
  world.AddListing(de, "X");
  Report("1", kCancelledStatus, {{"l1", "X", 2}});
  EXPECT_EQ(Link("de", "X", item, 1), 1);
  EXPECT_EQ(world.Order("acc", "1").unlinked_lines, 0);
  EXPECT_EQ(reserved(), 0);
  EXPECT_EQ(level(), 10);
}

TEST_F(OrderImportTest, Relinking_LeavesOldLinesAlone) {
  Report("1", kOpenStatus, {{"l1", "S", 2}});
  const int64_t other = world.AddItem("OTHER", 50);
  Unlink("S");
  EXPECT_EQ(Link("de", "S", other, 3), 0) << "the line keeps the item that was fixed at link time";
  EXPECT_EQ(reserved(), 2);
  Report("1", kOpenStatus, {{"l1", "S", 2, 0, 1}});
  EXPECT_EQ(reserved(), 1);
  EXPECT_EQ(world.Level(other).reserved, 0);
  Report("2", kOpenStatus, {{"l1", "S", 2}});
  EXPECT_EQ(world.Level(other).reserved, 6) << "new lines take the new item";
}

// Random histories: after every step the levels' reservations are the sum of what the lines hold, and nothing is
// negative.
TEST_F(OrderImportTest, Reservations_AreTheSumOfTheLines_AfterAnyHistory) {
  const uint64_t seed = 4'711;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  SeededRng random(seed);
  const auto below = [&](uint64_t bound) { return static_cast<int32_t>(random.Below(bound)); };
  const std::vector<std::string> skus = {"S", "T", "U"};
  const std::vector<int64_t> items = {item, world.AddItem("T", 100), world.AddItem("U")};
  for (const char* sku : {"T", "U"}) world.AddListing(de, sku);
  std::map<std::string, std::vector<LineSpec>> orders;

  for (int round = 0; round < 300; ++round) {
    world.clock.Advance(kSecondUs);
    const std::string& sku = skus[static_cast<size_t>(below(3))];
    switch (below(10)) {
      case 0:
        Unlink(sku);
        break;
      case 1:
      case 2:
        Link("de", sku, items[static_cast<size_t>(below(3))], 1 + below(4));
        break;
      case 3:
        world.SetLevel(items[static_cast<size_t>(below(3))], below(50));
        break;
      default: {
        std::vector<pb::Order> page;
        for (int i = 0, count = 1 + below(5); i < count; ++i) {
          const std::string id = std::to_string(below(25));
          std::vector<LineSpec>& lines = orders[id];
          if (lines.empty() || below(8) == 0) {
            lines.push_back({"l" + std::to_string(lines.size()), skus[static_cast<size_t>(below(3))], below(6)});
          }
          for (LineSpec& line : lines) {
            const int32_t open = std::max(0, line.quantity - line.shipped - line.cancelled);
            if (below(3) == 0) line.shipped += below(static_cast<uint64_t>(open) + 1);
            if (below(4) == 0) line.cancelled += below(3);
          }
          std::vector<LineSpec> reported = lines;
          if (below(6) == 0) reported.erase(reported.begin() + below(reported.size()));
          const auto status = static_cast<pb::OrderStatus>(below(8));
          // Now and then a report that is older than what is stored.
          pb::Order order = MakeOrder(id, status, world.now() - below(3) * kSecondUs + i, reported);
          if (below(6) == 0) order.set_fulfilment(pb::FULFILMENT_CHANNEL_MARKETPLACE);
          page.push_back(std::move(order));
        }
        ImportPage(world, page);
      }
    }
    std::map<int64_t, int64_t> held;
    for (const auto& [id, lines] : orders) {
      if (!world.Read([&](ReadTx& tx) { return tx.FindOrder("acc", id); }).has_value()) continue;
      int32_t unlinked = 0;
      for (const OrderLineRecord& line : world.Lines("acc", id)) {
        held[line.item_id] += line.reserved;
        ASSERT_GE(line.reserved, 0) << "round " << round;
        if (line.item_id == 0) ++unlinked;
      }
      ASSERT_EQ(world.Order("acc", id).unlinked_lines, unlinked) << "round " << round;
    }
    ASSERT_EQ(held[0], 0) << "round " << round;
    for (const int64_t id : items) {
      ASSERT_EQ(world.Level(id).reserved, held[id]) << "round " << round;
      ASSERT_GE(world.Level(id).level.value_or(0), 0) << "round " << round;
    }
  }
}

TEST_F(OrderImportTest, OrdersTheMarketplaceShips_SitInTheChannelsCentre_AndReserveNothing) {
  de.config.fba_enabled = true;
  world.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutChannel(de, "test"));
    return tx.PutLocation({.id = "de-fba", .display_name = "FBA", .fulfilment_centre = true, .owner_channel = "de"});
  });
  pb::Order theirs = MakeOrder("1", pb::ORDER_STATUS_OPEN, world.now(), {{"l1", "S", 2}});
  theirs.set_fulfilment(pb::FULFILMENT_CHANNEL_MARKETPLACE);
  ImportPage(world, {theirs, MakeOrder("2", pb::ORDER_STATUS_OPEN, world.now(), {{"l1", "S", 3}})});
  EXPECT_EQ(world.Order("acc", "1").location_id, "de-fba");
  EXPECT_EQ(world.Order("acc", "2").location_id, "default");
  EXPECT_EQ(reserved(), 3);
}

}  // namespace
}  // namespace quayside
