// Packages on their way to Amazon: the call, the feed, what is found of them, and every way it can end.
#include "despatch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "carriers.h"
#include "despatch_finding.h"
#include "fake_amazon.h"
#include "order_feeds.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::Not;
using Finding = pb::DespatchFinding;

constexpr char kUk[] = "A1F83G8C2ARO7P";
constexpr char kDe[] = "A1PA6795UKMFR9";

// A processing report of an order feed as Amazon writes it.
std::string ReportXml(int processed, int successful, const std::string& results) {
  return R"(<?xml version="1.0" encoding="UTF-8"?><AmazonEnvelope><Header><DocumentVersion>1.02</DocumentVersion></Header>)"
         "<MessageType>ProcessingReport</MessageType><Message><MessageID>1</MessageID><ProcessingReport>"
         "<DocumentTransactionID>5</DocumentTransactionID><StatusCode>Complete</StatusCode><ProcessingSummary>"
         "<MessagesProcessed>" +
         std::to_string(processed) + "</MessagesProcessed><MessagesSuccessful>" + std::to_string(successful) +
         "</MessagesSuccessful><MessagesWithError>" + std::to_string(processed - successful) +
         "</MessagesWithError><MessagesWithWarning>0</MessagesWithWarning></ProcessingSummary>" + results +
         "</ProcessingReport></Message></AmazonEnvelope>";
}

std::string ErrorXml(const std::string& intent_id, const std::string& code, const std::string& text) {
  return "<Result><MessageID>" + std::to_string(MessageNumber(intent_id)) +
         "</MessageID><ResultCode>Error</ResultCode><ResultMessageCode>" + code +
         "</ResultMessageCode><ResultDescription>" + text + "</ResultDescription></Result>";
}

class DespatchTest : public ::testing::Test {
 protected:
  DespatchTest() {
    for (const char* order : {"O-1", "O-2", "O-3"}) amazon_.PutOrder(order, host_.now() - kDay);
  }

  pb::DespatchIntent& Pack(const std::string& order, const std::string& tracking, int64_t number = 700'001) {
    pb::DespatchIntent& intent = *request_.add_intents();
    intent.set_intent_id("i" + std::to_string(request_.intents_size()));
    intent.set_order_external_id(order);
    intent.set_marketplace(kUk);
    intent.set_package_number(number);
    intent.set_carrier_code("Royal Mail");
    intent.set_service_name("Tracked 24");
    intent.set_tracking_number(tracking);
    intent.set_shipped_us(host_.now() - kHour);
    pb::PackageLine& line = *intent.add_lines();
    line.set_external_line_id(order + "-1");
    line.set_quantity(2);
    return intent;
  }

  sdk::Result<pb::ConfirmDespatchReply> Confirm() { return ConfirmDespatch(settings_, clock_, request_, host_.step()); }
  // Total: one outcome for every intent, by its id.
  std::vector<pb::Outcome> ConfirmOk() {
    auto reply = Confirm();
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    if (!reply.ok()) return {};
    EXPECT_EQ(reply.value().outcomes_size(), request_.intents_size());
    for (int i = 0; i < reply.value().outcomes_size(); ++i)
      EXPECT_EQ(reply.value().outcomes(i).intent_id(), request_.intents(i).intent_id());
    return {reply.value().outcomes().begin(), reply.value().outcomes().end()};
  }

  std::vector<Finding> Reconcile(int64_t sent_until_us) {
    pb::ReconcileDespatchRequest request;
    *request.mutable_intents() = request_.intents();
    request.set_sent_until_us(sent_until_us);
    host_.SetDeadline(host_.now() + kMinute);
    auto reply = ReconcileDespatch(settings_, clock_, request, host_.step());
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    if (!reply.ok()) return {};
    EXPECT_EQ(reply.value().findings_size(), request_.intents_size());
    return {reply.value().findings().begin(), reply.value().findings().end()};
  }

  // As Amazon shows it while a package that arrived is still missing from the order.
  void TakeUnitsOf(const std::string& order) {
    amazon_.PutPackage(order, "1", "x");
    amazon_.Order(order).erase("packages");
  }
  static constexpr int64_t kShows = 11 * kMinute;

  std::vector<pb::Outcome> PollOutcomes(const std::string& handle) {
    const pb::PollDespatchReply reply = Poll(handle);
    return {reply.outcomes().begin(), reply.outcomes().end()};
  }
  pb::PollDespatchReply Poll(const std::string& handle) {
    pb::PollDespatchRequest request;
    pb::AcceptedDespatch& accepted = *request.add_accepted();
    accepted.set_handle(handle);
    accepted.set_sent_us(host_.now());
    *accepted.mutable_intents() = request_.intents();
    auto reply = PollDespatch(settings_, clock_, request, host_.step());
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    return reply.ok() ? std::move(reply.value()) : pb::PollDespatchReply();
  }

  sdk::testing::FakeHost host_;
  FakeAmazon amazon_{host_};
  Settings settings_{"eu", "A1QUAYSIDE0EU", {kUk}};
  ServerClock clock_;
  pb::ConfirmDespatchRequest request_;
};

TEST_F(DespatchTest, ATrackedPackage_GoesOutAsAmazonWantsIt) {
  Pack("O-1", "GB123");
  const auto outcomes = ConfirmOk();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].done().reference(), "package 700001");
  ASSERT_EQ(amazon_.Calls("confirmShipment"), 1);
  const pb::HttpRequest& sent = host_.requests().back();
  EXPECT_EQ(sent.path(), "/orders/v0/orders/O-1/shipmentConfirmation");
  const json::value body = json::parse(sent.body());
  EXPECT_EQ(body.at("marketplaceId").as_string(), kUk);
  const json::value& package = body.at("packageDetail");
  EXPECT_EQ(package.at("packageReferenceId").as_string(), "700001");
  EXPECT_EQ(package.at("carrierCode").as_string(), "Royal Mail");
  EXPECT_EQ(package.at("shippingMethod").as_string(), "Tracked 24");
  EXPECT_EQ(package.at("shipDate").as_string(), IsoTime(host_.now() - kHour));
  EXPECT_EQ(package.at("orderItems").at(0).at("quantity").as_int64(), 2);
  EXPECT_FALSE(package.as_object().contains("carrierName"));
}

TEST_F(DespatchTest, TheSamePackageAgain_IsAnEdit) {
  Pack("O-1", "GB123");
  ConfirmOk();
  request_.mutable_intents(0)->set_tracking_number("GB124");
  EXPECT_TRUE(ConfirmOk()[0].has_done());
  EXPECT_EQ(amazon_.Order("O-1").at("packages").as_array().size(), 1u);
  EXPECT_EQ(amazon_.Order("O-1").at("packages").at(0).at("trackingNumber").as_string(), "GB124");
}

TEST_F(DespatchTest, ACarrierAmazonDoesNotList_GoesOutAsOtherWithItsName) {
  pb::DespatchIntent& intent = Pack("O-1", "X1");
  intent.set_carrier_code("tuffnells");
  intent.set_carrier_name("Tuffnells Parcels");
  EXPECT_EQ(FieldsOfCarrier(intent).code, "Other");
  EXPECT_EQ(FieldsOfCarrier(intent).name, "Tuffnells Parcels");
  EXPECT_TRUE(ConfirmOk()[0].has_done());
  intent.clear_carrier_name();
  EXPECT_EQ(FieldsOfCarrier(intent).name, "tuffnells");
  // Amazon's spelling, whatever the method's.
  intent.set_carrier_code("royal mail");
  EXPECT_EQ(FieldsOfCarrier(intent).code, "Royal Mail");
  EXPECT_EQ(FieldsOfCarrier(intent).name, "");
  intent.clear_carrier_code();
  intent.set_carrier_name("ups");
  EXPECT_EQ(FieldsOfCarrier(intent).code, "UPS");
}

TEST_F(DespatchTest, NonsenseAndShipPlus_AreRejectedUnsent_AndTheRestGoesOn) {
  Pack("O-1", "T").add_programs("FBM_SHIP_PLUS");
  Pack("O-1", "T").clear_lines();
  Pack("O-1", "T").mutable_lines(0)->set_quantity(0);
  Pack("O-1", "T", 0);
  Pack("O-1", "T").clear_carrier_code();
  Pack("O-1", "T").clear_shipped_us();
  Pack("", "T");
  Pack("O-2", "T");
  const auto outcomes = ConfirmOk();
  const std::vector<std::string> reasons = {"NOT_CONFIRMABLE",        "LINES_INVALID",   "LINES_INVALID",
                                            "PACKAGE_NUMBER_INVALID", "CARRIER_MISSING", "SHIP_TIME_MISSING",
                                            "ORDER_NOT_FOUND"};
  for (size_t i = 0; i < reasons.size(); ++i) EXPECT_EQ(outcomes[i].rejected().reason(), reasons[i]);
  EXPECT_TRUE(outcomes[7].has_done());
  EXPECT_EQ(amazon_.Calls("confirmShipment"), 1);
}

TEST_F(DespatchTest, WhatAmazonRefuses_IsLookedAt) {
  // Somebody else shipped it with the same data: that is success.
  Pack("O-1", "gb 123");
  amazon_.PutPackage("O-1", "1", "GB123");
  EXPECT_THAT(ConfirmOk()[0].done().reference(), HasSubstr("somebody else"));
  // With other data: told, not overwritten.
  request_.mutable_intents(0)->set_tracking_number("OTHER");
  EXPECT_EQ(ConfirmOk()[0].rejected().reason(), "ALREADY_SHIPPED");
  EXPECT_EQ(amazon_.Order("O-1").at("packages").at(0).at("trackingNumber").as_string(), "GB123");
  // Cancelled meanwhile.
  request_.clear_intents();
  Pack("O-2", "T");
  amazon_.Order("O-2").at("fulfillment").as_object()["fulfillmentStatus"] = "CANCELLED";
  EXPECT_EQ(ConfirmOk()[0].rejected().reason(), "ORDER_CANCELLED");
  // Never heard of.
  request_.clear_intents();
  Pack("O-9", "T");
  EXPECT_EQ(ConfirmOk()[0].rejected().reason(), "ORDER_NOT_FOUND");
  // Refused for something else.
  request_.clear_intents();
  Pack("O-3", "T");
  amazon_.InjectReply(ErrorReply(400, "InvalidInput", "shipDate lies in the future"));
  const pb::Outcome refused = ConfirmOk()[0];
  EXPECT_EQ(refused.rejected().reason(), "REQUEST_REFUSED");
  EXPECT_THAT(refused.rejected().message(), HasSubstr("shipDate lies in the future"));
}

TEST_F(DespatchTest, LostAndBrokenAnswers_AreUnknown_NotGuessed) {
  Pack("O-1", "T");
  amazon_.InjectError({QS_UNKNOWN, "HTTP_TIMEOUT", "no answer", {}});
  EXPECT_THAT(ConfirmOk()[0].unknown().message(), HasSubstr("HTTP_TIMEOUT"));
  amazon_.InjectReply(sdk::testing::Json(500, "<html>"));
  EXPECT_TRUE(ConfirmOk()[0].has_unknown());
}

TEST_F(DespatchTest, AGatewaysWebPage_ConfirmsNothing) {
  Pack("O-1", "T");
  amazon_.InjectReply(sdk::testing::Json(200, "<html>Welcome</html>"));
  EXPECT_THAT(ConfirmOk()[0].unknown().message(), HasSubstr("200, which is not Amazon's"));
}

TEST_F(DespatchTest, AGatewaysWebPage_RefusesNothing) {
  Pack("O-1", "T");
  amazon_.InjectReply(sdk::testing::Json(400, "<html>Bad Request</html>"));
  EXPECT_TRUE(ConfirmOk()[0].has_unknown());
}

TEST_F(DespatchTest, WhatIsRefusedAndCannotBeLookedAt_IsUnknown) {
  Pack("O-1", "T");
  amazon_.InjectReply(ErrorReply(400, "InvalidInput", "order already fulfilled"));
  amazon_.InjectReply(ErrorReply(429, "QuotaExceeded", "slow down"));
  EXPECT_THAT(ConfirmOk()[0].unknown().message(), HasSubstr("order already fulfilled"));
}

TEST_F(DespatchTest, NoFeedBegins_WhenTheStepIsEnding) {
  Pack("O-1", "");
  host_.SetDeadline(host_.now());
  EXPECT_EQ(ConfirmOk()[0].retry().reason(), "STEP_ENDING");
  EXPECT_TRUE(host_.requests().empty());
}

TEST_F(DespatchTest, Throttling_PutsOffThisOneAndThoseBehindIt) {
  Pack("O-1", "A");
  Pack("O-2", "B");
  Pack("O-3", "C");
  amazon_.Inject([&](const pb::HttpRequest& request) { return amazon_.Answer(request); });
  amazon_.before_answer = [&](const pb::HttpRequest&) {
    amazon_.before_answer = nullptr;
    amazon_.InjectReply(ErrorReply(429, "QuotaExceeded", "slow down"));
  };
  const auto outcomes = ConfirmOk();
  EXPECT_TRUE(outcomes[0].has_done());
  for (size_t i = 1; i < 3; ++i) {
    EXPECT_GT(outcomes[i].retry().at_us(), host_.now());
    EXPECT_EQ(outcomes[i].retry().reason(), "THROTTLED");
  }
  EXPECT_EQ(amazon_.Calls("confirmShipment"), 2);
}

TEST_F(DespatchTest, RefusedCredentials_AreTheErrorOfTheCall) {
  Pack("O-1", "A");
  Pack("O-2", "B");
  amazon_.refused_operations.insert("confirmShipment");
  const auto reply = Confirm();
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().status, QS_AUTH);
  EXPECT_EQ(amazon_.Calls("confirmShipment"), 1);
}

TEST_F(DespatchTest, UntrackedPackages_TravelInOneFeedOfTheirMarketplace) {
  Pack("O-1", "");
  Pack("O-2", "", 700'002).set_carrier_code("Tuffnells & Co <X>");
  Pack("O-3", "").set_marketplace(kDe);
  const auto outcomes = ConfirmOk();
  ASSERT_EQ(amazon_.feeds.feeds.size(), 2u);
  const FakeFeed& feed = amazon_.feeds.feeds.front();
  EXPECT_EQ(feed.type, "POST_ORDER_FULFILLMENT_DATA");
  EXPECT_EQ(feed.marketplace, kUk);
  EXPECT_EQ(outcomes[0].accepted().handle(), feed.id);
  EXPECT_EQ(outcomes[1].accepted().handle(), feed.id);
  EXPECT_NE(outcomes[2].accepted().handle(), feed.id);
  EXPECT_THAT(feed.text, HasSubstr("<MerchantIdentifier>A1QUAYSIDE0EU</MerchantIdentifier>"));
  EXPECT_THAT(feed.text, HasSubstr("<MessageType>OrderFulfillment</MessageType>"));
  EXPECT_THAT(feed.text, HasSubstr("<AmazonOrderID>O-1</AmazonOrderID><MerchantFulfillmentID>700001</"));
  EXPECT_THAT(feed.text, HasSubstr("<CarrierCode>Royal Mail</CarrierCode><ShippingMethod>Tracked 24</ShippingMethod>"));
  EXPECT_THAT(feed.text, HasSubstr("<CarrierName>Tuffnells &amp; Co &lt;X&gt;</CarrierName>"));
  EXPECT_THAT(feed.text,
              HasSubstr("<Item><AmazonOrderItemCode>O-1-1</AmazonOrderItemCode><Quantity>2</Quantity></Item>"));
  EXPECT_THAT(feed.text, Not(HasSubstr("O-3")));
}

TEST_F(DespatchTest, AFeed_IsPolledMessageByMessage) {
  Pack("O-1", "");
  Pack("O-2", "", 700'002);
  const std::string handle = ConfirmOk()[0].accepted().handle();
  pb::PollDespatchReply reply = Poll(handle);
  EXPECT_EQ(reply.outcomes_size(), 0);
  EXPECT_GT(reply.next_poll_us(), host_.now());
  EXPECT_THAT(reply.progress(), HasSubstr("IN_QUEUE"));
  FakeFeed& feed = amazon_.feeds.feeds.front();
  feed.status = "DONE";
  feed.result = ReportXml(2, 1, ErrorXml("i2", "18028", "The data you submitted is incomplete"));
  reply = Poll(handle);
  ASSERT_EQ(reply.outcomes_size(), 2);
  EXPECT_EQ(reply.outcomes(0).done().reference(), "feed " + handle);
  EXPECT_EQ(reply.outcomes(1).rejected().reason(), "REFUSED_BY_MARKETPLACE");
  EXPECT_EQ(reply.outcomes(1).rejected().message(), "18028: The data you submitted is incomplete");
}

TEST_F(DespatchTest, WhatIsKnownOfOneFeed_Stands_AlthoughTheNextCannotBeAsked) {
  Pack("O-1", "");
  const std::string handle = ConfirmOk()[0].accepted().handle();
  FakeFeed& feed = amazon_.feeds.feeds.front();
  feed.status = "DONE";
  feed.result = ReportXml(1, 1, "");
  pb::PollDespatchRequest request;
  for (const std::string& id : {std::string("nowhere"), handle}) {
    pb::AcceptedDespatch& accepted = *request.add_accepted();
    accepted.set_handle(id);
    accepted.set_sent_us(host_.now());
    accepted.add_intents()->set_intent_id(id == handle ? "i1" : "i9");
  }
  amazon_.InjectReply(ErrorReply(400, "InvalidInput", "no"));
  auto reply = PollDespatch(settings_, clock_, request, host_.step());
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  ASSERT_EQ(reply.value().outcomes_size(), 1) << "one feed's trouble is not the others'";
  EXPECT_EQ(reply.value().outcomes(0).intent_id(), "i1");
  EXPECT_GT(reply.value().next_poll_us(), host_.now());
  // The allowance is used up behind the first.
  std::swap(*request.mutable_accepted(0), *request.mutable_accepted(1));
  amazon_.before_answer = [&](const pb::HttpRequest& asked) {
    if (asked.path().find("documents") == std::string::npos) return;
    amazon_.before_answer = nullptr;
    amazon_.InjectReply(ErrorReply(429, "QuotaExceeded", "slow down"));
  };
  reply = PollDespatch(settings_, clock_, request, host_.step());
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply.value().outcomes_size(), 1);
  // With nothing to tell it is told why.
  request.mutable_accepted()->RemoveLast();
  request.mutable_accepted(0)->set_handle("nowhere");
  amazon_.InjectReply(ErrorReply(400, "InvalidInput", "no"));
  reply = PollDespatch(settings_, clock_, request, host_.step());
  EXPECT_FALSE(reply.ok());
}

TEST_F(DespatchTest, AFeedWhoseReportLeavesSomethingOpen_GuessesNothing) {
  Pack("O-1", "");
  Pack("O-2", "", 700'002);
  const std::string handle = ConfirmOk()[0].accepted().handle();
  FakeFeed& feed = amazon_.feeds.feeds.front();
  feed.status = "FATAL";
  feed.result = ReportXml(1, 0, ErrorXml("i1", "5000", "XML parsing fatal error"));
  pb::PollDespatchReply reply = Poll(handle);
  EXPECT_TRUE(reply.outcomes(0).has_rejected());
  EXPECT_TRUE(reply.outcomes(1).has_unknown());
  // An error of no message that can be told: none is taken for done.
  feed.status = "DONE";
  feed.result = ReportXml(2, 1, "<Result><MessageID>0</MessageID><ResultCode>Error</ResultCode></Result>");
  for (const pb::Outcome& outcome : PollOutcomes(handle)) EXPECT_TRUE(outcome.has_unknown());
  feed.result = "<html>no report</html>";
  for (const pb::Outcome& outcome : PollOutcomes(handle)) EXPECT_TRUE(outcome.has_unknown());
  feed.result = "not even XML";
  for (const pb::Outcome& outcome : PollOutcomes(handle)) EXPECT_TRUE(outcome.has_unknown());
  feed.status = "CANCELLED";
  for (const pb::Outcome& outcome : PollOutcomes(handle)) EXPECT_TRUE(outcome.has_retry());
}

TEST(OrderFeedReport, HostileXml_IsNoReport) {
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "<a>";
  EXPECT_FALSE(ReadOrderFeedReport(deep).has_value());
  EXPECT_FALSE(ReadOrderFeedReport("").has_value());
  EXPECT_FALSE(ReadOrderFeedReport(ReportXml(-1, 0, "")).has_value());
  EXPECT_TRUE(ReadOrderFeedReport(ReportXml(1, 1, "<Unknown/>")).has_value());
}

TEST_F(DespatchTest, Reconcile_SaysWhatIsThere) {
  Pack("O-1", "GB123");
  // It may still appear.
  EXPECT_EQ(Reconcile(host_.now() - kMinute)[0].state(), Finding::STATE_UNDECIDED);
  EXPECT_GT(Reconcile(host_.now() - kMinute)[0].ask_again_us(), host_.now());
  // It would be there by now.
  EXPECT_EQ(Reconcile(host_.now() - kHour)[0].state(), Finding::STATE_ABSENT);
  ConfirmOk();
  EXPECT_EQ(Reconcile(host_.now())[0].state(), Finding::STATE_CONFIRMED);
  // Our number with somebody else's data.
  request_.mutable_intents(0)->set_tracking_number("ELSE");
  const Finding other = Reconcile(host_.now() - kHour)[0];
  EXPECT_EQ(other.state(), Finding::STATE_OTHER_DATA);
  ASSERT_EQ(other.packages_size(), 1);
  EXPECT_EQ(other.packages(0).tracking_number(), "GB123");
  // No such order.
  request_.mutable_intents(0)->set_order_external_id("O-9");
  EXPECT_EQ(Reconcile(host_.now() - kHour)[0].state(), Finding::STATE_ORDER_GONE);
}

TEST_F(DespatchTest, Reconcile_ReadsAnOrderOnce_AndWhatItDidNotReachIsAskedAgain) {
  Pack("O-1", "A", 1);
  Pack("O-1", "B", 2);
  Pack("O-2", "C", 3);
  amazon_.PutOrder("O-1", host_.now());
  Reconcile(host_.now() - kHour);
  EXPECT_EQ(amazon_.Calls("getOrder"), 2);
  // No room for a second order.
  int calls = 0;
  amazon_.before_answer = [&](const pb::HttpRequest&) {
    if (++calls == 1) host_.SetDeadline(host_.now());
  };
  const auto findings = Reconcile(host_.now() - kHour);
  EXPECT_EQ(findings[0].state(), Finding::STATE_ABSENT);
  EXPECT_EQ(findings[2].state(), Finding::STATE_UNDECIDED);
  EXPECT_GT(findings[2].ask_again_us(), 0);
}

// Our own package arrived, its answer was lost, and the order shows the units gone before it shows the package.
TEST_F(DespatchTest, UnitsThatAreGone_BlameNobody_UntilThePackageWouldShow) {
  Pack("O-1", "GB123");
  TakeUnitsOf("O-1");
  EXPECT_EQ(Reconcile(host_.now() - kMinute)[0].state(), Finding::STATE_UNDECIDED);
  EXPECT_EQ(Reconcile(host_.now() - kShows)[0].state(), Finding::STATE_OTHER_DATA);
  EXPECT_EQ(Reconcile(0)[0].state(), Finding::STATE_OTHER_DATA) << "it was never sent";
  // The same when Amazon says "already fulfilled" to it.
  amazon_.InjectReply(ErrorReply(400, "InvalidInput", "order already fulfilled"));
  EXPECT_THAT(ConfirmOk()[0].unknown().message(), HasSubstr("order already fulfilled"));
}

TEST_F(DespatchTest, PackagesOfOthersThatHoldTheUnits_AreToldAtOnce) {
  Pack("O-1", "GB123");
  amazon_.PutPackage("O-1", "1", "ELSE");
  const Finding found = Reconcile(host_.now() - kMinute)[0];
  EXPECT_EQ(found.state(), Finding::STATE_OTHER_DATA);
  EXPECT_EQ(found.packages(0).tracking_number(), "ELSE");
}

TEST_F(DespatchTest, TheHostsOtherPackages_AreNobodyElses) {
  // Two parcels with one tracking number and the same contents.
  Pack("O-1", "GB123", 700'001).mutable_lines(0)->set_quantity(1);
  ConfirmOk();
  request_.clear_intents();
  pb::DespatchIntent& second = Pack("O-1", "GB123", 700'002);
  second.mutable_lines(0)->set_quantity(1);
  EXPECT_EQ(Reconcile(0)[0].state(), Finding::STATE_CONFIRMED) << "somebody else's, as far as anybody can tell";
  second.add_own_package_numbers(700'001);
  EXPECT_EQ(Reconcile(0)[0].state(), Finding::STATE_ABSENT);
}

TEST_F(DespatchTest, AnEditThatAmazonRefuses_IsRefused_AndBlamesNobody) {
  Pack("O-1", "GB123");
  ConfirmOk();
  TakeUnitsOf("O-1");
  amazon_.PutPackage("O-1", "700001", "GB123");
  request_.mutable_intents(0)->set_tracking_number("GB124");
  amazon_.InjectReply(ErrorReply(400, "InvalidInput", "shipDate lies in the future"));
  EXPECT_EQ(ConfirmOk()[0].rejected().reason(), "REQUEST_REFUSED");
  // An edit whose answer was lost shows late, too.
  EXPECT_EQ(Reconcile(host_.now() - kMinute)[0].state(), Finding::STATE_UNDECIDED);
}

TEST_F(DespatchTest, AThousandUntracked_FitInOneFeed_AndTheRestGoesInTheNext) {
  for (int i = 0; i < 1001; ++i) Pack("O-1", "", 700'001 + i);
  const auto outcomes = ConfirmOk();
  EXPECT_EQ(std::count_if(outcomes.begin(), outcomes.end(), [](const auto& one) { return one.has_accepted(); }), 1000);
  EXPECT_EQ(outcomes.back().retry().reason(), "NEXT_DOCUMENT");
  EXPECT_EQ(amazon_.feeds.feeds.size(), 1u);
}

TEST_F(DespatchTest, AnUntrackedPackage_IsAbsent_OnlyWhenNoFeedCanBringItAnyMore) {
  Pack("O-1", "");
  const int64_t sent_us = host_.now();
  FakeFeed& feed = amazon_.feeds.Put(kUk, 0);
  feed.type = "POST_ORDER_FULFILLMENT_DATA";
  host_.SetNow(sent_us + 3 * kHour);
  Finding found = Reconcile(sent_us)[0];
  EXPECT_EQ(found.state(), Finding::STATE_UNDECIDED);
  EXPECT_THAT(found.message(), HasSubstr("feed " + feed.id + ", which may hold it, is IN_QUEUE"));
  EXPECT_GE(found.ask_again_us(), host_.now() + 5 * kMinute) << "getFeeds is rare";
  // Its units are gone before it shows: still nobody is blamed.
  TakeUnitsOf("O-1");
  EXPECT_EQ(Reconcile(sent_us)[0].state(), Finding::STATE_UNDECIDED);
  amazon_.PutOrder("O-1", host_.now());
  // It has ended; what it did would not show yet.
  feed.status = "DONE";
  feed.ended_us = host_.now();
  host_.SetNow(host_.now() + kMinute);
  EXPECT_EQ(Reconcile(sent_us)[0].state(), Finding::STATE_UNDECIDED);
  host_.SetNow(host_.now() + kShows);
  EXPECT_EQ(Reconcile(sent_us)[0].state(), Finding::STATE_ABSENT);
}

TEST_F(DespatchTest, AnUntrackedPackage_OfWhichNoFeedShows_IsAbsent) {
  Pack("O-1", "");
  Pack("O-2", "");
  const int64_t sent_us = host_.now();
  EXPECT_EQ(Reconcile(sent_us)[0].state(), Finding::STATE_UNDECIDED);
  amazon_.feeds.Put(kDe, 0).type = "POST_ORDER_FULFILLMENT_DATA";  // of a marketplace neither is of
  amazon_.feeds.Put(kUk, 0);                                       // of quantities
  host_.SetNow(sent_us + kShows);
  for (const Finding& found : Reconcile(sent_us)) EXPECT_EQ(found.state(), Finding::STATE_ABSENT);
  EXPECT_EQ(amazon_.Calls("getFeeds"), 1) << "asked once for all of them, and only once they would show";
}

TEST_F(DespatchTest, WhenTheFeedsCannotBeLookedAt_NothingIsAbsent) {
  Pack("O-1", "");
  const int64_t sent_us = host_.now();
  host_.SetNow(sent_us + kShows);
  amazon_.before_answer = [&](const pb::HttpRequest& request) {
    if (request.operation() == "getOrder") amazon_.InjectReply(ErrorReply(429, "QuotaExceeded", "slow down"));
  };
  EXPECT_EQ(Reconcile(sent_us)[0].state(), Finding::STATE_UNDECIDED);
}

}  // namespace
}  // namespace quayside::amazon
