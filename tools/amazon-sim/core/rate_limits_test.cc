#include "testing/sim_fixture.h"

namespace amazon_sim {
namespace {

using ThrottleTest = SimFixture;

TEST_F(ThrottleTest, SearchOrders_HasTwentyTokensAndOneMoreEvery179Seconds) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Search(SinceYesterday()).status, 200) << i;
  EXPECT_EQ(Search(SinceYesterday()).status, 429);
  amazon.clock().Advance(178 * kSecond);
  EXPECT_EQ(Search(SinceYesterday()).status, 429);
  amazon.clock().Advance(kSecond);
  EXPECT_EQ(Search(SinceYesterday()).status, 200);
  EXPECT_EQ(Search(SinceYesterday()).status, 429);
}

TEST_F(ThrottleTest, Bucket_HoldsNoMoreThanItsBurst) {
  amazon.clock().Advance(kDay);
  LogIn();
  int served = 0;
  while (Search(SinceYesterday()).status == 200) ++served;
  EXPECT_EQ(served, 20);
}

TEST_F(ThrottleTest, Operations_HaveTheirOwnBuckets) {
  while (Search(SinceYesterday()).status == 200) {
  }
  EXPECT_EQ(Get("/sellers/v1/marketplaceParticipations").status, 200);
}

TEST_F(ThrottleTest, ThrottledAnswer_HasAmazonsShapeAndNoRate) {
  Control("settings", R"({"rate_limits": {"searchOrders": {"burst": 0}}})");
  const Response answer = Search(SinceYesterday());
  EXPECT_EQ(
      answer.body,
      R"({"errors":[{"code":"QuotaExceeded","message":"You exceeded your quota for the requested resource.","details":""}]})");
  EXPECT_EQ(*FindHeader(answer.headers, "x-amzn-ErrorType"), "TooManyRequestsException");
  EXPECT_EQ(FindHeader(answer.headers, "x-amzn-RateLimit-Limit"), nullptr);
  EXPECT_EQ(amazon.world().ledger.Calls("SELLER", "searchOrders").throttled, 1U);
}

TEST_F(ThrottleTest, RefusedInput_CostsAToken) {
  Control("settings", R"({"rate_limits": {"searchOrders": {"burst": 1}}})");
  EXPECT_EQ(Search("").status, 400);
  EXPECT_EQ(Search(SinceYesterday()).status, 429);
}

TEST_F(ThrottleTest, AdvertisedRate_CanDifferFromTheRate) {
  Control("settings", R"({"rate_limits": {"searchOrders": {"rate": 2, "advertised": 0.5}}})");
  EXPECT_EQ(*FindHeader(Search(SinceYesterday()).headers, "x-amzn-RateLimit-Limit"), "0.5");
  Control("settings", R"({"rate_limit_header": false})");
  EXPECT_EQ(FindHeader(Search(SinceYesterday()).headers, "x-amzn-RateLimit-Limit"), nullptr);
}

TEST_F(ThrottleTest, DefaultPlans_AreThePublishedOnes) {
  const auto plan = [](Operation operation) {
    return std::pair(DefaultPlan(operation).rate, DefaultPlan(operation).burst);
  };
  EXPECT_EQ(plan(Operation::kSearchOrders), std::pair(0.0056, 20.0));
  EXPECT_EQ(plan(Operation::kGetOrder), std::pair(0.5, 30.0));
  EXPECT_EQ(plan(Operation::kPatchListingsItem), std::pair(5.0, 5.0));
  EXPECT_EQ(plan(Operation::kGetListingsItem), std::pair(5.0, 5.0));
  EXPECT_EQ(plan(Operation::kSearchListingsItems), std::pair(5.0, 5.0));
  EXPECT_EQ(plan(Operation::kGetMarketplaceParticipations), std::pair(0.016, 15.0));
}

TEST_F(ThrottleTest, ReportAndFeedPlans_AreThePublishedOnes) {
  const std::map<std::string, std::pair<double, double>> published{
      {"createReport", {0.0167, 15}}, {"getReports", {0.0222, 10}},        {"getReport", {2, 15}},
      {"cancelReport", {0.0222, 10}}, {"getReportDocument", {0.0167, 15}}, {"createFeedDocument", {0.5, 15}},
      {"createFeed", {0.0083, 15}},   {"getFeeds", {0.0222, 10}},          {"getFeed", {2, 15}},
      {"cancelFeed", {2, 15}},        {"getFeedDocument", {0.0222, 10}}};
  for (const auto& [name, plan] : published) {
    const UsagePlan found = DefaultPlan(*ParseOperation(name));
    EXPECT_EQ(std::pair(found.rate, found.burst), plan) << name;
  }
}

TEST_F(ThrottleTest, OtherProgram_EatsTheAllowance) {
  const auto served = [&](int asked) {
    int count = 0;
    for (int i = 0; i < asked; ++i) {
      amazon.clock().Advance(kSecond);
      count += Get("/reports/2021-06-30/reports/12").status == 404 ? 1 : 0;
    }
    return count;
  };
  EXPECT_EQ(served(100), 100) << "two a second are allowed";
  Control("other-program", R"({"operation": "getReport", "per_s": 20})");
  const int ours = served(100);
  EXPECT_LT(ours, 15);
  EXPECT_EQ(Get("/orders/2026-01-01/orders/202-1234567-1234567").status, 404) << "another operation, another bucket";
  const auto program = Look("settings").at("other_programs").at(0);
  EXPECT_GT(program.at("refused").to_number<int>(), 1000);
  EXPECT_NEAR(program.at("served").to_number<int>() + ours, 215, 2) << "the burst, and two a second";
  Control("other-program", R"({"operation": "getReport", "per_s": 0})");
  amazon.clock().Advance(10 * kSecond);
  EXPECT_EQ(served(100), 100);
}

TEST_F(ThrottleTest, OtherProgram_IsForgottenAfterALongTimeInNoTime) {
  Load(R"({"listings": [], "other_programs": [{"operation": "getReport", "per_s": 1000000}]})");
  amazon.clock().Advance(365 * kDay);
  LogIn();
  EXPECT_EQ(Get("/reports/2021-06-30/reports/12").status, 429);
}

TEST(RateText, IsWrittenAsAmazonDoes) {
  EXPECT_EQ(RateText(5), "5.0");
  EXPECT_EQ(RateText(0.0056), "0.0056");
}

}  // namespace
}  // namespace amazon_sim
