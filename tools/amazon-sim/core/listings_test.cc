#include <algorithm>

#include "testing/sim_fixture.h"

namespace amazon_sim {
namespace {

class ListingsTest : public SimFixture {
 protected:
  ListingsTest() { Unthrottle(); }
  std::string Item(const std::string& sku, const std::string& blocks) const {
    return "/listings/2021-08-01/items/SELLER/" + PercentEncode(sku) + "?marketplaceIds=" + kUk +
           "&includedData=" + blocks;
  }
  std::string Items(const std::string& parameters) const {
    return std::string("/listings/2021-08-01/items/SELLER?marketplaceIds=") + kUk + "&" + parameters;
  }
  boost::json::object Merchant(const std::string& sku) {
    const auto attributes = GetJson(Item(sku, "attributes")).at("attributes");
    return attributes.at("fulfillment_availability").at(0).get_object();
  }
  std::vector<std::string> AllSkus(const std::string& parameters) {
    std::vector<std::string> skus;
    std::string page_token;
    do {
      const auto page = GetJson(Items(parameters + page_token));
      for (const auto& item : page.at("items").get_array()) skus.emplace_back(item.at("sku").get_string());
      const auto* pagination = page.get_object().if_contains("pagination");
      page_token = pagination ? "&pageToken=" + PercentEncode(pagination->at("nextToken").get_string()) : "";
    } while (!page_token.empty());
    EXPECT_EQ(std::set<std::string>(skus.begin(), skus.end()).size(), skus.size());
    return skus;
  }
};

TEST_F(ListingsTest, GetItem_ShowsTheBlocksAskedFor) {
  const auto summary = GetJson(Item("A", "")).at("summaries").at(0);
  EXPECT_EQ(summary.at("marketplaceId"), kUk);
  EXPECT_EQ(summary.at("status").get_array().size(), 2U);
  EXPECT_EQ(GetJson(Item("A", "fulfillmentAvailability")).at("fulfillmentAvailability").at(0).at("quantity"), 10);
}

TEST_F(ListingsTest, FbaItem_HasNoMerchantQuantity) {
  const auto channels = GetJson(Item("F", "fulfillmentAvailability")).at("fulfillmentAvailability").get_array();
  ASSERT_EQ(channels.size(), 1U);
  EXPECT_EQ(channels[0].at("fulfillmentChannelCode"), "AMAZON_EU");
  EXPECT_FALSE(channels[0].get_object().contains("quantity"));
}

TEST_F(ListingsTest, EmptyStock_IsDiscoverableButNotBuyable) {
  Control("change-quantity", R"({"sku": "B", "quantity": 0})");
  EXPECT_EQ(GetJson(Item("B", "")).at("summaries").at(0).at("status").get_array().size(), 1U);
  EXPECT_EQ(AllSkus("withStatus=BUYABLE").size(), 2U);
  EXPECT_EQ(AllSkus("withoutStatus=BUYABLE"), std::vector<std::string>{"B"});
}

TEST_F(ListingsTest, UnknownSku_Is404WhenRead) { EXPECT_EQ(Get(Item("none", "")).status, 404); }

TEST_F(ListingsTest, OddSkus_TravelPercentEncoded) {
  Control("set-listing", R"({"sku": "a/b #1+ü", "quantity": 3})");
  EXPECT_EQ(GetJson(Item("a/b #1+ü", "fulfillmentAvailability")).at("sku"), "a/b #1+ü");
  EXPECT_EQ(Get(std::string("/listings/2021-08-01/items/SELLER/a/b?marketplaceIds=") + kUk).status, 403);
}

TEST_F(ListingsTest, Search_PagesEverythingInEveryOrder) {
  Load(R"({"settings": {"rate_limits_enabled": false}, "listings": [{"generate": {"count": 107, "fba_share": 0.2}}]})");
  for (const char* order : {"", "sortBy=sku&sortOrder=ASC", "sortBy=sku&sortOrder=DESC", "sortBy=createdDate",
                            "sortBy=lastUpdatedDate&sortOrder=ASC"}) {
    EXPECT_EQ(AllSkus(std::string(order) + "&pageSize=20").size(), 107U) << order;
  }
  const auto skus = AllSkus("sortBy=sku&sortOrder=ASC");
  EXPECT_TRUE(std::is_sorted(skus.begin(), skus.end()));
}

TEST_F(ListingsTest, Search_ReachesOnlyAThousandButCountsAll) {
  Load(R"({"settings": {"rate_limits_enabled": false}, "listings": [{"generate": {"count": 1103}}]})");
  EXPECT_EQ(GetJson(Items("pageSize=20")).at("numberOfResults"), 1103);
  EXPECT_EQ(AllSkus("pageSize=20").size(), 1000U);
}

TEST_F(ListingsTest, Search_FiltersByIdentifiersAndWindows) {
  EXPECT_EQ(AllSkus("identifiersType=SKU&identifiers=A,F,none").size(), 2U);
  EXPECT_EQ(Get(Items("identifiers=A")).status, 400);
  EXPECT_EQ(Get(Items("identifiersType=SKU")).status, 400);
  LetItShow();
  Control("change-quantity", R"({"sku": "B", "quantity": 1})");
  EXPECT_EQ(AllSkus("lastUpdatedAfter=" + Iso8601(kStart + kMinute)), std::vector<std::string>{"B"});
  EXPECT_EQ(AllSkus("lastUpdatedBefore=" + Iso8601(kStart + kMinute)).size(), 2U);
  EXPECT_EQ(AllSkus("createdAfter=" + Iso8601(kStart + kMinute)).size(), 0U);
}

TEST_F(ListingsTest, Search_ChecksItsParameters) {
  EXPECT_EQ(Get("/listings/2021-08-01/items/SELLER").status, 400) << "marketplaceIds";
  EXPECT_EQ(Get(Items("pageSize=21")).status, 400);
  EXPECT_EQ(Get(Items("sortBy=price")).status, 400);
  EXPECT_EQ(Get(Items("withStatus=SOLD")).status, 400);
  EXPECT_EQ(Get(Items("pageToken=made-up")).status, 400);
  std::string many = "A";
  for (int i = 0; i < 20; ++i) many += ",A";
  EXPECT_EQ(Get(Items("identifiersType=SKU&identifiers=" + many)).status, 400);
}

TEST_F(ListingsTest, Participations_ListTheSellersMarketplaces) {
  const auto payload = GetJson("/sellers/v1/marketplaceParticipations").at("payload").get_array();
  ASSERT_EQ(payload.size(), 2U);
  EXPECT_EQ(payload[0].at("marketplace").at("countryCode"), "GB");
  EXPECT_EQ(payload[0].at("marketplace").at("domainName"), "www.amazon.co.uk");
}

TEST_F(ListingsTest, Merge_KeepsLeadTime) {
  EXPECT_EQ(PatchAvailability("A", "merge", R"({"fulfillment_channel_code":"DEFAULT","quantity":7})").at("status"),
            "ACCEPTED");
  EXPECT_EQ(Quantity("A"), 7);
  EXPECT_EQ(Merchant("A").at("lead_time_to_ship_max_days"), 3);
}

TEST_F(ListingsTest, Replace_ForgetsLeadTime) {
  PatchAvailability("A", "replace", R"({"fulfillment_channel_code":"DEFAULT","quantity":7})");
  EXPECT_EQ(Quantity("A"), 7);
  EXPECT_FALSE(Merchant("A").contains("lead_time_to_ship_max_days"));
}

TEST_F(ListingsTest, Delete_TakesTheMerchantChannelAway) {
  PatchAvailability("A", "delete", R"({"fulfillment_channel_code":"DEFAULT"})");
  EXPECT_EQ(Quantity("A"), std::nullopt);
}

TEST_F(ListingsTest, QuantityIsOneForTheRegion) {
  PatchAvailability("A", "merge", R"({"fulfillment_channel_code":"DEFAULT","quantity":4})");
  const auto german =
      GetJson("/listings/2021-08-01/items/SELLER/A?marketplaceIds=A1PA6795UKMFR9&includedData=fulfillmentAvailability");
  EXPECT_EQ(german.at("fulfillmentAvailability").at(0).at("quantity"), 4);
}

TEST_F(ListingsTest, BadValues_AreRefusedWith200AndInvalid) {
  for (const char* element : {R"({"quantity":7})", R"({"fulfillment_channel_code":"DEFAULT","quantity":-1})",
                              R"({"fulfillment_channel_code":"DEFAULT","quantity":"7"})",
                              R"({"fulfillment_channel_code":"DEFAULT","quantity":1.5})",
                              R"({"fulfillment_channel_code":"DEFAULT","lead_time_to_ship_max_days":31})",
                              R"({"fulfillment_channel_code":"DEFAULT","restock_date":"soon"})",
                              R"({"fulfillment_channel_code":"ELSEWHERE"})"}) {
    const auto answer = PatchAvailability("A", "merge", element);
    EXPECT_EQ(answer.at("status"), "INVALID") << element;
    EXPECT_EQ(answer.at("issues").at(0).at("severity"), "ERROR");
  }
  EXPECT_EQ(Quantity("A"), 10);
  EXPECT_EQ(Merchant("A").at("lead_time_to_ship_max_days"), 3);
}

TEST_F(ListingsTest, Preview_ValidatesWithoutEffect) {
  const char* element = R"({"fulfillment_channel_code":"DEFAULT","quantity":7})";
  const auto answer =
      PatchAvailability("A", "merge", element, "&mode=VALIDATION_PREVIEW&includedData=identifiers,issues");
  EXPECT_EQ(answer.at("status"), "VALID");
  EXPECT_EQ(answer.at("identifiers").at(0).at("marketplaceId"), kUk);
  EXPECT_EQ(Quantity("A"), 10);
}

TEST_F(ListingsTest, UnknownSku_IsAcceptedAndDoesNothing) {
  const auto answer = PatchAvailability("none", "merge", R"({"fulfillment_channel_code":"DEFAULT","quantity":7})");
  EXPECT_EQ(answer.at("status"), "ACCEPTED");
  EXPECT_EQ(amazon.world().ledger.unknown_sku_patches(), 1U);
}

TEST_F(ListingsTest, DefaultQuantityOnAnFbaSku_IsAcceptedAndRecordedAsAViolation) {
  EXPECT_EQ(PatchAvailability("F", "merge", R"({"fulfillment_channel_code":"DEFAULT","quantity":7})").at("status"),
            "ACCEPTED");
  ASSERT_EQ(amazon.world().ledger.fba_violations().size(), 1U);
  EXPECT_EQ(amazon.world().ledger.fba_violations()[0].sku, "F");
  EXPECT_EQ(GetJson(Item("F", "fulfillmentAvailability")).at("fulfillmentAvailability").get_array().size(), 2U);
}

TEST_F(ListingsTest, MalformedPatches_Are400) {
  const auto with = [&](const std::string& patch) {
    return Patch("A", R"({"productType":"PRODUCT","patches":[)" + patch + "]}").status;
  };
  EXPECT_EQ(Patch("A", "{").status, 400);
  EXPECT_EQ(Patch("A", R"({"patches":[{"op":"delete","path":"/attributes/x"}]})").status, 400) << "productType";
  EXPECT_EQ(with(""), 400);
  EXPECT_EQ(with(R"({"op":"set","path":"/attributes/x","value":[{}]})"), 400);
  EXPECT_EQ(with(R"({"op":"merge","path":"/summaries","value":[{}]})"), 400);
  EXPECT_EQ(with(R"({"op":"merge","path":"/attributes/x/0/y","value":[{}]})"), 400);
  EXPECT_EQ(with(R"({"op":"merge","path":"/attributes/x"})"), 400);
  Request request{"PATCH",
                  std::string("/listings/2021-08-01/items/SELLER/A?marketplaceIds=") + kUk,
                  {{"x-amz-access-token", token}, {"User-Agent", "Test/1"}, {"Content-Type", "text/plain"}},
                  "{}"};
  EXPECT_EQ(amazon.Handle(request).status, 415);
}

}  // namespace
}  // namespace amazon_sim
