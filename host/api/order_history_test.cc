// OrderService.ListOrderHistory: what happened to an order, in order, whoever wrote it down.
#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"
#include "host/base/trace_scope.h"
#include "host/orders/order_events.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class OrderHistoryTest : public testing::Test {
 protected:
  OrderHistoryTest() {
    world.catalog.plugin.manifest.add_contracts()->set_id("despatch/1");
    world.MakeAccount();
    world.MakeChannel();
    EXPECT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/amz-de'").ok());
    order = {.id = 5,
             .account_id = "amz",
             .channel_id = "amz-de",
             .external_id = "111-1",
             .raw_status = "Unshipped",
             .fulfilment = Fulfilment::kMerchant,
             .location_id = "default",
             .received_us = world.clock.Now()};
    world.Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutOrder(order, {{.external_id = "L1", .sku = "MUG", .quantity = 2}}));
      return AppendOrderEvent(tx, world.clock.Now(), "order.received", order);
    });
    world.clock.Advance(kMinuteUs);
  }
  Answer<api::ListOrderHistoryResponse> Ask(const std::string& more = "") {
    return world.Ask(&Orders::ListOrderHistory, "parent: 'orders/5' " + more);
  }
  // "order.received orders/5"
  static std::vector<std::string> Texts(const api::ListOrderHistoryResponse& response) {
    std::vector<std::string> texts;
    for (const auto& entry : response.entries()) texts.push_back(entry.type() + " " + entry.resource());
    return texts;
  }
  std::vector<std::string> History() {
    const auto listed = Ask();
    EXPECT_TRUE(listed.ok()) << listed;
    return Texts(listed.response);
  }
  void Despatch() {
    const auto done = world.Ask(&Orders::DespatchOrder,
                                "name: 'orders/5' packages { carrier_name: 'DHL' tracking_number: 'CANARY-1' }");
    ASSERT_TRUE(done.ok()) << done;
    world.clock.Advance(kMinuteUs);
  }
  void ForgetEvents() {
    world.Write([](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const int64_t last, tx.LastEventRevision());
      return tx.DeleteEventsBefore(last + 1);
    });
  }

  ApiWorld world;
  OrderRecord order;
};

TEST_F(OrderHistoryTest, TellsWhatHappened_AndWhoAskedForIt_InOrder) {
  Despatch();
  const auto listed = Ask();
  ASSERT_TRUE(listed.ok()) << listed;
  EXPECT_THAT(Texts(listed.response),
              ElementsAre("order.received orders/5", "OrderService.DespatchOrder orders/5", "order.despatched orders/5",
                          "despatch.waiting orders/5/despatches/1"));
  EXPECT_EQ(listed->entries(0).attributes().at("status"), "Unshipped");
  EXPECT_EQ(listed->entries(1).actor(), "local");
  EXPECT_EQ(listed->entries(1).time().seconds() - listed->entries(0).time().seconds(), 60);
  EXPECT_THAT(listed->ShortDebugString(), Not(HasSubstr("CANARY")));
}

TEST_F(OrderHistoryTest, ACall_ComesBeforeWhatItDid_ThoughItIsWrittenDownAfter) {
  const TimeUs now = world.clock.Now();
  const auto trace = ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  const auto change = [&](TimeUs time, const std::string& action) {
    world.Write([&](Tx& tx) -> absl::Status {
      const TraceScope scope(trace);
      QS_RETURN_IF_ERROR(AppendOrderEvent(tx, time, "order.updated", order));
      return tx.AppendAudit({.time_us = time + 300, .action = action, .resource = "orders/5", .outcome = "ok"})
          .status();
    });
  };
  change(now, "OrderService.CancelOrder");
  change(now + kHourUs, "OrderService.RefundOrder");
  world.Write([&](Tx& tx) {
    const TraceScope scope(trace);
    return tx
        .AppendAudit({.time_us = now + kDayUs,
                      .action = "OrderService.ExportPersonalData",
                      .resource = "orders/5",
                      .outcome = "ok"})
        .status();
  });
  EXPECT_THAT(History(), ElementsAre("order.received orders/5", "OrderService.CancelOrder orders/5",
                                     "order.updated orders/5", "OrderService.RefundOrder orders/5",
                                     "order.updated orders/5", "OrderService.ExportPersonalData orders/5"));
}

TEST_F(OrderHistoryTest, Pages_HaveEachStepOnce_AndMayBeginWhileMoreHappens) {
  Despatch();
  const std::vector<std::string> all = History();
  std::vector<std::string> walked;
  std::string token;
  do {
    const auto page = Ask("page_size: 1 page_token: '" + token + "'");
    ASSERT_TRUE(page.ok()) << page;
    ASSERT_THAT(page->entries(), SizeIs(1));
    for (const std::string& text : Texts(page.response)) walked.push_back(text);
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_EQ(walked, all);
  walked.clear();
  do {
    const auto page = Ask("order_by: 'time desc' page_size: 1 page_token: '" + token + "'");
    ASSERT_TRUE(page.ok()) << page;
    for (const std::string& text : Texts(page.response)) walked.insert(walked.begin(), text);
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_EQ(walked, all);
  token = Ask("page_size: 3")->next_page_token();
  world.Write([&](Tx& tx) { return AppendOrderEvent(tx, world.clock.Now(), "order.updated", order); });
  EXPECT_THAT(Texts(Ask("page_size: 3 page_token: '" + token + "'").response), Not(SizeIs(0)));
}

TEST_F(OrderHistoryTest, WithoutItsEvents_TheTrailsAreLeft) {
  Despatch();
  ForgetEvents();
  EXPECT_THAT(History(), ElementsAre("order.received orders/5", "OrderService.DespatchOrder orders/5",
                                     "despatch.waiting orders/5/despatches/1"));
  EXPECT_EQ(Ask()->entries(0).attributes().at("external_id"), "111-1");
}

TEST_F(OrderHistoryTest, CancellationsAndRefunds_AreToldByTheirTrails) {
  const TimeUs now = world.clock.Now();
  world.Write([&](Tx& tx) -> absl::Status {
    for (const PostSaleKind kind : {PostSaleKind::kCancel, PostSaleKind::kRefund}) {
      const int number = static_cast<int>(kind);
      const PostSaleRecord action{
          .id = number, .order_id = 5, .number = number, .account_id = "amz", .channel_id = "amz-de", .kind = kind};
      QS_RETURN_IF_ERROR(tx.PutPostSale(action));
      QS_RETURN_IF_ERROR(tx.AddPostSaleNote({.post_sale_id = number, .time_us = now + number}));
      QS_RETURN_IF_ERROR(tx.AddPostSaleNote({.post_sale_id = number,
                                             .time_us = now + 10 * number,
                                             .state = PostSaleState::kFailed,
                                             .reason = "NOT_ALLOWED",
                                             .message = "it has left"}));
    }
    return absl::OkStatus();
  });
  const auto listed = Ask();
  EXPECT_THAT(Texts(listed.response),
              ElementsAre("order.received orders/5", "cancellation.waiting orders/5/postSaleActions/1",
                          "refund.waiting orders/5/postSaleActions/2", "cancellation.failed orders/5/postSaleActions/1",
                          "refund.failed orders/5/postSaleActions/2"));
  EXPECT_EQ(listed->entries(3).reason(), "NOT_ALLOWED");
  EXPECT_EQ(listed->entries(3).message(), "it has left");
}

TEST_F(OrderHistoryTest, Warehouses_AreToldByEvents_AndWithoutThemByHowItStands) {
  const TimeUs now = world.clock.Now();
  world.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutOutbound({.id = 1,
                                       .order_id = 5,
                                       .number = 1,
                                       .account_id = "amz",
                                       .channel_id = "amz-de",
                                       .location_id = "uk-fba",
                                       .phase = OutboundPhase::kFailed,
                                       .reason = "UNFULFILLABLE",
                                       .created_us = now,
                                       .updated_us = now + kMinuteUs}));
    for (const char* type : {"allocation.waiting", "allocation.accepted", "allocation.failed"}) {
      QS_RETURN_IF_ERROR(tx.AppendEvent({.time_us = now, .type = type, .resource = "orders/5/allocations/1"}).status());
    }
    return absl::OkStatus();
  });
  EXPECT_THAT(History(),
              ElementsAre("order.received orders/5", "allocation.waiting orders/5/allocations/1",
                          "allocation.accepted orders/5/allocations/1", "allocation.failed orders/5/allocations/1"));
  ForgetEvents();
  const auto listed = Ask();
  EXPECT_THAT(Texts(listed.response),
              ElementsAre("order.received orders/5", "allocation.waiting orders/5/allocations/1",
                          "allocation.failed orders/5/allocations/1"));
  EXPECT_EQ(listed->entries(2).reason(), "UNFULFILLABLE");
  EXPECT_EQ(listed->entries(2).attributes().at("location"), "uk-fba");
}

TEST_F(OrderHistoryTest, Pages_HaveBothStepsOfAWarehouse_ThatAreOfTheSameMoment) {
  const TimeUs now = world.clock.Now();
  world.Write([&](Tx& tx) {
    return tx.PutOutbound({.id = 1,
                           .order_id = 5,
                           .number = 1,
                           .account_id = "amz",
                           .channel_id = "amz-de",
                           .location_id = "uk-fba",
                           .phase = OutboundPhase::kFailed,
                           .created_us = now,
                           .updated_us = now});
  });
  const auto first = Ask("page_size: 2");
  EXPECT_THAT(Texts(first.response),
              ElementsAre("order.received orders/5", "allocation.waiting orders/5/allocations/1"));
  EXPECT_THAT(Texts(Ask("page_size: 2 page_token: '" + first->next_page_token() + "'").response),
              ElementsAre("allocation.failed orders/5/allocations/1"));
}

TEST_F(OrderHistoryTest, IsOfThisOrder_AndOfWhatWasDone) {
  world.Write([&](Tx& tx) -> absl::Status {
    OrderRecord other = order;
    other.id = 50;
    other.external_id = "222";
    QS_RETURN_IF_ERROR(tx.PutOrder(other, {}));
    QS_RETURN_IF_ERROR(AppendOrderEvent(tx, world.clock.Now(), "order.updated", other));
    QS_RETURN_IF_ERROR(AppendOrderEvent(tx, world.clock.Now(), "order.updated", order, {{"lines_linked", "2"}}));
    return tx
        .AppendAudit({.time_us = world.clock.Now(),
                      .actor = "tokens/ci",
                      .action = "OrderService.RefundOrder",
                      .resource = "orders/5",
                      .outcome = "PERMISSION_DENIED"})
        .status();
  });
  const auto listed = Ask();
  EXPECT_THAT(Texts(listed.response), ElementsAre("order.received orders/5", "order.updated orders/5"));
  EXPECT_EQ(listed->entries(1).attributes().at("lines_linked"), "2");
  EXPECT_EQ(world.Ask(&Orders::ListOrderHistory, "parent: 'orders/7'").reason(), "ORDER_NOT_FOUND");
  EXPECT_EQ(world.Ask(&Orders::ListOrderHistory, "parent: 'orders/-'").reason(), "INVALID_NAME");
}

}  // namespace
}  // namespace quayside
