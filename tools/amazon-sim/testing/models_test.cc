// Every answer of the simulator against Amazon's published models: shapes, required fields, enums, dates. Needs the
// models (../shared/sp-api beside the checkout, or QUAYSIDE_SP_API_MODELS); without them it is skipped, in CI it fails.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "testing/gunzip.h"
#include "testing/json_schema.h"
#include "testing/sim_fixture.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

std::optional<std::filesystem::path> FindModels() {
  const char* named = std::getenv("QUAYSIDE_SP_API_MODELS");
  const std::filesystem::path folder = named != nullptr
                                           ? std::filesystem::path(named)
                                           : std::filesystem::path(AMAZON_SIM_SOURCE_ROOT) / "../shared/sp-api";
  std::error_code error;
  if (!std::filesystem::is_directory(folder / "models", error)) return std::nullopt;
  return folder;
}

json::value ReadJsonFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return json::parse(text.str());
}

class ModelTest : public SimFixture {
 protected:
  ModelTest() : folder(FindModels()) {
    if (!folder) return;
    for (const char* name :
         {"reports_2021-06-30", "feeds_2021-06-30", "listingsItems_2021-08-01", "orders_2026-01-01", "sellers",
          "fbaInventory", "fulfillmentOutbound_2020-07-01", "fulfillmentOutbound_2026-07-04"}) {
      models.push_back(ReadJsonFile(*folder / "models" / (std::string(name) + ".json")));
    }
  }
  void SetUp() override {
    const char* ci = std::getenv("CI");
    if (!folder && ci != nullptr && std::string_view(ci) == "true") FAIL() << "Amazon's models are not there";
    if (!folder) GTEST_SKIP() << "Amazon's models are not there";
    Load(R"({"listings": [{"generate": {"count": 60, "quantity": [0, 30], "fba_share": 0.3, "odd_titles": 0.3}}],
             "orders": [{"generate": {"count": 80, "from_s": -259200, "to_s": -300, "fba_share": 0.3,
                                      "cancel_share": 0.1, "non_amazon_share": 0.2}}],
             "settings": {"rate_limits_enabled": false, "reports": {"min_interval_s": 0},
                          "feeds": {"listings_limit": 0}}})");
  }

  struct Declared {
    const json::value* model = nullptr;
    const json::object* responses = nullptr;
  };
  // Names that two models have are the first's; the last's bear its API before a point, as in the simulator's table.
  Declared Find(std::string_view operation) const {
    constexpr std::string_view kLast = "outbound2026.";
    const bool last = operation.substr(0, kLast.size()) == kLast;
    if (last) operation.remove_prefix(kLast.size());
    for (const json::value& model : models) {
      if (last && &model != &models.back()) continue;
      for (const auto& path : model.at("paths").get_object()) {
        for (const auto& method : path.value().get_object()) {
          const json::object* candidate = method.value().if_object();
          const json::value* id = candidate ? candidate->if_contains("operationId") : nullptr;
          if (id && id->get_string() == operation) return {&model, &candidate->at("responses").get_object()};
        }
      }
    }
    return {};
  }
  // The answer, after its status and body have been checked.
  Response Checked(std::string_view operation, Response answer) {
    const Declared declared = Find(operation);
    EXPECT_NE(declared.model, nullptr) << operation;
    if (!declared.model) return answer;
    const json::value* response = declared.responses->if_contains(std::to_string(answer.status));
    EXPECT_NE(response, nullptr) << operation << " does not declare " << answer.status;
    const json::value* schema = response ? response->get_object().if_contains("schema") : nullptr;
    if (schema) {
      for (const std::string& problem : SchemaProblems(*declared.model, *schema, json::parse(answer.body))) {
        ADD_FAILURE() << operation << " " << answer.status << " " << problem;
      }
    } else {
      EXPECT_EQ(answer.body, "") << operation;
    }
    ++checked[std::string(operation)][answer.status];
    return answer;
  }
  json::value CheckedJson(std::string_view operation, Response answer) {
    return json::parse(Checked(operation, std::move(answer)).body);
  }

  std::optional<std::filesystem::path> folder;
  std::vector<json::value> models;
  std::map<std::string, std::map<int, int>> checked;
};

TEST_F(ModelTest, Reports_AnswerAsTheModelSays) {
  const std::string reports = "/reports/2021-06-30/reports";
  const std::string wanted =
      R"({"reportType": "GET_MERCHANT_LISTINGS_ALL_DATA", "marketplaceIds": ["A1F83G8C2ARO7P"],
          "dataStartTime": "2026-01-01T00:00:00Z", "dataEndTime": "2026-02-01T00:00:00Z"})";
  const auto create = [&] { return Text(CheckedJson("createReport", Post(reports, wanted)), "reportId"); };
  const std::string id = create();
  for (int minute = 0; minute < 4; ++minute) {
    Checked("getReport", Get(reports + "/" + id));
    amazon.clock().Advance(kMinute);
  }
  const auto report = CheckedJson("getReport", Get(reports + "/" + id));
  ASSERT_EQ(report.at("processingStatus"), "DONE");
  const std::string document = "/reports/2021-06-30/documents/" + Text(report, "reportDocumentId");
  Checked("getReportDocument", Get(document));
  Control("settings", R"({"reports": {"compression": "none"}})");
  for (const char* fault : {"fatal-job", "cancelled-job", "hung-job"}) {
    Control("faults", std::string(R"({"count": 1, "fault": ")") + fault + "\"}");
    create();
  }
  amazon.clock().Advance(10 * kMinute);
  const auto page = CheckedJson("getReports", Get(reports + "?pageSize=2&reportTypes=GET_MERCHANT_LISTINGS_ALL_DATA"));
  Checked("getReports", Get(reports + "?nextToken=" + PercentEncode(Text(page, "nextToken"))));
  Checked("cancelReport", Delete(reports + "/" + create()));
  Checked("cancelReport", Delete(reports + "/" + id));
  Checked("createReport", Post(reports, "{}"));
  Checked("getReport", Get(reports + "/1"));
  Checked("getReports", Get(reports));
  Checked("getReportDocument", Get("/reports/2021-06-30/documents/none"));
  EXPECT_GE(checked["getReport"][200], 5);
}

TEST_F(ModelTest, Feeds_AnswerAsTheModelAndTheirReportAsItsSchemaSays) {
  const std::string feeds = "/feeds/2021-06-30/feeds";
  const auto submit = [&](const std::string& content) {
    const auto slot = CheckedJson("createFeedDocument",
                                  Post("/feeds/2021-06-30/documents", R"({"contentType": "application/json"})"));
    EXPECT_EQ(amazon.Handle({"PUT", PathOf(Text(slot, "url")), {{"Content-Type", "application/json"}}, content}).status,
              200);
    const std::string body = R"({"feedType": "JSON_LISTINGS_FEED", "marketplaceIds": ["A1F83G8C2ARO7P"],
                                 "inputFeedDocumentId": ")" +
                             Text(slot, "feedDocumentId") + "\"}";
    return Text(CheckedJson("createFeed", Post(feeds, body)), "feedId");
  };
  const std::string stock = R"("operationType": "PATCH", "productType": "PRODUCT", "patches": [{"op": "merge",
      "path": "/attributes/fulfillment_availability", "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": )";
  const std::string header =
      R"({"header": {"sellerId": "SELLER", "version": "2.0", "report": {"apiVersion": "2021-08-01",
      "includedData": ["summaries", "attributes", "issues", "offers", "fulfillmentAvailability", "procurement",
                       "relationships", "productTypes"]}}, "messages": [)";
  const std::string mixed = header + R"({"messageId": 1, "sku": "SKU-00001", )" + stock + R"(3}]}]},
      {"messageId": 2, "sku": "SKU-00002", )" +
                            stock + R"(-3}]}]}, {"messageId": 3, "sku": "SKU-00003"}, 17]})";
  const auto input_schema = ReadJsonFile(*folder / "schemas/feeds/listings-feed-schema-v2.json");
  EXPECT_FALSE(SchemaProblems(input_schema, input_schema, json::parse(mixed)).empty()) << "message 3 and 17";

  const auto report_schema = ReadJsonFile(*folder / "schemas/feeds/listings-feed-processing-report-schema-v2.json");
  for (const std::string& content : {mixed, std::string("nonsense"), header + "]}"}) {
    const std::string id = submit(content);
    Checked("getFeed", Get(feeds + "/" + id));
    amazon.clock().Advance(10 * kMinute);
    Checked("getFeed", Get(feeds + "/" + id));
    amazon.clock().Advance(30 * kMinute);
    LogIn();
    const auto feed = CheckedJson("getFeed", Get(feeds + "/" + id));
    ASSERT_TRUE(feed.get_object().contains("resultFeedDocumentId")) << json::serialize(feed);
    const auto document =
        CheckedJson("getFeedDocument", Get("/feeds/2021-06-30/documents/" + Text(feed, "resultFeedDocumentId")));
    const auto report = json::parse(Unzipped(BodyOf(Fetch(Text(document, "url")))));
    for (const std::string& problem : SchemaProblems(report_schema, report_schema, report)) {
      ADD_FAILURE() << problem << "\n" << json::serialize(report);
    }
  }
  const auto page = CheckedJson("getFeeds", Get(feeds + "?pageSize=1&feedTypes=JSON_LISTINGS_FEED"));
  Checked("getFeeds", Get(feeds + "?nextToken=" + PercentEncode(Text(page, "nextToken"))));
  Checked("cancelFeed", Delete(feeds + "/" + submit(mixed)));
  Checked("cancelFeed", Delete(feeds + "/" + Text(page.at("feeds").at(0), "feedId")));
  Checked("createFeed", Post(feeds, "{}"));
  Checked("createFeedDocument", Post("/feeds/2021-06-30/documents", "{}"));
  Checked("getFeed", Get(feeds + "/1"));
  Checked("getFeeds", Get(feeds));
  Checked("getFeedDocument", Get("/feeds/2021-06-30/documents/none"));
  EXPECT_EQ(checked["getFeed"][200], 9);
}

TEST_F(ModelTest, Listings_AnswerAsTheModelSays) {
  const std::string items = "/listings/2021-08-01/items/SELLER";
  const std::string all =
      "?marketplaceIds=A1F83G8C2ARO7P&includedData=summaries,attributes,issues,offers,"
      "fulfillmentAvailability,procurement,relationships,productTypes";
  for (const char* sku : {"SKU-00001", "SKU-00002", "SKU-00003", "SKU-00004"}) {
    Checked("getListingsItem", Get(items + "/" + sku + all));
  }
  Checked("searchListingsItems", Get(items + all + "&pageSize=20"));
  Checked("getListingsItem", Get(items + "/none" + all));
  Checked("searchListingsItems", Get(items));
  const auto patch = [&](const std::string& value) {
    return Patch("SKU-00001",
                 R"({"productType":"PRODUCT","patches":[{"op":"merge",
        "path":"/attributes/fulfillment_availability","value":[)" +
                     value + "]}]}",
                 "&includedData=issues,identifiers");
  };
  Checked("patchListingsItem", patch(R"({"fulfillment_channel_code":"DEFAULT","quantity":7})"));
  Checked("patchListingsItem", patch(R"({"quantity":-7})"));
  Checked("patchListingsItem", patch("7"));
}

TEST_F(ModelTest, Orders_AnswerAsTheModelSays) {
  const std::string all =
      "includedData=BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,"
      "TAX,PAYMENT,FULFILLMENT_ORDERS";
  const auto page = CheckedJson(
      "searchOrders", Search("maxResultsPerPage=60&lastUpdatedAfter=" + Iso8601(kStart - 5 * kDay) + "&" + all));
  ASSERT_EQ(page.at("orders").get_array().size(), 60U);
  for (const auto& order : page.at("orders").get_array()) {
    Checked("getOrder", Get("/orders/2026-01-01/orders/" + Text(order, "orderId") + "?" + all));
  }
  Checked("searchOrders", Search(""));
  Checked("getOrder", Get("/orders/2026-01-01/orders/202-0000000-0000000"));
}

TEST_F(ModelTest, FbaInventory_AnswersAsTheModelSays) {
  for (int i = 1; i <= 60; ++i) {
    const std::string sku = "SKU-000" + std::string(i < 10 ? "0" : "") + std::to_string(i);
    Control("set-fba-stock", R"({"fulfillable": 3, "inbound_working": 1, "researching": 2, "sku": ")" + sku + "\"}");
  }
  const std::string summaries = std::string("/fba/inventory/v1/summaries?granularityType=Marketplace&granularityId=") +
                                kUk + "&marketplaceIds=" + kUk;
  const auto page = CheckedJson("getInventorySummaries", Get(summaries + "&details=true"));
  Checked("getInventorySummaries",
          Get(summaries + "&details=true&nextToken=" + PercentEncode(Text(page.at("pagination"), "nextToken"))));
  Checked("getInventorySummaries", Get(summaries + "&sellerSkus=SKU-00001,NONE"));
  Checked("getInventorySummaries", Get("/fba/inventory/v1/summaries"));
}

TEST_F(ModelTest, Outbound_AnswersAsBothModelsSay) {
  Control("set-fba-stock", R"({"sku": "SKU-00001", "pool": "uk", "fulfillable": 30})");
  Control("settings", R"({"outbound": {"page_size": 2, "warehouse_cancel_share": 0.3, "split_share": 0.5,
                                       "receive_s": 1, "queue_s": 1, "plan_s": 1, "ship_s": [60, 600]},
                          "token_life_s": 10000000})");
  LogIn();
  const std::string orders = "/fba/outbound/2020-07-01/fulfillmentOrders";
  const std::string orders_2026 = "/fulfillment/outbound/2026-07-04/orders";
  const std::string address = R"({"name": "Ada", "addressLine1": "1 High Street", "city": "York", "stateOrRegion": "N",
                                  "postalCode": "YO1 7HH", "countryCode": "GB"})";
  const auto body = [&](const std::string& id, int quantity) {
    return R"({"displayableOrderId": "D", "displayableOrderComment": "C", "shippingSpeedCategory": "Expedited",
        "displayableOrderDate": "2026-11-18T11:00:00Z", "destinationAddress": )" +
           address + R"(, "address": )" + address + R"(, "items": [{"sellerSku": "SKU-00001",
        "sellerFulfillmentOrderItemId": "1", "perUnitDeclaredValue": {"currencyCode": "GBP", "value": "9.99"},
        "quantity": )" +
           std::to_string(quantity) + R"(}], "sellerFulfillmentOrderId": ")" + id + "\"}";
  };
  const auto body_2026 = [&](const std::string& id, const std::string& quantity) {
    return R"({"orderId": ")" + id + R"(", "channel": "SHOP", "origin": {"countryCode": "GB"}, "destination":
        {"deliveryAddress": )" +
           address +
           R"(}, "lineItems": [{"lineItemId": "1", "product": {"productIdentifier": {"amazonSku": "SKU-00001"},
        "perUnitDeclaredValue": {"currencyCode": "GBP", "amount": "9.99"}}, "amount": {"value": ")" +
           quantity + R"("}}]})";
  };
  for (const int quantity : {2, 200}) {
    Checked("getFulfillmentPreview", Post(orders + "/preview", body("Q", quantity)));
    Checked("outbound2026.getOrderPreview",
            Post("/fulfillment/outbound/2026-07-04/previews", body_2026("Q", std::to_string(quantity))));
  }
  for (const char* id : {"Q1", "Q2", "Q3"}) Checked("createFulfillmentOrder", Post(orders, body(id, 4)));
  Checked("createFulfillmentOrder", Post(orders, body("Q4", 200)));
  Checked("createFulfillmentOrder", Post(orders, body("Q4", 200)));
  Checked("outbound2026.createOrder", Post(orders_2026, body_2026("N1", "3.0")));
  Control("settings", R"({"outbound": {"create_later": true}})");
  Checked("outbound2026.createOrder", Post(orders_2026, body_2026("N2", "1")));
  Checked("outbound2026.createOrder", Post(orders_2026, "{}"));
  for (int minute = 0; minute < 12; ++minute) {
    for (const char* id : {"Q1", "Q2", "Q3", "Q4", "N1", "NONE"}) {
      Checked("getFulfillmentOrder", Get(orders + "/" + id));
      Checked("outbound2026.getOrder", Get(orders_2026 + "/" + id + "?shipments=INCLUDE"));
    }
    amazon.clock().Advance(kMinute);
  }
  const auto page = CheckedJson("listAllFulfillmentOrders", Get(orders + "?queryStartDate=" + Iso8601(kStart)));
  Checked("listAllFulfillmentOrders",
          Get(orders + "?nextToken=" + PercentEncode(Text(page.at("payload"), "nextToken"))));
  Checked("listAllFulfillmentOrders", Get(orders + "?nextToken=none"));
  const auto page_2026 = CheckedJson("outbound2026.listOrders", Get(orders_2026));
  Checked("outbound2026.listOrders",
          Get(orders_2026 + "?pageToken=" + PercentEncode(Text(page_2026.at("pagination"), "nextToken"))));
  const auto put = [&](const std::string& target) { return amazon.Handle({"PUT", target, ClientHeaders(), "{}"}); };
  Checked("createFulfillmentOrder", Post(orders, body("Q5", 1)));
  Checked("outbound2026.cancelOrder", put(orders_2026 + "/Q5/cancel"));
  Checked("outbound2026.updateOrder", put(orders_2026 + "/Q5"));
  Checked("updateFulfillmentOrder", put(orders + "/Q5"));
  Checked("cancelFulfillmentOrder", put(orders + "/Q5/cancel"));
  Checked("cancelFulfillmentOrder", put(orders + "/NONE/cancel"));
  Checked("outbound2026.cancelOrder", put(orders_2026 + "/Q5/cancel"));
  Checked("getPackageTrackingDetails", Get("/fba/outbound/2020-07-01/tracking?packageNumber=1000000"));
  Checked("getPackageTrackingDetails", Get("/fba/outbound/2020-07-01/tracking?packageNumber=1"));
  EXPECT_EQ(checked["getPackageTrackingDetails"][200], 1);
  EXPECT_GE(checked["outbound2026.getOrder"][200], 48);
}

TEST_F(ModelTest, Errors_HaveTheModelsShape) {
  Checked("getMarketplaceParticipations", Get("/sellers/v1/marketplaceParticipations"));
  for (const char* fault : {"throttle", "internal-error", "unavailable", "forbidden", "bad-request"}) {
    Control("faults", std::string(R"({"count": 1, "fault": ")") + fault + "\"}");
    Checked("getReport", Get("/reports/2021-06-30/reports/1"));
  }
  EXPECT_EQ(checked["getReport"].size(), 5U);
}

}  // namespace
}  // namespace amazon_sim
