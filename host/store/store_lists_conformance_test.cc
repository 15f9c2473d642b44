// Lists: what they can be filtered by and the orders they can be had in, page by page.
#include "host/base/errors.h"
#include "host/base/ids.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using sample::DeadLetter;
using sample::Despatch;
using sample::KeysOf;
using sample::Order;
using sample::Outbound;
using sample::PostSale;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimeUs kDayZero = 20'000 * kDayUs;
constexpr TimeUs Day(int64_t n) { return kDayZero + n * kDayUs; }
// Made on that day, as an IdSource would.
constexpr int64_t IdOf(int64_t day) { return FirstIdAt(Day(day)) + 7; }
int64_t DayOf(int64_t id) { return ((id >> 20) * kMillisecondUs - kDayZero) / kDayUs; }
template <class Row>
std::vector<int64_t> DaysOf(const std::vector<Row>& rows) {
  std::vector<int64_t> days;
  for (const Row& row : rows) days.push_back(DayOf(row.id));
  return days;
}

constexpr TimeSpan kTwoToFour{.from_us = Day(2), .before_us = Day(5)};

TEST_P(StoreConformance, Orders_AreListedBySpan_InBothDirections) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t day = 1; day <= 6; ++day) {
      OrderRecord order = Order(IdOf(day));
      order.external_id = sample::Id("of-day-", day);
      order.received_us = Day(day);
      if (day == 3) order.channel_id = "elsewhere";
      QS_RETURN_IF_ERROR(tx.PutOrder(order, {}));
    }
    return absl::OkStatus();
  });
  const auto days = [&](const OrderQuery& query) {
    return DaysOf(MustRead([&](ReadTx& tx) { return tx.ListOrders(query); }));
  };
  OrderQuery query{.received = kTwoToFour};
  EXPECT_THAT(days(query), ElementsAre(4, 3, 2));
  query.before_id = IdOf(4);
  EXPECT_THAT(days(query), ElementsAre(3, 2));
  query.order = SortOrder::kAscending;
  query.before_id = 0;
  EXPECT_THAT(days(query), ElementsAre(2, 3, 4));
  query.before_id = IdOf(2);
  query.limit = 1;
  EXPECT_THAT(days(query), ElementsAre(3));
  query = {.channel_id = "elsewhere", .received = kTwoToFour, .order = SortOrder::kAscending};
  EXPECT_THAT(days(query), ElementsAre(3));
  query = {.received = {.from_us = Day(5)}, .order = SortOrder::kAscending};
  EXPECT_THAT(days(query), ElementsAre(5, 6));
  query = {.received = {.before_us = Day(2)}};
  EXPECT_THAT(days(query), ElementsAre(1));
}

// Its id was given out the evening before, and its time is what counts.
TEST_P(StoreConformance, OrdersOfASpan_AreThoseOfTheirTime_NotOfTheirId) {
  MustWrite([](Tx& tx) -> absl::Status {
    OrderRecord order = Order(FirstIdAt(Day(1) + 20 * kHourUs));
    order.received_us = Day(2);
    return tx.PutOrder(order, {});
  });
  const auto count = [&](const TimeSpan& span) {
    return MustRead([&](ReadTx& tx) { return tx.ListOrders({.received = span}); }).size();
  };
  EXPECT_EQ(count(kTwoToFour), 1u);
  EXPECT_EQ(count({.before_us = Day(2)}), 0u);
  EXPECT_EQ(count({.from_us = Day(2) + 1}), 0u);
}

TEST_P(StoreConformance, Runs_AreListedByStateAndSpan) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t day = 1; day <= 6; ++day) {
      QS_RETURN_IF_ERROR(tx.PutRun({.id = IdOf(day),
                                    .lane_id = "lane",
                                    .state = day % 2 == 0 ? RunState::kFailed : RunState::kSucceeded,
                                    .started_us = Day(day)}));
    }
    return absl::OkStatus();
  });
  const auto days = [&](const RunQuery& query) {
    return DaysOf(MustRead([&](ReadTx& tx) { return tx.ListRuns(query); }));
  };
  EXPECT_THAT(days({.state = RunState::kFailed}), ElementsAre(6, 4, 2));
  EXPECT_THAT(days({.lane_id = "lane", .state = RunState::kFailed, .started = kTwoToFour}), ElementsAre(4, 2));
  EXPECT_THAT(days({.state = RunState::kFailed, .order = SortOrder::kAscending, .before_id = IdOf(2)}),
              ElementsAre(4, 6));
  // Asked for while its lane was paused.
  MustWrite([](Tx& tx) {
    return tx.PutRun({.id = IdOf(0), .lane_id = "lane", .state = RunState::kSucceeded, .started_us = Day(3)});
  });
  EXPECT_THAT(days({.state = RunState::kSucceeded, .started = kTwoToFour}), ElementsAre(3, 0));
}

TEST_P(StoreConformance, DeadLetters_AreListedByAccountReasonAndSpan) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t day = 1; day <= 6; ++day) {
      DeadLetterRecord letter = DeadLetter(IdOf(day), day <= 4 ? "acc.orders" : "acc-2.orders", sample::Id("k", day));
      letter.reason = day % 2 == 0 ? "The SKU is 100% Unknown" : "No price";
      letter.created_us = Day(day);
      QS_RETURN_IF_ERROR(tx.PutDeadLetter(letter));
    }
    return absl::OkStatus();
  });
  const auto days = [&](const DeadLetterQuery& query) {
    return DaysOf(MustRead([&](ReadTx& tx) { return tx.ListDeadLetters(query); }));
  };
  EXPECT_THAT(days({.lane_prefix = "acc."}), ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(days({.lane_prefix = "acc-2.", .state = DeadLetterState::kOpen}), ElementsAre(6, 5));
  EXPECT_THAT(days({.reason = "100% UNKNOWN"}), ElementsAre(6, 4, 2));
  EXPECT_THAT(days({.reason = "_"}), IsEmpty());
  EXPECT_THAT(days({.lane_prefix = "acc.", .reason = "unknown", .order = SortOrder::kAscending}), ElementsAre(2, 4));
  EXPECT_THAT(days({.made = kTwoToFour, .before_id = IdOf(4)}), ElementsAre(3, 2));
}

TEST_P(StoreConformance, WorkOfAllOrders_IsListedByChannelOrWarehouseAndSpan) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t day = 1; day <= 6; ++day) {
      const std::string of_day = day % 2 == 0 ? "even" : "odd";
      DespatchRecord package = Despatch(IdOf(day), day, 1);
      package.state = DespatchState::kFailed;
      package.channel_id = of_day;
      package.created_us = Day(day);
      QS_RETURN_IF_ERROR(tx.PutDespatch(package));
      PostSaleRecord action = PostSale(IdOf(day), day, 1);
      action.state = PostSaleState::kFailed;
      action.channel_id = of_day;
      action.created_us = Day(day);
      QS_RETURN_IF_ERROR(tx.PutPostSale(action));
      OutboundRecord outbound = Outbound(IdOf(day), day, 1);
      outbound.phase = OutboundPhase::kFailed;
      outbound.location_id = of_day;
      outbound.account_id = day == 6 ? "acc-2" : "acc-1";
      outbound.created_us = Day(day);
      QS_RETURN_IF_ERROR(tx.PutOutbound(outbound));
    }
    return absl::OkStatus();
  });
  MustRead([&](ReadTx& tx) -> absl::StatusOr<bool> {
    EXPECT_THAT(DaysOf(*tx.ListDespatches({.state = DespatchState::kFailed, .channel_id = "even"})),
                ElementsAre(6, 4, 2));
    EXPECT_THAT(DaysOf(*tx.ListDespatches({.state = DespatchState::kFailed,
                                           .channel_id = "even",
                                           .made = kTwoToFour,
                                           .order = SortOrder::kAscending})),
                ElementsAre(2, 4));
    EXPECT_THAT(
        DaysOf(*tx.ListPostSales({.state = PostSaleState::kFailed, .channel_id = "odd", .made = {.from_us = Day(3)}})),
        ElementsAre(5, 3));
    EXPECT_THAT(DaysOf(*tx.ListPostSales(
                    {.state = PostSaleState::kFailed, .order = SortOrder::kAscending, .before_id = IdOf(4)})),
                ElementsAre(5, 6));
    EXPECT_THAT(DaysOf(*tx.ListOutbounds({.phase = OutboundPhase::kFailed, .location_id = "even"})),
                ElementsAre(6, 4, 2));
    EXPECT_THAT(DaysOf(*tx.ListOutbounds({.phase = OutboundPhase::kFailed,
                                          .account_id = "acc-1",
                                          .location_id = "even",
                                          .order = SortOrder::kAscending})),
                ElementsAre(2, 4));
    EXPECT_THAT(DaysOf(*tx.ListOutbounds({.phase = OutboundPhase::kFailed, .made = kTwoToFour})), ElementsAre(4, 3, 2));
    return true;
  });
}

TEST_P(StoreConformance, Bulks_AreListedByStateAndSpan) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t day = 1; day <= 6; ++day) {
      BulkRecord bulk = sample::Bulk(IdOf(day), day % 2 == 0 ? BulkState::kStuck : BulkState::kDone);
      bulk.created_us = Day(day);
      QS_RETURN_IF_ERROR(tx.PutBulk(bulk));
    }
    return absl::OkStatus();
  });
  const auto days = [&](const BulkQuery& query) {
    return DaysOf(MustRead([&](ReadTx& tx) { return tx.ListBulks(query); }));
  };
  EXPECT_THAT(days({.state = BulkState::kStuck}), ElementsAre(6, 4, 2));
  EXPECT_THAT(days({.state = BulkState::kStuck, .made = kTwoToFour, .order = SortOrder::kAscending}),
              ElementsAre(2, 4));
  EXPECT_THAT(days({.account_id = "nobody", .state = BulkState::kStuck}), IsEmpty());
}

TEST_P(StoreConformance, Audit_IsListedByActionOutcomeAndTime) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t n = 1; n <= 8; ++n) {
      QS_RETURN_IF_ERROR(tx.AppendAudit({.time_us = Day(n),
                                         .actor = "local",
                                         .action = n % 2 == 0 ? "StockService.Set" : "OrderService.Cancel",
                                         .outcome = n % 3 == 0 ? "PERMISSION_DENIED" : "ok"})
                             .status());
    }
    return absl::OkStatus();
  });
  const auto ids = [&](const AuditQuery& query) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListAudit(query); }), &AuditRecord::id);
  };
  EXPECT_THAT(ids({.action = "StockService.Set"}), ElementsAre(8, 6, 4, 2));
  EXPECT_THAT(ids({.outcome = "PERMISSION_DENIED"}), ElementsAre(6, 3));
  EXPECT_THAT(ids({.action = "StockService.Set", .outcome = "ok"}), ElementsAre(8, 4, 2));
  EXPECT_THAT(ids({.time = kTwoToFour}), ElementsAre(4, 3, 2));
  EXPECT_THAT(ids({.time = kTwoToFour, .order = SortOrder::kAscending, .before_id = 2}), ElementsAre(3, 4));
  EXPECT_THAT(ids({.time = {.from_us = Day(8)}}), ElementsAre(8));
  EXPECT_THAT(ids({.time = {.from_us = Day(9)}}), IsEmpty());
  EXPECT_THAT(ids({.time = {.before_us = Day(1)}}), IsEmpty());
}

TEST_P(StoreConformance, Events_AreListedByResourceAndTime_InBothDirections) {
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListEvents({.time = kTwoToFour}); }), IsEmpty());
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t n = 1; n <= 8; ++n) {
      QS_RETURN_IF_ERROR(tx.AppendEvent({.time_us = Day(n),
                                         .type = "a.b",
                                         .resource = n == 8       ? "orders/5/despatches/1"
                                                     : n % 2 == 0 ? "orders/5"
                                                                  : "channels/uk"})
                             .status());
    }
    return tx.DeleteEventsBefore(2);
  });
  const auto revisions = [&](const EventQuery& query) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListEvents(query); }), &EventRecord::revision);
  };
  EXPECT_THAT(revisions({.resource = "orders/5"}), ElementsAre(2, 4, 6));
  EXPECT_THAT(revisions({.resource = "orders/5/despatches/1"}), ElementsAre(8));
  EXPECT_THAT(revisions({.resource = "orders/nonsense"}), IsEmpty());
  EXPECT_THAT(revisions({.resource = "channels/uk", .order = SortOrder::kDescending}), ElementsAre(7, 5, 3));
  EXPECT_THAT(revisions({.after_revision = 3, .before_revision = 7, .order = SortOrder::kDescending, .limit = 2}),
              ElementsAre(6, 5));
  EXPECT_THAT(revisions({.time = kTwoToFour}), ElementsAre(2, 3, 4));
  EXPECT_THAT(revisions({.after_revision = 2, .time = kTwoToFour}), ElementsAre(3, 4));
  EXPECT_THAT(revisions({.type_prefixes = {"a."}, .time = {.from_us = Day(7)}}), ElementsAre(7, 8));
}

TEST_P(StoreConformance, RowsBySku_AreListedInBothDirections) {
  MustWrite([](Tx& tx) -> absl::Status {
    int64_t id = 0;
    for (const char* sku : {"A", "B1", "B2", "B3", "C"}) {
      QS_RETURN_IF_ERROR(tx.PutItem({.id = ++id, .sku = sku}));
      QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch", sku, 0)));
      QS_RETURN_IF_ERROR(tx.PutCentreStock({.location_id = "fba", .sku = sku}));
      QS_RETURN_IF_ERROR(tx.PutSyncPlanRow({.plan_id = 1, .sku = sku}));
      TargetRecord target = sample::Target(sku, TargetState::kBraked, 1, 1);
      target.owner_channel_id = "ch";
      QS_RETURN_IF_ERROR(tx.PutTarget(target));
      RuleRowRecord row{.import_id = 1, .sku = sku};
      row.after.max_listed_quantity = 5;
      QS_RETURN_IF_ERROR(tx.PutRuleRow(row));
    }
    return absl::OkStatus();
  });
  const SortOrder down = SortOrder::kDescending;
  MustRead([&](ReadTx& tx) -> absl::StatusOr<bool> {
    EXPECT_THAT(KeysOf(*tx.ListItems({.order = down}), &ItemRecord::sku), ElementsAre("C", "B3", "B2", "B1", "A"));
    EXPECT_THAT(KeysOf(*tx.ListItems({.sku_prefix = "B", .order = down}), &ItemRecord::sku),
                ElementsAre("B3", "B2", "B1"));
    EXPECT_THAT(
        KeysOf(*tx.ListItems({.sku_prefix = "B", .after_sku = "B3", .order = down, .limit = 1}), &ItemRecord::sku),
        ElementsAre("B2"));
    EXPECT_THAT(KeysOf(*tx.ListItems({.sku_prefix = "B", .after_sku = "B1"}), &ItemRecord::sku),
                ElementsAre("B2", "B3"));
    EXPECT_THAT(KeysOf(*tx.ListListings({.channel_id = "ch", .after_sku = "B3", .order = down}), &ListingRecord::sku),
                ElementsAre("B2", "B1", "A"));
    EXPECT_THAT(
        KeysOf(*tx.ListCentreStock({.location_id = "fba", .sku_prefix = "B", .order = down}), &CentreStockRecord::sku),
        ElementsAre("B3", "B2", "B1"));
    EXPECT_THAT(KeysOf(*tx.ListSyncPlanRows({.plan_id = 1, .sku_prefix = "B"}), &SyncPlanRowRecord::sku),
                ElementsAre("B1", "B2", "B3"));
    EXPECT_THAT(KeysOf(*tx.ListBraked({.channel_id = "ch", .sku_prefix = "B", .after_sku = "B1"}), &TargetRecord::sku),
                ElementsAre("B2", "B3"));
    EXPECT_THAT(KeysOf(*tx.ListRuleChanges({.import_id = 1, .sku_prefix = "B", .limit = 2}), &RuleRowRecord::sku),
                ElementsAre("B1", "B2"));
    return true;
  });
}

TEST_P(StoreConformance, Channels_AreListedByMarketplaceAndWhetherTheyAreEnabled) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t n = 1; n <= 4; ++n) {
      ChannelRecord channel = sample::Channel(n <= 2 ? "acc-1" : "acc-2", n);
      channel.marketplace = n % 2 == 0 ? "EVEN" : "ODD";
      channel.enabled = n == 4;
      QS_RETURN_IF_ERROR(tx.PutChannel(channel, "somebody"));
    }
    return absl::OkStatus();
  });
  const auto ids = [&](const ChannelQuery& query) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListChannels(query); }), &ChannelRecord::id);
  };
  EXPECT_THAT(ids({.enabled = true}), ElementsAre(sample::Id("ch-", 4)));
  EXPECT_THAT(ids({.marketplace = "EVEN"}), ElementsAre(sample::Id("ch-", 2), sample::Id("ch-", 4)));
  EXPECT_THAT(ids({.enabled = false, .marketplace = "EVEN"}), ElementsAre(sample::Id("ch-", 2)));
  EXPECT_THAT(ids({.account_id = "acc-1", .marketplace = "ODD"}), ElementsAre(sample::Id("ch-", 1)));
}

}  // namespace
}  // namespace quayside
