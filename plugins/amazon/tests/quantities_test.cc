// What happens to quantities on their way out, and what is read back.
#include "quantities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_amazon.h"
#include "read_back.h"

namespace quayside::amazon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kUk[] = "A1F83G8C2ARO7P";

class QuantitiesTest : public ::testing::Test {
 protected:
  QuantitiesTest() {
    for (const char* sku : {"A", "B", "C", "D", "E"})
      amazon_.PutListing({.sku = sku, .updated_us = host_.now() - kDay, .quantity = 1});
  }

  pb::QuantityIntent& Want(const std::string& sku, int32_t quantity) {
    pb::QuantityIntent* intent = request_.add_intents();
    intent->set_intent_id("i" + std::to_string(request_.intents_size()));
    intent->set_sku(sku);
    intent->set_marketplace(kUk);
    intent->set_quantity(quantity);
    intent->set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
    return *intent;
  }

  sdk::Result<pb::PushReply> Push() { return PushQuantities(settings_, clock_, request_, host_.step()); }

  // Total: one outcome for every intent, by its id.
  pb::PushReply PushOk() {
    auto reply = Push();
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    if (!reply.ok()) return {};
    EXPECT_EQ(reply.value().outcomes_size(), request_.intents_size());
    for (int i = 0; i < reply.value().outcomes_size(); ++i) {
      EXPECT_EQ(reply.value().outcomes(i).intent_id(), request_.intents(i).intent_id());
      EXPECT_NE(reply.value().outcomes(i).result_case(), pb::Outcome::RESULT_NOT_SET);
    }
    return std::move(reply.value());
  }

  pb::Outcome PushOne(pb::HttpReply answer) {
    amazon_.InjectReply(std::move(answer));
    request_.clear_intents();
    Want("A", 7);
    const pb::PushReply reply = PushOk();
    return reply.outcomes_size() == 1 ? reply.outcomes(0) : pb::Outcome();
  }

  sdk::testing::FakeHost host_;
  FakeAmazon amazon_{host_};
  Settings settings_{"eu", "A1QUAYSIDE0EU", {kUk}};
  ServerClock clock_;
  pb::PushRequest request_;
};

TEST_F(QuantitiesTest, Push_MergesAndIsDoneWithTheSubmissionsId) {
  Want("A", 7);
  Want("B", 0);
  const pb::PushReply reply = PushOk();
  EXPECT_EQ(reply.outcomes(0).done().reference(), "sub-1");
  EXPECT_EQ(reply.outcomes(1).done().reference(), "sub-2");
  EXPECT_THAT(amazon_.patched, ElementsAre(7, 0));
  EXPECT_EQ(amazon_.patch_bodies[0].at("productType").as_string(), "PRODUCT");
  EXPECT_EQ(QueryOf(host_.requests()[0], "marketplaceIds"), kUk);
  EXPECT_EQ(host_.requests()[0].method(), "PATCH");
}

TEST_F(QuantitiesTest, Latency_RidesAlongOnlyWhenSet) {
  Want("A", 1);
  Want("B", 1).set_latency_days(3);
  PushOk();
  const auto value = [&](size_t i) {
    return amazon_.patch_bodies[i].at("patches").at(0).at("value").at(0).as_object();
  };
  EXPECT_FALSE(value(0).contains("lead_time_to_ship_max_days"));
  EXPECT_EQ(value(1).at("lead_time_to_ship_max_days").as_int64(), 3);
}

TEST_F(QuantitiesTest, Latency_IsClearedByLeavingItOutOfAReplace) {
  amazon_.PutListing({.sku = "A", .updated_us = host_.now(), .quantity = 12, .latency_days = 4});
  Want("A", 1).set_clear_latency(true);
  PushOk();
  const auto& patch = amazon_.patch_bodies[0].at("patches").at(0);
  EXPECT_EQ(patch.at("op").as_string(), "replace");
  EXPECT_FALSE(patch.at("value").at(0).as_object().contains("lead_time_to_ship_max_days"));
  EXPECT_EQ(patch.at("value").at(0).at("quantity").as_int64(), 1);
  EXPECT_FALSE(amazon_.FindListing("A")->latency_days.has_value());
}

TEST_F(QuantitiesTest, ProductTypeAndSku_GoOutAsTheyAre) {
  amazon_.PutListing({.sku = "A/1 \"x\"ü", .updated_us = 1});
  Want("A/1 \"x\"ü", 4).set_product_type("LUGGAGE");
  EXPECT_TRUE(PushOk().outcomes(0).has_done());
  EXPECT_EQ(host_.requests()[0].path(), "/listings/2021-08-01/items/A1QUAYSIDE0EU/A%2F1%20%22x%22%C3%BC");
  EXPECT_EQ(amazon_.patch_bodies[0].at("productType").as_string(), "LUGGAGE");
}

TEST_F(QuantitiesTest, WhatTheMerchantDoesNotShip_IsNeverSent) {
  Want("A", 1).set_fulfilment(pb::FULFILMENT_CHANNEL_MARKETPLACE);
  Want("B", 1).set_fulfilment(pb::FULFILMENT_CHANNEL_UNSPECIFIED);
  const pb::PushReply reply = PushOk();
  EXPECT_EQ(reply.outcomes(0).rejected().reason(), "NOT_MERCHANT_FULFILLED");
  EXPECT_EQ(reply.outcomes(1).rejected().reason(), "NOT_MERCHANT_FULFILLED");
  EXPECT_TRUE(host_.requests().empty());
}

TEST_F(QuantitiesTest, NonsenseIsRejectedUnsent_AndTheRestGoesOn) {
  Want("", 1);
  Want("..", 1);
  Want("A", -1);
  Want("B", 1).set_latency_days(31);
  Want("C", 1).clear_marketplace();
  Want("D", 9);
  const pb::PushReply reply = PushOk();
  EXPECT_EQ(reply.outcomes(0).rejected().reason(), "SKU_INVALID");
  EXPECT_EQ(reply.outcomes(1).rejected().reason(), "SKU_INVALID");
  EXPECT_EQ(reply.outcomes(2).rejected().reason(), "QUANTITY_INVALID");
  EXPECT_EQ(reply.outcomes(3).rejected().reason(), "LATENCY_INVALID");
  EXPECT_EQ(reply.outcomes(4).rejected().reason(), "MARKETPLACE_MISSING");
  EXPECT_THAT(amazon_.patched, ElementsAre(9));
}

TEST_F(QuantitiesTest, Answers_AreJudged) {
  const auto body = [](const char* text) { return sdk::testing::Json(200, text); };
  EXPECT_EQ(
      PushOne(body(R"({"sku": "A", "status": "ACCEPTED", "submissionId": "s1", "issues": []})")).done().reference(),
      "s1");

  const pb::Outcome invalid = PushOne(body(R"({"status": "INVALID", "submissionId": "s1", "issues": [
      {"code": "1", "severity": "WARNING", "message": "never mind"},
      {"code": "90220", "severity": "ERROR", "message": "'size' is required"},
      {"code": "8541", "severity": "ERROR", "message": "no"}]})"));
  EXPECT_EQ(invalid.rejected().reason(), "REFUSED_BY_MARKETPLACE");
  EXPECT_EQ(invalid.rejected().message(), "90220: 'size' is required; 8541: no");

  EXPECT_TRUE(PushOne(body(R"({"status": "INVALID"})")).has_rejected());
  EXPECT_TRUE(PushOne(body(R"({"status": "SOMETHING_NEW"})")).has_unknown());
  EXPECT_TRUE(PushOne(body("<html>")).has_unknown()) << "200: it may have been taken";
  EXPECT_TRUE(PushOne(body("")).has_unknown());
  EXPECT_EQ(PushOne(ErrorReply(400, "InvalidInput", "bad sku")).rejected().reason(), "REQUEST_REFUSED");
  EXPECT_THAT(PushOne(ErrorReply(400, "InvalidInput", "bad sku")).rejected().message(), HasSubstr("bad sku"));
  EXPECT_EQ(PushOne(ErrorReply(404, "NOT_FOUND", "no")).rejected().reason(), "SKU_NOT_FOUND");
  EXPECT_TRUE(PushOne(ErrorReply(413, "TooLarge", "no")).has_rejected());
  EXPECT_TRUE(PushOne(ErrorReply(500, "InternalFailure", "no")).has_unknown());
  EXPECT_TRUE(PushOne(ErrorReply(503, "ServiceUnavailable", "no")).has_unknown());
}

TEST_F(QuantitiesTest, LostAnswer_IsUnknownAndTheOthersGoOn) {
  Want("A", 1);
  Want("B", 2);
  amazon_.InjectError({QS_UNKNOWN, "HTTP_OUTCOME_UNKNOWN", "reset", {}});
  const pb::PushReply reply = PushOk();
  EXPECT_TRUE(reply.outcomes(0).has_unknown());
  EXPECT_TRUE(reply.outcomes(1).has_done());
}

TEST_F(QuantitiesTest, CancelledOrOverdueWhileSending_IsUnknown) {
  for (const qs_status status :
       {qs_status{QS_CANCELLED}, qs_status{QS_DEADLINE}, qs_status{QS_INTERNAL}, qs_status{8}}) {
    request_.clear_intents();
    Want("A", 1);
    amazon_.InjectError({status, "ANY", "", {}});
    EXPECT_TRUE(PushOk().outcomes(0).has_unknown()) << status;
  }
}

TEST_F(QuantitiesTest, EmptyBudget_PutsOffThisAndAllBehindIt) {
  for (const char* sku : {"A", "B", "C"}) Want(sku, 1);
  Want("D", 1).set_fulfilment(pb::FULFILMENT_CHANNEL_MARKETPLACE);
  int calls = 0;
  amazon_.before_answer = [&](const pb::HttpRequest&) {
    if (++calls == 1) amazon_.InjectError(sdk::Error::RetryAt(4711, "RATE_LIMITED", ""));
  };
  const pb::PushReply reply = PushOk();
  EXPECT_TRUE(reply.outcomes(0).has_done());
  for (const int i : {1, 2}) {
    EXPECT_EQ(reply.outcomes(i).retry().at_us(), 4711) << i;
    EXPECT_EQ(reply.outcomes(i).retry().reason(), "RATE_LIMITED") << i;
  }
  EXPECT_TRUE(reply.outcomes(3).has_rejected()) << "needs no allowance";
  EXPECT_EQ(host_.requests().size(), 2u) << "nothing is tried against an empty budget";
}

TEST_F(QuantitiesTest, Throttled_PutsOffTheBatch) {
  Want("A", 1);
  Want("B", 1);
  amazon_.InjectReply(ErrorReply(429, "QuotaExceeded", "wait"));
  const pb::PushReply reply = PushOk();
  EXPECT_EQ(reply.outcomes(0).retry().reason(), "THROTTLED");
  EXPECT_GT(reply.outcomes(0).retry().at_us(), host_.now());
  EXPECT_TRUE(reply.outcomes(1).has_retry());
  EXPECT_TRUE(amazon_.patched.empty());
}

TEST_F(QuantitiesTest, BrokenLine_PutsOffWithATime) {
  Want("A", 1);
  amazon_.InjectError(sdk::Error::RetryAt(0, "HTTP_FAILED", "refused"));
  EXPECT_EQ(PushOk().outcomes(0).retry().at_us(), host_.now() + kMinute);
}

TEST_F(QuantitiesTest, RefusedCredentials_AreTheErrorOfTheCall) {
  Want("A", 1);
  Want("B", 1);
  amazon_.refused_operations = {"patchListingsItem"};
  auto reply = Push();
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().status, QS_AUTH);
  EXPECT_EQ(host_.requests().size(), 1u);
}

TEST_F(QuantitiesTest, RefusedCredentialsMidway_KeepWhatWasDone) {
  Want("A", 1);
  Want("B", 1);
  Want("C", 1);
  amazon_.before_answer = [&](const pb::HttpRequest&) { amazon_.InjectReply(ErrorReply(403, "Unauthorized", "no")); };
  const pb::PushReply reply = PushOk();
  EXPECT_TRUE(reply.outcomes(0).has_done());
  EXPECT_EQ(reply.outcomes(1).retry().reason(), "CREDENTIALS_REFUSED");
  EXPECT_EQ(reply.outcomes(2).retry().reason(), "CREDENTIALS_REFUSED");
}

TEST_F(QuantitiesTest, CancelledStep_PutsOffEverythingUnsent) {
  Want("A", 1);
  Want("B", 1);
  amazon_.before_answer = [&](const pb::HttpRequest&) { host_.Cancel(); };
  const pb::PushReply reply = PushOk();
  EXPECT_TRUE(reply.outcomes(0).has_done());
  EXPECT_EQ(reply.outcomes(1).retry().reason(), "STEP_ENDING");
  EXPECT_EQ(host_.requests().size(), 1u);
}

TEST_F(QuantitiesTest, NearTheDeadline_NothingMoreIsSent) {
  Want("A", 1);
  host_.SetDeadline(host_.now() + 5 * kSecond);
  EXPECT_EQ(PushOk().outcomes(0).retry().reason(), "STEP_ENDING");
  EXPECT_TRUE(host_.requests().empty());
}

class ReadBackTest : public QuantitiesTest {
 protected:
  sdk::Result<pb::ReadBackReply> ReadBack(const std::vector<std::string>& skus) {
    pb::ReadBackRequest request;
    request.set_marketplace(kUk);
    for (const std::string& sku : skus) request.add_skus(sku);
    return ReadBackQuantities(settings_, request, host_.step());
  }
};

TEST_F(ReadBackTest, OneSku_IsReadByItself) {
  amazon_.PutListing({.sku = "A", .updated_us = host_.now(), .quantity = 12, .latency_days = 4});
  const auto reply = ReadBack({"A"});
  ASSERT_TRUE(reply.ok());
  ASSERT_EQ(reply.value().results_size(), 1);
  const pb::ReadBack& result = reply.value().results(0);
  EXPECT_TRUE(result.found());
  EXPECT_EQ(result.fulfilment(), pb::FULFILMENT_CHANNEL_MERCHANT);
  EXPECT_EQ(result.quantity(), 12);
  EXPECT_EQ(result.latency_days(), 4);
  EXPECT_EQ(result.product_type(), "LUGGAGE");
  EXPECT_EQ(result.title(), "Title of A");
  EXPECT_EQ(result.product_id(), "B0A");
  EXPECT_EQ(amazon_.Calls("getListingsItem"), 1);
}

TEST_F(ReadBackTest, SeveralSkus_ShareACall_AndEveryOneHasAResult) {
  amazon_.PutListing({.sku = "FBA", .updated_us = 1, .channel = "AMAZON_EU"});
  amazon_.PutListing({.sku = "SILENT", .updated_us = 1, .channel = ""});
  const auto reply = ReadBack({"A", "FBA", "NONE", "SILENT"});
  ASSERT_TRUE(reply.ok());
  ASSERT_EQ(reply.value().results_size(), 4);
  EXPECT_EQ(reply.value().results(0).fulfilment(), pb::FULFILMENT_CHANNEL_MERCHANT);
  EXPECT_EQ(reply.value().results(1).fulfilment(), pb::FULFILMENT_CHANNEL_MARKETPLACE);
  EXPECT_FALSE(reply.value().results(1).has_quantity());
  EXPECT_FALSE(reply.value().results(2).found());
  EXPECT_EQ(reply.value().results(2).sku(), "NONE");
  EXPECT_TRUE(reply.value().results(3).found());
  EXPECT_EQ(reply.value().results(3).fulfilment(), pb::FULFILMENT_CHANNEL_UNSPECIFIED) << "unknown is not guessed";
  EXPECT_EQ(host_.requests().size(), 1u);
}

TEST_F(ReadBackTest, MoreThanTwenty_TakeSeveralCalls) {
  std::vector<std::string> skus;
  for (int i = 0; i < 45; ++i) {
    skus.push_back("S" + std::to_string(i));
    amazon_.PutListing({.sku = skus.back(), .updated_us = 1, .quantity = i});
  }
  const auto reply = ReadBack(skus);
  ASSERT_TRUE(reply.ok());
  for (int i = 0; i < 45; ++i) EXPECT_EQ(reply.value().results(i).quantity(), i);
  EXPECT_EQ(amazon_.Calls("searchListingsItems"), 3);
}

TEST_F(ReadBackTest, AmazonsCapitals_AreNotTakenForAnotherSku) {
  constexpr char kItem[] =
      R"({"sku": "%", "fulfillmentAvailability": [{"fulfillmentChannelCode": "DEFAULT", "quantity": #}]})";
  const auto item = [&](const std::string& sku, const std::string& quantity) {
    std::string text = kItem;
    text.replace(text.find('%'), 1, sku);
    text.replace(text.find('#'), 1, quantity);
    return text;
  };
  amazon_.InjectReply(sdk::testing::Json(200, R"({"numberOfResults": 3, "items": [)" + item("MUG-red", "5") + "," +
                                                  item("hat", "6") + "," + item("HAT", "7") + "]}"));
  const auto reply = ReadBack({"mug-RED", "HAT", "CUP"});
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply.value().results(0).sku(), "mug-RED");
  EXPECT_EQ(reply.value().results(0).quantity(), 5);
  EXPECT_EQ(reply.value().results(1).quantity(), 7) << "its own";
  EXPECT_FALSE(reply.value().results(2).found());
}

TEST_F(ReadBackTest, SkuWithAComma_IsReadAlone) {
  amazon_.PutListing({.sku = "A,B", .updated_us = 1, .quantity = 5});
  const auto reply = ReadBack({"A,B", "A", "B"});
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply.value().results(0).quantity(), 5);
  EXPECT_EQ(amazon_.Calls("getListingsItem"), 1);
  EXPECT_EQ(amazon_.Calls("searchListingsItems"), 1);
}

TEST_F(ReadBackTest, UnknownSku_IsNotFound) {
  const auto reply = ReadBack({"NONE"});
  ASSERT_TRUE(reply.ok());
  EXPECT_FALSE(reply.value().results(0).found());
}

TEST_F(ReadBackTest, BothChannelsAtOnce_CountAsTheMarketplaces) {
  amazon_.InjectReply(sdk::testing::Json(200, R"({"sku": "A", "fulfillmentAvailability": [
      {"fulfillmentChannelCode": "AMAZON_EU"}, {"fulfillmentChannelCode": "DEFAULT", "quantity": 3}]})"));
  EXPECT_EQ(ReadBack({"A"}).value().results(0).fulfilment(), pb::FULFILMENT_CHANNEL_MARKETPLACE);
}

TEST_F(ReadBackTest, Attributes_TellTheChannelTheAvailabilityKeepsQuiet) {
  amazon_.InjectReply(sdk::testing::Json(200, R"({"sku": "A", "attributes": {"fulfillment_availability": [
      {"fulfillment_channel_code": "DEFAULT", "lead_time_to_ship_max_days": 2}]}})"));
  const pb::ReadBack result = ReadBack({"A"}).value().results(0);
  EXPECT_EQ(result.fulfilment(), pb::FULFILMENT_CHANNEL_MERCHANT);
  EXPECT_EQ(result.latency_days(), 2);
  EXPECT_FALSE(result.has_quantity());
}

TEST_F(ReadBackTest, ListingThatCannotBeRead_IsThereWithNothingKnown) {
  amazon_.InjectReply(sdk::testing::Json(
      200,
      R"({"numberOfResults": 2, "items": [{"sku": "A", "summaries": 7}, {"sku": "B", "fulfillmentAvailability": [{"fulfillmentChannelCode": "DEFAULT"}]}]})"));
  const auto reply = ReadBack({"A", "B"});
  ASSERT_TRUE(reply.ok());
  EXPECT_TRUE(reply.value().results(0).found());
  EXPECT_EQ(reply.value().results(0).fulfilment(), pb::FULFILMENT_CHANNEL_UNSPECIFIED);
  EXPECT_EQ(reply.value().results(1).fulfilment(), pb::FULFILMENT_CHANNEL_MERCHANT);
}

TEST_F(ReadBackTest, Failures_AreErrorsOfTheCall) {
  for (const std::vector<std::string>& skus : {std::vector<std::string>{"A"}, {"A", "B"}}) {
    for (const auto& [status, expected] :
         {std::pair(429, QS_RETRY), {500, QS_RETRY}, {403, QS_AUTH}, {400, QS_INVALID}}) {
      amazon_.InjectReply(ErrorReply(status, "Code", "words"));
      EXPECT_EQ(ReadBack(skus).error().status, expected) << status;
    }
    amazon_.InjectReply(sdk::testing::Json(200, "<html>"));
    EXPECT_EQ(ReadBack(skus).error().status, QS_RETRY);
  }
}

}  // namespace
}  // namespace quayside::amazon
