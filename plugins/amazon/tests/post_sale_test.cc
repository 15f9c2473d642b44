// Cancellations and refunds: which document they travel in, what becomes of them, and what is found again.
#include "post_sale.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_amazon.h"
#include "order_feeds.h"

namespace quayside::amazon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kUk[] = "A1F83G8C2ARO7P";
constexpr char kDe[] = "A1PA6795UKMFR9";

class PostSaleTest : public ::testing::Test {
 protected:
  pb::CancelIntent& Cancel(const std::string& order, bool whole = true) {
    pb::CancelIntent& intent = *cancels_.add_intents();
    intent.set_intent_id("c" + std::to_string(cancels_.intents_size()));
    intent.set_order_external_id(order);
    intent.set_marketplace(kUk);
    intent.set_reason(pb::CANCEL_REASON_NO_INVENTORY);
    intent.set_whole_order(whole);
    pb::CancelLine& line = *intent.add_lines();
    line.set_external_line_id(order + "-1");
    line.set_quantity(1);
    return intent;
  }

  pb::RefundIntent& Refund(const std::string& order, int64_t units, int32_t nanos) {
    pb::RefundIntent& intent = *refunds_.add_intents();
    intent.set_intent_id("r" + std::to_string(refunds_.intents_size()));
    intent.set_order_external_id(order);
    intent.set_marketplace(kUk);
    intent.set_reason(pb::REFUND_REASON_CUSTOMER_RETURN);
    pb::RefundLine& line = *intent.add_lines();
    line.set_external_line_id(order + "-1");
    Amount(line, pb::REFUND_COMPONENT_ITEM, units, nanos);
    return intent;
  }

  static void Amount(pb::RefundLine& line, pb::RefundComponent component, int64_t units, int32_t nanos) {
    pb::RefundAmount& amount = *line.add_amounts();
    amount.set_component(component);
    amount.mutable_amount()->set_currency_code("GBP");
    amount.mutable_amount()->set_units(units);
    amount.mutable_amount()->set_nanos(nanos);
  }

  pb::CancelOrdersReply CancelAll() {
    auto reply = CancelOrders(settings_, clock_, cancels_, host_.step());
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    if (!reply.ok()) return {};
    EXPECT_EQ(reply.value().outcomes_size(), cancels_.intents_size());
    return std::move(reply.value());
  }
  pb::RefundOrdersReply RefundAll() {
    auto reply = RefundOrders(settings_, clock_, refunds_, host_.step());
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    if (!reply.ok()) return {};
    EXPECT_EQ(reply.value().outcomes_size(), refunds_.intents_size());
    return std::move(reply.value());
  }

  pb::AcceptedPostSale Sent(const std::string& handle = "") {
    pb::AcceptedPostSale sent;
    sent.set_handle(handle);
    sent.set_sent_us(host_.now());
    *sent.mutable_cancels() = cancels_.intents();
    *sent.mutable_refunds() = refunds_.intents();
    return sent;
  }
  pb::PollPostSaleReply Poll(const std::string& handle) {
    pb::PollPostSaleRequest request;
    *request.add_accepted() = Sent(handle);
    auto reply = PollPostSale(settings_, clock_, request, host_.step());
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    return reply.ok() ? std::move(reply.value()) : pb::PollPostSaleReply();
  }
  pb::FindPostSaleReply Find(int64_t from_us, int64_t to_us) {
    pb::FindPostSaleRequest request;
    *request.mutable_sent() = Sent();
    request.set_sent_from_us(from_us);
    request.set_sent_to_us(to_us);
    auto reply = FindPostSale(settings_, clock_, request, host_.step());
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    return reply.ok() ? std::move(reply.value()) : pb::FindPostSaleReply();
  }

  sdk::testing::FakeHost host_;
  FakeAmazon amazon_{host_};
  Settings settings_{"eu", "A1QUAYSIDE0EU", {kUk}};
  ServerClock clock_;
  pb::CancelOrdersRequest cancels_;
  pb::RefundOrdersRequest refunds_;
};

TEST_F(PostSaleTest, AWholeOrder_IsCancelledByAcknowledgementWithAReasonForEachLine) {
  pb::CancelIntent& intent = Cancel("O-1");
  pb::CancelLine& line = *intent.add_lines();
  line.set_external_line_id("O-1-2");
  line.set_quantity(3);
  const auto reply = CancelAll();
  ASSERT_EQ(amazon_.feeds.feeds.size(), 1u);
  const FakeFeed& feed = amazon_.feeds.feeds.front();
  EXPECT_EQ(reply.outcomes(0).accepted().handle(), feed.id);
  EXPECT_EQ(feed.type, "POST_ORDER_ACKNOWLEDGEMENT_DATA");
  EXPECT_THAT(feed.text,
              HasSubstr("<OrderAcknowledgement><AmazonOrderID>O-1</AmazonOrderID><StatusCode>Failure</StatusCode>"
                        "<Item><AmazonOrderItemCode>O-1-1</AmazonOrderItemCode><CancelReason>NoInventory"
                        "</CancelReason></Item><Item><AmazonOrderItemCode>O-1-2</AmazonOrderItemCode>"));
}

TEST_F(PostSaleTest, SingleUnits_AreCancelledByAdjustment) {
  Cancel("O-1", false).set_reason(pb::CANCEL_REASON_BUYER_CANCELLED);
  CancelAll();
  const FakeFeed& feed = amazon_.feeds.feeds.front();
  EXPECT_EQ(feed.type, "POST_PAYMENT_ADJUSTMENT_DATA");
  EXPECT_THAT(feed.text,
              HasSubstr("<AdjustedItem><AmazonOrderItemCode>O-1-1</AmazonOrderItemCode><AdjustmentReason>"
                        "BuyerCanceled</AdjustmentReason><QuantityCancelled>1</QuantityCancelled></AdjustedItem>"));
}

TEST_F(PostSaleTest, ARefund_NamesEachPartWithItsExactAmount) {
  pb::RefundIntent& intent = Refund("O-1", 19, 990'000'000);
  Amount(*intent.mutable_lines(0), pb::REFUND_COMPONENT_SHIPPING, 0, 500'000'000);
  Amount(*intent.mutable_lines(0), pb::REFUND_COMPONENT_ITEM_TAX, 1'234, 0);
  Amount(*intent.mutable_lines(0), pb::REFUND_COMPONENT_SHIPPING_TAX, 0, 1'000'001);
  RefundAll();
  const std::string& text = amazon_.feeds.feeds.front().text;
  EXPECT_THAT(text, HasSubstr("<ActionType>Refund</ActionType>"));
  EXPECT_THAT(text, HasSubstr(R"(<Type>Principal</Type><Amount currency="GBP">19.99</Amount>)"));
  EXPECT_THAT(text, HasSubstr(R"(<Type>Shipping</Type><Amount currency="GBP">0.50</Amount>)"));
  EXPECT_THAT(text, HasSubstr(R"(<Type>Tax</Type><Amount currency="GBP">1234.00</Amount>)"));
  EXPECT_THAT(text, HasSubstr(R"(<Type>ShippingTax</Type><Amount currency="GBP">0.001000001</Amount>)"));
}

TEST_F(PostSaleTest, OneDocumentAtATime_TheOthersWaitForTheNext) {
  Cancel("O-1");
  Cancel("O-2");
  Cancel("O-3", false);
  Cancel("O-4").set_marketplace(kDe);
  const auto reply = CancelAll();
  ASSERT_EQ(amazon_.feeds.feeds.size(), 1u);
  EXPECT_TRUE(reply.outcomes(0).has_accepted());
  EXPECT_TRUE(reply.outcomes(1).has_accepted());
  EXPECT_EQ(reply.outcomes(2).retry().reason(), "NEXT_DOCUMENT");
  EXPECT_EQ(reply.outcomes(3).retry().reason(), "NEXT_DOCUMENT");
  EXPECT_THAT(amazon_.feeds.feeds.front().text, Not(HasSubstr("O-3")));
}

TEST_F(PostSaleTest, NonsenseIsRejectedUnsent) {
  Cancel("");
  Cancel("O-1").clear_lines();
  Cancel("O-1").clear_reason();
  Cancel("O-1", false).set_reason(pb::CANCEL_REASON_EXCHANGE);
  for (const auto& [i, reason] :
       {std::pair(0, "ORDER_NOT_FOUND"), {1, "LINES_INVALID"}, {2, "REASON_MISSING"}, {3, "REASON_INVALID"}}) {
    EXPECT_EQ(CancelAll().outcomes(i).rejected().reason(), reason);
  }
  Refund("O-1", 0, 0);
  Refund("O-1", -1, 0);
  Refund("O-1", 1, 0).clear_lines();
  Refund("O-1", 1, 0).clear_reason();
  Amount(*Refund("O-1", 1, 0).mutable_lines(0), pb::REFUND_COMPONENT_ITEM, 1, 0);
  const pb::RefundOrdersReply refused = RefundAll();
  for (const pb::Outcome& outcome : refused.outcomes()) EXPECT_TRUE(outcome.has_rejected());
  EXPECT_TRUE(host_.requests().empty());
}

TEST_F(PostSaleTest, BeforeCreateFeedNothingIsHandedOver_AndALostAnswerIsUnknown) {
  Cancel("O-1");
  amazon_.feeds.upload_status = 500;
  EXPECT_TRUE(CancelAll().outcomes(0).has_retry());
  amazon_.feeds.upload_status = 200;
  amazon_.before_answer = [&](const pb::HttpRequest& request) {
    if (request.operation() != "createFeedDocument") return;
    amazon_.InjectError({QS_UNKNOWN, "HTTP_TIMEOUT", "no answer", {}});
  };
  EXPECT_THAT(CancelAll().outcomes(0).unknown().message(), HasSubstr("createFeed"));
}

TEST_F(PostSaleTest, Find_TellsWhetherADocumentWasHandedOver) {
  Cancel("O-1");
  const int64_t sent_us = host_.now();
  EXPECT_EQ(Find(sent_us, sent_us).answer(), pb::FindPostSaleReply::ANSWER_UNDECIDED);
  host_.SetNow(sent_us + kHour);
  EXPECT_EQ(Find(sent_us, sent_us).answer(), pb::FindPostSaleReply::ANSWER_ABSENT);
  host_.SetNow(sent_us);
  const std::string handle = CancelAll().outcomes(0).accepted().handle();
  EXPECT_EQ(Find(sent_us, sent_us).answer(), pb::FindPostSaleReply::ANSWER_FOUND);
  EXPECT_EQ(Find(sent_us, sent_us).handle(), handle);
}

TEST_F(PostSaleTest, Poll_SettlesEachMessage) {
  Cancel("O-1");
  Cancel("O-2");
  const std::string handle = CancelAll().outcomes(0).accepted().handle();
  EXPECT_EQ(Poll(handle).outcomes_size(), 0);
  FakeFeed& feed = amazon_.feeds.feeds.front();
  feed.status = "DONE";
  feed.result =
      "<AmazonEnvelope><Message><ProcessingReport><ProcessingSummary><MessagesProcessed>2</MessagesProcessed>"
      "<MessagesSuccessful>1</MessagesSuccessful><MessagesWithError>1</MessagesWithError></ProcessingSummary>"
      "<Result><MessageID>" +
      std::to_string(MessageNumber("c1")) +
      "</MessageID><ResultCode>Error</ResultCode><ResultMessageCode>18027</ResultMessageCode><ResultDescription>shipped"
      "</ResultDescription></Result><Result><MessageID>" +
      std::to_string(MessageNumber("c2")) +
      "</MessageID><ResultCode>Warning</ResultCode></Result></ProcessingReport></Message></AmazonEnvelope>";
  const auto reply = Poll(handle);
  ASSERT_EQ(reply.outcomes_size(), 2);
  EXPECT_EQ(reply.outcomes(0).rejected().message(), "18027: shipped");
  EXPECT_TRUE(reply.outcomes(1).has_done());
}

}  // namespace
}  // namespace quayside::amazon
