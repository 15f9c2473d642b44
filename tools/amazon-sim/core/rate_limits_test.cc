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

TEST(RateText, IsWrittenAsAmazonDoes) {
  EXPECT_EQ(RateText(5), "5.0");
  EXPECT_EQ(RateText(0.0056), "0.0056");
}

}  // namespace
}  // namespace amazon_sim
