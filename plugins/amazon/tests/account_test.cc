// The account: its configuration, its check, and the plugin as the host meets it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "check.h"
#include "fake_amazon.h"
#include "quayside/sdk.h"  // kQuaysideManifestJson
#include "quayside/testing/plugin_under_test.h"
#include "settings.h"

namespace quayside::amazon {
namespace {

using sdk::testing::PluginUnderTest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr char kUk[] = "A1F83G8C2ARO7P";
constexpr char kDe[] = "A1PA6795UKMFR9";

pb::InstanceConfig Config(const std::string& region = "eu", const std::string& seller = "A1QUAYSIDE0EU") {
  pb::InstanceConfig config;
  config.set_account_id("acc-1");
  (*config.mutable_options())["region"] = region;
  (*config.mutable_options())["seller_id"] = seller;
  config.add_marketplaces(kUk);
  config.add_marketplaces(kDe);
  return config;
}

std::vector<std::string> Fields(const pb::InstanceConfig& config) {
  std::vector<std::string> fields;
  for (const pb::FieldProblem& problem : FindProblems(config)) fields.push_back(problem.field());
  return fields;
}

TEST(SettingsTest, GoodConfiguration_HasNoProblem) { EXPECT_THAT(FindProblems(Config()), IsEmpty()); }

TEST(SettingsTest, EveryProblem_IsNamedByItsField) {
  EXPECT_THAT(Fields(pb::InstanceConfig()), ElementsAre("region", "seller_id"));
  EXPECT_THAT(Fields(Config("mars")), ElementsAre("region", "marketplaces", "marketplaces"));
  for (const char* seller :
       {"", "a1quayside0eu", "B1QUAYSIDE0EU", "A123", "A1QUAYSIDE 0EU", "A1QUAYSIDE0EU1234567890"}) {
    EXPECT_THAT(Fields(Config("eu", seller)), ElementsAre("seller_id")) << seller;
  }
}

TEST(SettingsTest, TheOutboundVersion_IsTheOlderUnlessNamed_AndOneThatAmazonHas) {
  pb::InstanceConfig config = Config();
  EXPECT_EQ(ReadSettings(config).outbound_api, kOutbound2020);
  (*config.mutable_options())["outbound_api"] = kOutbound2026;
  EXPECT_EQ(ReadSettings(config).outbound_api, kOutbound2026);
  EXPECT_THAT(FindProblems(config), IsEmpty());
  (*config.mutable_options())["outbound_api"] = "2019-01-01";
  EXPECT_THAT(Fields(config), ElementsAre("outbound_api"));
}

TEST(SettingsTest, TheManifestsForm_OffersTheVersionsThePluginHas) {
  const auto manifest = boost::json::parse(std::string_view(kQuaysideManifestJson));
  const auto& option = manifest.at_pointer("/config_schema/properties/outbound_api");
  EXPECT_EQ(option.at("enum"), (boost::json::array{kOutbound2020, kOutbound2026}));
  EXPECT_EQ(option.at("default"), kOutbound2020);
  for (const char* operation :
       {"getFulfillmentPreview", "createFulfillmentOrder", "cancelFulfillmentOrder", "getFulfillmentOrder",
        "listAllFulfillmentOrders", "outbound2026.getOrderPreview", "outbound2026.createOrder",
        "outbound2026.cancelOrder", "outbound2026.getOrder", "outbound2026.listOrders"}) {
    EXPECT_GT(DefaultRate(operation), 0) << operation;
  }
}

TEST(SettingsTest, MarketplacesOfAnotherRegion_AreProblems) {
  pb::InstanceConfig config = Config();
  config.add_marketplaces("ATVPDKIKX0DER");
  config.add_marketplaces("NOSUCHPLACE");
  const auto problems = FindProblems(config);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_THAT(problems[0].description(), HasSubstr("Amazon.com belongs to region na"));
  EXPECT_THAT(problems[1].description(), HasSubstr("NOSUCHPLACE"));
}

TEST(SettingsTest, Manifest_NamesEveryMarketplaceOnceAndEveryRate) {
  const auto known = KnownMarketplaces();
  std::set<std::string> ids;
  for (const Marketplace& marketplace : known) ids.insert(marketplace.id);
  EXPECT_EQ(known.size(), 23u);
  EXPECT_EQ(ids.size(), known.size());
  for (const char* operation : {"searchOrders", "getOrder", "patchListingsItem", "getListingsItem",
                                "searchListingsItems", "getMarketplaceParticipations"}) {
    EXPECT_GT(DefaultRate(operation), 0) << operation;
  }
}

class CheckTest : public ::testing::Test {
 protected:
  // Subjects that are not ok, with their messages.
  std::map<std::string, std::string> Complaints() {
    const Settings settings = ReadSettings(config_);
    auto reply = CheckAccount(settings, host_.step());
    EXPECT_TRUE(reply.ok());
    std::map<std::string, std::string> complaints;
    subjects_.clear();
    if (!reply.ok()) return complaints;
    for (const pb::CheckFinding& finding : reply.value().findings()) {
      subjects_.push_back(finding.subject());
      if (!finding.ok()) complaints[finding.subject()] = finding.message();
    }
    return complaints;
  }

  pb::InstanceConfig config_ = Config();
  sdk::testing::FakeHost host_;
  FakeAmazon amazon_{host_};
  std::vector<std::string> subjects_;
};

TEST_F(CheckTest, GoodAccount_HasNoComplaint) {
  EXPECT_THAT(Complaints(), IsEmpty());
  EXPECT_THAT(subjects_, ElementsAre("credentials", "marketplace:A1F83G8C2ARO7P", "marketplace:A1PA6795UKMFR9",
                                     "role:orders", "role:listings", "seller_id", "role:feeds", "role:reports"));
  EXPECT_EQ(amazon_.Calls("searchOrders"), 0) << "too scarce for a check";
}

TEST_F(CheckTest, RefusedLogin_IsOnePlainFinding) {
  amazon_.InjectError(sdk::Error::Auth("CREDENTIALS_REFUSED", "invalid_grant: the refresh token was revoked"));
  EXPECT_THAT(Complaints()["credentials"], HasSubstr("revoked"));
  EXPECT_THAT(subjects_, ElementsAre("credentials"));
}

TEST_F(CheckTest, RefusedToken_NamesTheRemedies) {
  amazon_.refused_operations = {"getMarketplaceParticipations"};
  const std::string message = Complaints()["credentials"];
  for (const char* word : {"expired", "role", "grants a token"}) EXPECT_THAT(message, HasSubstr(word));
  EXPECT_THAT(subjects_, ElementsAre("credentials"));
}

TEST_F(CheckTest, AnotherRegionsAccount_IsTold_AndWhichItIs) {
  amazon_.region = "fe";
  EXPECT_THAT(Complaints(), ElementsAre(Pair("region", HasSubstr("belongs to region fe"))));
  EXPECT_THAT(subjects_, ElementsAre("credentials", "region")) << "what else is asked here would be refused, too";
}

TEST_F(CheckTest, MarketplaceTheSellerIsNotOn_IsNamed) {
  amazon_.participations = {kUk};
  const auto complaints = Complaints();
  ASSERT_EQ(complaints.size(), 1u);
  EXPECT_THAT(complaints.at(std::string("marketplace:") + kDe), HasSubstr("Amazon.de"));
}

TEST_F(CheckTest, SuspendedListings_AreNamed) {
  amazon_.suspended = {kUk};
  EXPECT_THAT(Complaints().at(std::string("marketplace:") + kUk), HasSubstr("suspended"));
}

TEST_F(CheckTest, MissingRoles_AreTold) {
  amazon_.refused_operations = {"getOrder", "searchListingsItems"};
  const auto complaints = Complaints();
  EXPECT_EQ(complaints.size(), 2u);
  EXPECT_THAT(complaints.at("role:orders"), HasSubstr("Direct-to-Consumer"));
  EXPECT_THAT(complaints.at("role:listings"), HasSubstr("Product Listing"));
}

TEST_F(CheckTest, MissingRolesOfDocuments_AreToldEach) {
  amazon_.refused_operations = {"getReports"};
  EXPECT_THAT(Complaints(), ElementsAre(Pair("role:reports", HasSubstr("Inventory and Order Tracking"))));
  amazon_.refused_operations = {"getFeeds"};
  EXPECT_THAT(Complaints(), ElementsAre(Pair("role:feeds", HasSubstr("authorise it again"))));
}

TEST_F(CheckTest, TheWarehousesRole_IsAskedFor_WhereFbaIsOn) {
  amazon_.refused_operations = {"getInventorySummaries", "listAllFulfillmentOrders"};
  EXPECT_THAT(Complaints(), IsEmpty()) << "nobody needs it";
  config_.add_fulfilment_marketplaces(kUk);
  EXPECT_THAT(Complaints(), ElementsAre(Pair("role:fulfilment", HasSubstr("Amazon Fulfillment"))));
  amazon_.refused_operations = {"listAllFulfillmentOrders"};
  EXPECT_THAT(Complaints(), ElementsAre(Pair("role:fulfilment", HasSubstr("may not have Amazon's warehouses ship"))));
  amazon_.refused_operations = {"getInventorySummaries"};
  EXPECT_THAT(Complaints(), ElementsAre(Pair("role:fulfilment", HasSubstr("may not read the stock"))));
  (*config_.mutable_options())["outbound_api"] = kOutbound2026;
  amazon_.refused_operations = {"outbound2026.listOrders"};
  EXPECT_THAT(Complaints(), ElementsAre(Pair("role:fulfilment", HasSubstr("Amazon Fulfillment"))));
  amazon_.refused_operations.clear();
  EXPECT_THAT(Complaints(), IsEmpty());
  EXPECT_EQ(subjects_.back(), "role:fulfilment");
}

TEST_F(CheckTest, WrongSellerId_IsTold) {
  amazon_.before_answer = [&](const pb::HttpRequest& request) {
    if (request.operation() == "getOrder") amazon_.InjectReply(ErrorReply(400, "InvalidInput", "sellerId"));
  };
  EXPECT_EQ(Complaints().count("seller_id"), 1u);
}

TEST_F(CheckTest, Outage_IsAnErrorNotAFinding) {
  const Settings settings = ReadSettings(Config());
  for (const int status : {429, 500, 503}) {
    amazon_.InjectReply(ErrorReply(status, "Code", "words"));
    auto reply = CheckAccount(settings, host_.step());
    ASSERT_FALSE(reply.ok());
    EXPECT_EQ(reply.error().status, QS_RETRY);
  }
  amazon_.InjectReply(sdk::testing::Json(200, "<html>"));
  EXPECT_EQ(CheckAccount(settings, host_.step()).error().status, QS_RETRY);
}

class PluginTest : public ::testing::Test {
 protected:
  sdk::testing::FakeHost host_;
  FakeAmazon amazon_{host_};
};

TEST_F(PluginTest, EveryDeclaredMethod_IsAnswered) {
  PluginUnderTest plugin(host_, Config());
  amazon_.PutOrder("1", host_.now() - kHour);
  pb::PullOrdersRequest pull;
  pull.set_changed_from_us(host_.now() - kDay);
  EXPECT_EQ((plugin.Call<pb::PullOrdersReply>("order_sync/1", "pull", pull).value().orders_size()), 1);
  pb::GetOrdersRequest get;
  get.add_external_ids("1");
  EXPECT_EQ((plugin.Call<pb::GetOrdersReply>("order_sync/1", "get", get).value().orders_size()), 1);
  pb::PullListingsRequest listings;
  listings.set_marketplace(kUk);
  EXPECT_TRUE((plugin.Call<pb::PullListingsReply>("listing_sync/1", "pull", listings).ok()));
  EXPECT_TRUE((plugin.Call<pb::PushReply>("inventory_push/1", "push", pb::PushRequest()).ok()));
  EXPECT_TRUE((plugin.Call<pb::PushReply>("inventory_push/1", "push_bulk", pb::PushRequest()).ok()));
  EXPECT_TRUE((plugin.Call<pb::FindBulkReply>("inventory_push/1", "find_bulk", pb::FindBulkRequest()).ok()));
  EXPECT_TRUE((plugin.Call<pb::PollReply>("inventory_push/1", "poll", pb::PollRequest()).ok()));
  pb::WithdrawBulkRequest withdraw;
  withdraw.set_handle("12345");
  EXPECT_TRUE((plugin.Call<pb::WithdrawBulkReply>("inventory_push/1", "withdraw_bulk", withdraw).ok()));
  pb::ReadBackRequest read_back;
  read_back.set_marketplace(kUk);
  EXPECT_TRUE((plugin.Call<pb::ReadBackReply>("inventory_push/1", "read_back", read_back).ok()));
  EXPECT_TRUE((plugin.Call<pb::CheckReply>("plugin/1", "check", pb::CheckRequest()).ok()));
}

TEST_F(PluginTest, WrongConfiguration_CanBeValidatedButNotUsed) {
  PluginUnderTest plugin(host_, Config("eu", "nobody"));
  pb::ValidateConfigRequest request;
  *request.mutable_config() = Config("eu", "nobody");
  auto problems = plugin.Call<pb::ValidateConfigReply>("plugin/1", "validate_config", request);
  ASSERT_TRUE(problems.ok());
  ASSERT_EQ(problems.value().problems_size(), 1);
  EXPECT_EQ(problems.value().problems(0).field(), "seller_id");
  auto pull = plugin.Call<pb::PullOrdersReply>("order_sync/1", "pull", pb::PullOrdersRequest());
  ASSERT_FALSE(pull.ok());
  EXPECT_EQ(pull.error().reason, "INVALID_CONFIGURATION");
  EXPECT_EQ(pull.error().field, "seller_id");
  EXPECT_TRUE(host_.requests().empty());
}

TEST_F(PluginTest, ClockLearnedByOneContract_ServesTheOthers) {
  amazon_.clock_offset_us = -30 * kMinute;
  PluginUnderTest plugin(host_, Config());
  pb::PullListingsRequest listings;
  listings.set_marketplace(kUk);
  ASSERT_TRUE((plugin.Call<pb::PullListingsReply>("listing_sync/1", "pull", listings).ok()));
  pb::PullOrdersRequest pull;
  pull.set_changed_from_us(host_.now() - kDay);
  auto reply = plugin.Call<pb::PullOrdersReply>("order_sync/1", "pull", pull);
  ASSERT_TRUE(reply.ok());
  EXPECT_FALSE(reply.value().has_more()) << "no refusal to learn from";
}

TEST_F(PluginTest, NoPersonalDataNorSecret_IsEverLogged) {
  PluginUnderTest plugin(host_, Config());
  boost::json::object order = FakeAmazon::OrderJson("1", host_.now() - kHour, kUk);
  order["buyer"] = {{"buyerName", "Ada Lovelace"}};
  order["createdTime"] = "broken";
  amazon_.PutOrderJson("1", host_.now() - kHour, order);
  amazon_.PutOrder("2", host_.now() - kHour);
  pb::PullOrdersRequest pull;
  pull.set_changed_from_us(host_.now() - kDay);
  pull.set_page_size(1);
  auto first = plugin.Call<pb::PullOrdersReply>("order_sync/1", "pull", pull);
  ASSERT_TRUE(first.ok());
  EXPECT_THAT(first.value().bad_records(0).reason(), ::testing::Not(HasSubstr("Ada")));
  EXPECT_THAT(first.value().bad_records(0).raw(), HasSubstr("Ada"));
  *pull.mutable_cursor() = first.value().next_cursor();
  amazon_.repeats_pages = true;
  ASSERT_TRUE((plugin.Call<pb::PullOrdersReply>("order_sync/1", "pull", pull).ok()));
  EXPECT_FALSE(host_.logs().empty());
  for (const pb::LogRecord& record : host_.logs())
    EXPECT_THAT(record.SerializeAsString(), ::testing::Not(HasSubstr("Ada")));
}

// Bodies from a broken gateway: whatever comes, the answer is a reply the host can read or an error of the marketplace.
TEST_F(PluginTest, MutatedPages_NeverBreakTheReply) {
  amazon_.PutOrder("1", host_.now() - kHour);
  amazon_.PutListing({.sku = "A", .updated_us = host_.now() - kDay, .quantity = 1});
  PluginUnderTest plugin(host_, Config());
  std::mt19937 random(5);
  pb::PullOrdersRequest pull;
  pull.set_changed_from_us(host_.now() - kDay);
  const std::string orders = R"({"orders": [)" + boost::json::serialize(FakeAmazon::OrderJson("1", host_.now(), kUk)) +
                             R"(], "pagination": {"nextToken": "t"}, "lastUpdatedBefore": "2026-01-01T00:00:00Z"})";
  const std::string items =
      R"({"numberOfResults": 1, "items": [{"sku": "A", "summaries": [{"marketplaceId": "A1F83G8C2ARO7P", "status": ["BUYABLE"]}], "fulfillmentAvailability": [{"fulfillmentChannelCode": "DEFAULT", "quantity": 1}]}]})";
  for (int i = 0; i < 4000; ++i) {
    std::string body = i % 2 == 0 ? orders : items;
    for (unsigned n = random() % 4 + 1; n > 0; --n)
      body[random() % body.size()] = "{}[]\":,0-9az\\\xff\x00 "[random() % 17];
    amazon_.InjectReply(sdk::testing::Json(200, body));
    qs_status status = QS_OK;
    if (i % 2 == 0) {
      auto reply = plugin.Call<pb::PullOrdersReply>("order_sync/1", "pull", pull);
      if (!reply.ok()) status = reply.error().status;
    } else {
      pb::PullListingsRequest listings;
      listings.set_marketplace(kUk);
      auto reply = plugin.Call<pb::PullListingsReply>("listing_sync/1", "pull", listings);
      if (!reply.ok()) status = reply.error().status;
    }
    ASSERT_NE(status, QS_INTERNAL) << "a reply that cannot be read, or an exception, for " << body;
  }
}

}  // namespace
}  // namespace quayside::amazon
