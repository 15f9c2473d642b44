// Clock, scenarios, traffic, and that all of it repeats under a seed.
#include "core/simulator.h"

#include "testing/sim_fixture.h"

namespace amazon_sim {
namespace {

constexpr const char* kBusyDay = R"({
  "seed": 5, "settings": {"rate_limits_enabled": false},
  "listings": [{"generate": {"count": 50, "quantity": [5, 40], "fba_share": 0.2}}],
  "orders": [{"generate": {"count": 60, "from_s": -90000, "to_s": -300}}],
  "faults": [{"fault": "unavailable", "probability": 0.1}],
  "commands": [{"at": 600, "command": "change-quantity", "sku": "SKU-00001", "quantity": 999}],
  "flows": [{"orders_per_hour": 120, "cancel_share": 0.1}]})";

class ScenarioTest : public SimFixture {
 protected:
  // A day of polling; all answers in one text.
  std::string PlayedDay() {
    std::string played;
    for (int i = 0; i < 20; ++i) {
      amazon.clock().Advance(10 * kMinute);
      if (i % 5 == 0)
        played +=
            AskToken("grant_type=refresh_token&refresh_token=Atzr%7Cr&client_id=client&client_secret=secret").body;
      const Response page =
          Search("lastUpdatedAfter=" + Iso8601(kStart - kDay) + "&includedData=FULFILLMENT,BUYER,RECIPIENT,PROCEEDS");
      for (const auto& [name, value] : page.headers) played += name + value;
      played += page.body;
    }
    return played + amazon.Handle({"GET", "/sim/v1/ledger", {}, ""}).body;
  }
  std::string PlayFresh(std::uint64_t seed) {
    amazon.clock().Reset(kStart);
    boost::json::object scenario = boost::json::parse(kBusyDay).get_object();
    scenario["accounts"] = boost::json::parse(R"([{"seller_id": "SELLER", "region": "EU", "marketplaces": ["UK"],
      "client_id": "client", "client_secret": "secret", "refresh_token": "Atzr|r"}])");
    amazon.LoadScenario(scenario, {.seed = seed});
    token = "";
    for (int i = 0; i < 5 && token.empty(); ++i) {
      const Response answer =
          AskToken("grant_type=refresh_token&refresh_token=Atzr%7Cr&client_id=client&client_secret=secret");
      if (answer.status == 200) token = boost::json::parse(answer.body).at("access_token").get_string();
    }
    return PlayedDay();
  }
};

TEST_F(ScenarioTest, SameSeedAndCalls_GiveTheSameBytes) {
  const std::string first = PlayFresh(5);
  EXPECT_EQ(first, PlayFresh(5));
  EXPECT_NE(first, PlayFresh(6));
}

TEST_F(ScenarioTest, Flow_KeepsItsRateAndMovesOrdersOn) {
  Load(R"({"listings": [{"generate": {"count": 20, "quantity": [5000, 6000], "fba_share": 0.3}}],
           "flows": [{"orders_per_hour": 60, "pay_after_s": [60, 120], "ship_after_s": [60, 120]}]})");
  amazon.clock().Advance(10 * kHour);
  amazon.Tick();
  const auto& orders = amazon.world().Book("SELLER").orders();
  EXPECT_NEAR(static_cast<double>(orders.size()), 600, 90);
  std::map<OrderStatus, int> statuses;
  for (const Order& order : orders) ++statuses[order.status];
  EXPECT_GT(statuses[OrderStatus::kShipped], 0) << "Amazon ships its own";
  EXPECT_GT(statuses[OrderStatus::kUnshipped], 0);
  EXPECT_GT(statuses[OrderStatus::kCancelled], 0);
  EXPECT_LT(statuses[OrderStatus::kPending], 10);
}

TEST_F(ScenarioTest, FlowUnderAnyStep_PlacesTheSameOrders) {
  const char* scenario =
      R"({"listings": [{"sku": "F", "fba": true}], "flows": [{"orders_per_hour": 60, "fba_share": 1}]})";
  const auto times = [&](Micros step) {
    amazon.clock().Reset(kStart);
    Load(scenario);
    for (Micros passed = 0; passed < 2 * kHour; passed += step) {
      amazon.clock().Advance(step);
      amazon.Tick();
    }
    std::vector<Micros> created;
    for (const Order& order : amazon.world().Book("SELLER").orders()) created.push_back(order.created);
    return created;
  };
  EXPECT_EQ(times(kMinute), times(2 * kHour)) << "orders carry their own time, not that of the call that saw them";
}

TEST_F(ScenarioTest, TimedCommand_RunsAtItsTime) {
  Load(R"({"listings": [{"sku": "A", "quantity": 1}],
           "commands": [{"at": 60, "command": "change-quantity", "sku": "A", "quantity": 2}]})");
  amazon.clock().Advance(59 * kSecond);
  amazon.Tick();
  EXPECT_EQ(Quantity("A"), 1);
  amazon.clock().Advance(kSecond);
  amazon.Tick();
  EXPECT_EQ(Quantity("A"), 2);
}

TEST_F(ScenarioTest, PastOrders_AreInMixedStatesAndConsistent) {
  Load(R"({"listings": [{"generate": {"count": 100, "quantity": [5, 60], "fba_share": 0.2}}],
           "orders": [{"generate": {"count": 200, "from_s": -259200, "to_s": -60}}]})");
  std::set<OrderStatus> statuses;
  for (const Order& order : amazon.world().Book("SELLER").orders()) {
    statuses.insert(order.status);
    EXPECT_LE(order.created, order.updated);
    EXPECT_LE(order.updated, kStart);
  }
  EXPECT_GE(statuses.size(), 4U);
}

TEST_F(ScenarioTest, WrongScenario_IsRefusedWithItsPlaceAndKeepsTheOldWorld) {
  const auto refusal = [&](const std::string& text) {
    return std::string(
        boost::json::parse(amazon.Handle({"POST", "/sim/v1/scenario", {}, text}).body).at("error").get_string());
  };
  EXPECT_EQ(refusal(R"({"listings": [{"sku": "X"}]})"), "listings[0]: there are no accounts");
  EXPECT_EQ(refusal(R"({"clock": {"base": "tomorrow"}})"), "clock.base must be \"now\" or an ISO 8601 date-time");
  EXPECT_EQ(Quantity("A"), 10);
}

TEST_F(ScenarioTest, Clock_CanBeReadAdvancedAndSped) {
  EXPECT_EQ(Control("clock", R"({"advance_s": 1.5})").at("now_us"), kStart + 1'500'000);
  Micros real = 0;
  SimClock clock(100, 60, [&] { return real; });
  real = 2 * kSecond;
  EXPECT_EQ(clock.Now(), 100 + 2 * kMinute);
  clock.SetSpeed(1);
  real += kSecond;
  EXPECT_EQ(clock.Now(), 100 + 2 * kMinute + kSecond);
  clock.SetSpeed(0);
  real += kHour;
  EXPECT_EQ(clock.Now(), 100 + 2 * kMinute + kSecond);
}

TEST_F(ScenarioTest, TwoSellers_DoNotSeeEachOther) {
  Unthrottle();
  Control("accounts", R"({"seller_id": "OTHER", "region": "NA", "marketplaces": ["US"], "client_id": "c2",
                          "client_secret": "s2", "refresh_token": "Atzr|2"})");
  Control("set-listing", R"({"seller": "OTHER", "sku": "A", "quantity": 77})");
  PlaceOrder(R"({"seller": "OTHER", "skus": ["A"]})");
  LetItShow();
  EXPECT_TRUE(AllOrderIds(SinceYesterday()).empty());
  EXPECT_EQ(Quantity("A"), 10);
}

TEST_F(ScenarioTest, ManyOrdersAndListings_StayQuickToSearch) {
  Load(
      R"({"settings": {"rate_limits_enabled": false}, "listings": [{"generate": {"count": 20000, "quantity": [50, 90]}}],
           "orders": [{"generate": {"count": 40000, "from_s": -2592000, "to_s": -300}}]})");
  EXPECT_EQ(AllOrderIds("lastUpdatedAfter=" + Iso8601(kStart - 2 * kHour)).size(),
            AllOrderIds("lastUpdatedAfter=" + Iso8601(kStart - 2 * kHour) + "&maxResultsPerPage=9").size());
  EXPECT_EQ(amazon.world().Book("SELLER").orders().size(), 40000U);
}

TEST(Iso8601, RoundTripsAndRefusesNonsense) {
  EXPECT_EQ(Iso8601(1'795'430'335'607'032), "2026-11-23T10:38:55.607Z");
  EXPECT_EQ(ParseIso8601("2026-11-23T10:38:55.607Z"), 1'795'430'335'607'000);
  EXPECT_EQ(ParseIso8601("2026-11-23T12:38:55+02:00"), 1'795'430'335'000'000);
  EXPECT_EQ(ParseIso8601("2026-11-23"), 1'795'392'000'000'000);
  for (const char* text :
       {"", "2026-13-01", "2026-02-30", "2026-11-23T25:00:00Z", "2026-11-23T10:00:00", "2026-11-23T10:00:00Zx"}) {
    EXPECT_EQ(ParseIso8601(text), std::nullopt) << text;
  }
  EXPECT_EQ(HttpDate(1'795'430'335'607'032), "Mon, 23 Nov 2026 10:38:55 GMT");
}

TEST_F(ScenarioTest, CallsThatNameTheirTrace_AreRecorded_AndOthersAreNot) {
  Headers headers = ClientHeaders();
  headers.emplace_back("TraceParent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  headers.emplace_back("tracestate", "ours=1");
  const Response answer = amazon.Handle({"GET", "/sellers/v1/marketplaceParticipations", headers, ""});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(Get("/sellers/v1/marketplaceParticipations").status, 200);
  const auto told = Look("ledger?section=traces");
  ASSERT_EQ(told.at("traces_total"), 1);
  const auto& call = told.at("traces").at(0);
  EXPECT_EQ(call.at("operation"), "getMarketplaceParticipations");
  EXPECT_EQ(call.at("status"), 200);
  EXPECT_EQ(call.at("seller"), "SELLER");
  EXPECT_EQ(call.at("traceparent"), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  EXPECT_EQ(call.at("tracestate"), "ours=1");
  EXPECT_EQ(Text(call, "request_id"), *FindHeader(answer.headers, "x-amzn-RequestId"));
}

}  // namespace
}  // namespace amazon_sim
