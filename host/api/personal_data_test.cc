// Orders asked for one by one, and what is kept of their buyers: told and erased.
#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"
#include "host/base/names.h"
#include "host/orders/order_document.h"
#include "host/sync/letter_record.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kGermany[] = "A1PA6795UKMFR9";
constexpr char kBritain[] = "A1F83G8C2ARO7P";
constexpr char kAsk[] = "channel: 'channels/amz-de' external_id: '111-1'";

// What the marketplace answers for a single order.
struct PersonalWorld : ApiWorld {
  PersonalWorld() {
    MakeAccount();
    MakeChannel();
    for (const char* secret : {"client_secret", "refresh_token"}) {
      Ask(&Accounts::SetAccountSecret, std::string("name: 'accounts/amz' value: 'x' secret: '") + secret + "'");
    }
    EXPECT_TRUE(Ask(&Channels::EnableChannel, "name: 'channels/amz-de'").ok());
    engine.get_orders = [this](const std::string& account, const pb::GetOrdersRequest& request) {
      EXPECT_EQ(account, "amz");
      EXPECT_THAT(request.external_ids(), ElementsAre("111-1"));
      return reply;
    };
  }
  pb::Order& Answer(const std::string& marketplace = kGermany) {
    reply.Clear();
    pb::Order& order = *reply.add_orders();
    order = FromText<pb::Order>(R"(external_id: "111-1" status: ORDER_STATUS_OPEN raw_status: "Unshipped"
        buyer { name: "CANARY Bea" email: "Bea@CANARY.example" }
        ship_to { name: "CANARY Bea" lines: "CANARY Kai 1" lines: "Hof" city: "Hamburg" }
        lines { external_id: "L1" sku: "A" quantity: 2 title: "Anchor" gift_message: "CANARY love" })");
    order.set_marketplace(marketplace);
    order.set_created_us(clock.Now());
    order.set_updated_us(clock.Now());
    return order;
  }
  // "orders/..." of the order, which came in.
  std::string Recovered() {
    Answer();
    const auto recovered = Ask(&Syncs::RecoverOrder, kAsk);
    EXPECT_TRUE(recovered.ok()) << recovered;
    return recovered->order();
  }
  std::vector<std::string> Actions() {
    std::vector<std::string> actions;
    const auto listed = Ask(&Audits::ListAuditRecords, "page_size: 5");
    for (const auto& record : listed->records()) actions.push_back(record.action());
    return actions;
  }

  pb::GetOrdersReply reply;
};

TEST(RecoverOrderTest, SaysWhatBecameOfIt) {
  PersonalWorld world;
  world.Answer();
  const auto dry = world.Ask(&Syncs::RecoverOrder, std::string(kAsk) + " validate_only: true");
  ASSERT_TRUE(dry.ok()) << dry;
  EXPECT_EQ(dry->outcome(), api::ORDER_RECOVERY_RECEIVED);
  EXPECT_EQ(world.Ask(&Orders::ListOrders, "")->orders_size(), 0);

  const auto received = world.Ask(&Syncs::RecoverOrder, std::string(kAsk) + " request_id: 'r1'");
  ASSERT_TRUE(received.ok()) << received;
  EXPECT_EQ(received->outcome(), api::ORDER_RECOVERY_RECEIVED);
  EXPECT_EQ(world.Ask(&Orders::GetOrder, "name: '" + received->order() + "'")->order().external_id(), "111-1");
  EXPECT_THAT(world.Actions(), Contains("SyncService.RecoverOrder"));
  EXPECT_EQ(world.Ask(&Syncs::RecoverOrder, std::string(kAsk) + " request_id: 'r1'")->outcome(),
            api::ORDER_RECOVERY_RECEIVED)
      << "a repetition gets the same answer";
  EXPECT_EQ(world.Ask(&Syncs::RecoverOrder, kAsk)->outcome(), api::ORDER_RECOVERY_UNCHANGED);

  world.clock.Advance(kMinuteUs);
  world.Answer().set_status(pb::ORDER_STATUS_SHIPPED);
  EXPECT_EQ(world.Ask(&Syncs::RecoverOrder, kAsk)->outcome(), api::ORDER_RECOVERY_UPDATED);
  EXPECT_EQ(world.Ask(&Orders::ListOrders, "")->orders(0).state(), api::ORDER_STATE_DESPATCHED);
}

TEST(RecoverOrderTest, NamesWhatStandsAgainstIt) {
  PersonalWorld world;
  EXPECT_EQ(world.Ask(&Syncs::RecoverOrder, kAsk).reason(), "CHANNEL_UNAVAILABLE") << "it was not reached";
  world.reply.add_not_found("111-1");
  EXPECT_EQ(world.Ask(&Syncs::RecoverOrder, kAsk).reason(), "ORDER_NOT_FOUND");
  world.Answer(kBritain);
  const auto elsewhere = world.Ask(&Syncs::RecoverOrder, kAsk);
  EXPECT_EQ(elsewhere.reason(), "ORDER_ELSEWHERE");
  EXPECT_THAT(elsewhere.status.error_message(), HasSubstr(kBritain));
  world.MakeChannel("amz-uk", kBritain);
  EXPECT_THAT(world.Ask(&Syncs::RecoverOrder, kAsk).status.error_message(), HasSubstr("channels/amz-uk"));
  world.Answer().set_external_id("222-2");
  EXPECT_EQ(world.Ask(&Syncs::RecoverOrder, kAsk).reason(), "PLUGIN_FAULT");
  EXPECT_EQ(world.Ask(&Orders::ListOrders, "")->orders_size(), 0);

  world.engine.get_orders = [](const std::string&, const pb::GetOrdersRequest&) {
    return MakeError(absl::StatusCode::kUnimplemented, Reason::kContractNotOffered, "no get");
  };
  EXPECT_EQ(world.Ask(&Syncs::RecoverOrder, kAsk).reason(), "CONTRACT_NOT_OFFERED");
  EXPECT_EQ(world.Ask(&Syncs::RecoverOrder, "channel: 'channels/none' external_id: '1'").reason(), "CHANNEL_NOT_FOUND");
  EXPECT_THAT(world.Ask(&Syncs::RecoverOrder, "channel: 'channels/amz-de'").fields(), ElementsAre("external_id"));
  ASSERT_TRUE(world.Ask(&Channels::DisableChannel, "name: 'channels/amz-de'").ok());
  EXPECT_EQ(world.Ask(&Syncs::RecoverOrder, kAsk).reason(), "LANE_DISABLED");
}

TEST(RecoverOrderTest, OneThatCannotBeTakenIn_IsADeadLetter_AndOneThatCan_ClosesIt) {
  PersonalWorld world;
  pb::BadRecord& bad = *world.reply.add_bad_records();
  bad.set_key("111-1");
  bad.set_reason("no status");
  bad.set_raw("CANARY raw");
  const auto unreadable = world.Ask(&Syncs::RecoverOrder, kAsk);
  ASSERT_TRUE(unreadable.ok()) << unreadable;
  EXPECT_EQ(unreadable->outcome(), api::ORDER_RECOVERY_UNREADABLE);
  EXPECT_EQ(unreadable->problem(), "no status");
  EXPECT_EQ(unreadable->order(), "");
  const std::string letter = "name: '" + unreadable->dead_letter() + "'";
  EXPECT_EQ(world.Ask(&Letters::GetDeadLetter, letter)->dead_letter().state(), api::DEAD_LETTER_STATE_OPEN);
  EXPECT_EQ(world.Ask(&Syncs::RecoverOrder, kAsk)->dead_letter(), unreadable->dead_letter()) << "the same one";
  world.Answer();
  EXPECT_EQ(world.Ask(&Syncs::RecoverOrder, kAsk)->outcome(), api::ORDER_RECOVERY_RECEIVED);
  EXPECT_EQ(world.Ask(&Letters::GetDeadLetter, letter)->dead_letter().state(), api::DEAD_LETTER_STATE_RETRIED);
}

TEST(PersonalDataTest, AnExport_TellsAllThatIsKept_AndIsAudited) {
  PersonalWorld world;
  const std::string order = world.Recovered();
  DeadLetterRecord letter{.id = world.ids().Next(), .lane_id = "amz.orders", .key = "111-1"};
  letter.raw = SealLetterRecord(world.cipher, letter, "the record").value();
  world.Write([&](Tx& tx) { return tx.PutDeadLetter(letter); });
  const int64_t order_id = *ParseOrderName(order);
  DeadLetterRecord refund{.id = world.ids().Next(), .lane_id = "amz.post-sale", .key = PostSaleName(order_id, 1)};
  refund.raw = SealLetterRecord(world.cipher, refund, "the refund").value();
  world.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutPostSale({.id = 7, .order_id = order_id, .number = 1, .account_id = "amz"}));
    return tx.PutDeadLetter(refund);
  });
  const auto told = world.Ask(&Orders::ExportPersonalData, "name: '" + order + "'");
  ASSERT_TRUE(told.ok()) << told;
  std::map<std::string, std::string> fields;
  for (const auto& field : told->fields()) fields[field.path()] = field.value();
  EXPECT_EQ(fields["buyer.name"], "CANARY Bea");
  EXPECT_EQ(fields["buyer.email"], "Bea@CANARY.example");
  EXPECT_EQ(fields["ship_to.lines[0]"], "CANARY Kai 1");
  EXPECT_EQ(fields["ship_to.lines[1]"], "Hof");
  EXPECT_EQ(fields["lines[0].gift_message"], "CANARY love");
  EXPECT_EQ(fields["deadLetters/" + std::to_string(letter.id) + ".record"], "the record");
  EXPECT_EQ(fields["deadLetters/" + std::to_string(refund.id) + ".record"], "the refund");
  EXPECT_FALSE(fields.contains("ship_to.city"));
  EXPECT_EQ(told->external_id(), "111-1");
  EXPECT_EQ(told->personal_data_erase_time().seconds(), (world.clock.Now() + 30 * kDayUs) / kSecondUs);
  EXPECT_THAT(world.Actions(), Contains("OrderService.ExportPersonalData"));
  EXPECT_THAT(world.Ask(&Audits::ListAuditRecords, "")->ShortDebugString(), Not(HasSubstr("CANARY")));
  const auto history = world.Ask(&Orders::ListOrderHistory, "parent: '" + order + "'");
  ASSERT_TRUE(history.ok()) << history;
  EXPECT_THAT(history->ShortDebugString(), HasSubstr("OrderService.ExportPersonalData"));
  EXPECT_THAT(history->ShortDebugString(), Not(HasSubstr("CANARY")));
  EXPECT_EQ(world.Ask(&Orders::ExportPersonalData, "name: 'orders/5'").reason(), "ORDER_NOT_FOUND");
}

TEST(PersonalDataTest, AnErasure_LeavesTheOrder_AndNothingOfItsBuyer) {
  PersonalWorld world;
  const std::string order = world.Recovered();
  const std::string name = "name: '" + order + "'";
  EXPECT_TRUE(world.Ask(&Orders::ErasePersonalData, name + " validate_only: true").ok());
  EXPECT_THAT(world.Ask(&Orders::ExportPersonalData, name)->fields(), Not(IsEmpty()));
  EXPECT_EQ(world.Ask(&Orders::ErasePersonalData, name + " etag: '77'").reason(), "ETAG_MISMATCH");

  const auto erased = world.Ask(&Orders::ErasePersonalData, name + " etag: '1' request_id: 'r1'");
  ASSERT_TRUE(erased.ok()) << erased;
  EXPECT_TRUE(erased->order().personal_data_erased());
  EXPECT_FALSE(erased->order().has_personal_data_erase_time());
  const auto shown = world.Ask(&Orders::GetOrder, name);
  EXPECT_FALSE(shown->order().has_recipient());
  EXPECT_EQ(shown->order().lines(0).title(), "Anchor");
  EXPECT_THAT(world.Ask(&Orders::ExportPersonalData, name)->fields(), IsEmpty());
  EXPECT_THAT(world.EventTexts(), Contains("order.personal_data_erased " + order));
  const auto audit = world.Ask(&Audits::ListAuditRecords, "resource: '" + order + "'");
  bool evident = false;
  for (const auto& record : audit->records()) {
    evident = evident || (record.action() == "OrderService.ErasePersonalData" &&
                          record.details().at("rule") == "ON_REQUEST" && record.details().at("external_id") == "111-1");
  }
  EXPECT_TRUE(evident) << audit;

  // Not even when somebody asks for it anew.
  world.clock.Advance(kMinuteUs);
  world.Answer();
  EXPECT_EQ(world.Ask(&Syncs::RecoverOrder, kAsk)->outcome(), api::ORDER_RECOVERY_UPDATED);
  EXPECT_THAT(world.Ask(&Orders::ExportPersonalData, name)->fields(), IsEmpty());
}

TEST(PersonalDataTest, OrdersOfABuyer_AreFound_WhateverTheCaseOfTheAddress) {
  PersonalWorld world;
  const std::string order = world.Recovered();
  const auto found = world.Ask(&Orders::ListOrdersOfBuyer, "buyer_email: 'bea@canary.EXAMPLE'");
  ASSERT_TRUE(found.ok()) << found;
  ASSERT_EQ(found->orders_size(), 1);
  EXPECT_EQ(found->orders(0).name(), order);
  EXPECT_FALSE(found->orders(0).has_recipient());
  const auto of_filter = [&](const std::string& filter) {
    return world.Ask(&Orders::ListOrdersOfBuyer, "buyer_email: 'bea@canary.example' filter { " + filter + " }");
  };
  EXPECT_EQ(of_filter("account: '" + found->orders(0).account() + "'")->orders_size(), 1);
  EXPECT_EQ(of_filter("account: 'accounts/another'")->orders_size(), 0);
  EXPECT_EQ(of_filter("external_id: '" + found->orders(0).external_id() + "'")->orders_size(), 1);
  EXPECT_EQ(of_filter("receive_time { end_time { seconds: 1 } }")->orders_size(), 0);
  EXPECT_EQ(of_filter("account: 'another'").reason(), "INVALID_FILTER");
  EXPECT_EQ(world.Ask(&Orders::ListOrdersOfBuyer, "buyer_email: 'ann@canary.example'")->orders_size(), 0);
  EXPECT_THAT(world.Ask(&Orders::ListOrdersOfBuyer, "").fields(), ElementsAre("buyer_email"));
  ASSERT_TRUE(world.Ask(&Orders::ErasePersonalData, "name: '" + order + "'").ok());
  EXPECT_EQ(world.Ask(&Orders::ListOrdersOfBuyer, "buyer_email: 'bea@canary.example'")->orders_size(), 0);
}

// An orders lane that knows everything up to now.
struct CheckpointWorld : ApiWorld {
  CheckpointWorld() {
    engine.AddLane("amz.orders", "amz", "", Job::kOrders);
    engine.AddLane("amz.inventory", "amz", "", Job::kInventory);
    Write([&](Tx& tx) -> absl::Status {
      LaneRecord lane{.id = "amz.orders", .account_id = "amz", .job = Job::kOrders};
      lane.cursor = {.schema = 1, .state = "here", .watermark_us = clock.Now()};
      return tx.CommitLane({lane, {}});
    });
    clock.Advance(kHourUs);
  }
  std::string At(TimeUs time) {
    return "name: 'lanes/amz.orders' time { seconds: " + std::to_string(time / kSecondUs) + " }";
  }
  LaneRecord Stored() {
    std::optional<LaneRecord> lane;
    Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(lane, tx.FindLane("amz.orders"));
      return absl::OkStatus();
    });
    return *lane;
  }
};

TEST(CheckpointTest, SetBack_ReadsAgain_BesideTheLiveWindow) {
  CheckpointWorld world;
  const TimeUs before = world.Stored().cursor.watermark_us;
  const TimeUs back = before - 10 * kDayUs;
  EXPECT_TRUE(world.Ask(&Syncs::SetCheckpoint, world.At(back) + " validate_only: true").ok());
  EXPECT_EQ(world.Stored().backfill, BackfillRecord{});
  const auto set = world.Ask(&Syncs::SetCheckpoint, world.At(back));
  ASSERT_TRUE(set.ok()) << set;
  EXPECT_EQ(set->before_time().seconds(), before / kSecondUs);
  EXPECT_EQ(set->lane().backfill().from_time().seconds(), back / kSecondUs);
  EXPECT_EQ(set->lane().watermark_time().seconds(), before / kSecondUs);
  const LaneRecord lane = world.Stored();
  EXPECT_EQ(lane.cursor.state, "here");
  EXPECT_EQ(lane.backfill.from_us, back);
  EXPECT_EQ(lane.backfill.reached_us, before);
  EXPECT_EQ(lane.backfill.done_us, 0);
  EXPECT_EQ(lane.backfill.edits, 1);
  EXPECT_EQ(world.engine.lanes_changed("amz.orders"), 1);
  EXPECT_THAT(world.EventTexts(), Contains("lane.checkpoint_set lanes/amz.orders"));
  // A shorter way back keeps what was still to be read.
  ASSERT_TRUE(world.Ask(&Syncs::SetCheckpoint, world.At(before - kDayUs)).ok());
  EXPECT_EQ(world.Stored().backfill.from_us, back);
}

TEST(CheckpointTest, SetForward_NeedsAWord_AndSkips) {
  CheckpointWorld world;
  const TimeUs forward = world.clock.Now() - kMinuteUs;
  const auto refused = world.Ask(&Syncs::SetCheckpoint, world.At(forward));
  EXPECT_EQ(refused.reason(), "CHECKPOINT_NOT_CONFIRMED");
  EXPECT_EQ(world.Stored().cursor.state, "here");
  const auto set = world.Ask(&Syncs::SetCheckpoint, world.At(forward) + " skip_orders: true");
  ASSERT_TRUE(set.ok()) << set;
  const LaneRecord lane = world.Stored();
  EXPECT_EQ(lane.cursor, CursorRecord{}) << "the plugin begins anew";
  EXPECT_EQ(lane.backfill.start_us, forward);
  EXPECT_EQ(lane.backfill.begun_us, 0);
  const auto audit = world.Ask(&Audits::ListAuditRecords, "page_size: 1");
  EXPECT_EQ(audit->records(0).details().at("orders_between"), "skipped");
}

TEST(CheckpointTest, IsRefused_WhereThereIsNone) {
  CheckpointWorld world;
  EXPECT_EQ(world.Ask(&Syncs::SetCheckpoint, "name: 'lanes/amz.inventory' time { seconds: 5 }").reason(),
            "CHECKPOINT_NOT_EDITABLE");
  EXPECT_EQ(world.Ask(&Syncs::SetCheckpoint, "name: 'lanes/no.orders' time { seconds: 5 }").reason(), "LANE_NOT_FOUND");
  EXPECT_THAT(world.Ask(&Syncs::SetCheckpoint, world.At(world.clock.Now() + kHourUs)).fields(), ElementsAre("time"));
  EXPECT_THAT(world.Ask(&Syncs::SetCheckpoint, "name: 'lanes/amz.orders'").fields(), ElementsAre("time"));
  for (const char* seconds : {"-1", "9223372036854775807", "-9223372036854775808"}) {
    const std::string time = std::string("name: 'lanes/amz.orders' time { seconds: ") + seconds + " }";
    EXPECT_THAT(world.Ask(&Syncs::SetCheckpoint, time).fields(), ElementsAre("time")) << seconds;
  }
  world.engine.AddLane("new.orders", "new", "", Job::kOrders);
  EXPECT_EQ(world.Ask(&Syncs::SetCheckpoint, "name: 'lanes/new.orders' time { seconds: 5 }").reason(),
            "CHECKPOINT_NOT_EDITABLE");
}

}  // namespace
}  // namespace quayside
