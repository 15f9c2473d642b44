// The order of checks, allowances, refused tokens, redirects, stops and deadlines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/net/http_service_test_support.h"

namespace quayside {
namespace {

using quayside::plugin::v1::CredentialUse;
using ::testing::HasSubstr;

// Order of checks

TEST_F(HttpServiceTest, ChecksFollowTheirOrder) {
  request_.set_origin("nowhere");
  request_.set_method("get");
  request_.set_operation("searchOrders");
  Use("lwa", CredentialUse::PLACE_HEADER, "x-amz-access-token");
  tokens_.failure = MakeError(absl::StatusCode::kUnauthenticated, Reason::kCredentialsRefused, "refused");
  stop_ = true;
  budgets_.Declare("acc", "searchOrders", 0.1, 3);
  while (!budgets_.Take("acc", "searchOrders")) {
  }
  EXPECT_TRUE(HasReason(Send().status(), Reason::kOriginDenied)) << "1: the origin";
  request_.set_origin("other");
  EXPECT_TRUE(HasReason(Send().status(), Reason::kOriginDenied)) << "2: credentials there";
  request_.set_origin("eu");
  EXPECT_TRUE(HasReason(Send().status(), Reason::kInvalidArgument)) << "3: the request itself";
  request_.set_method("GET");
  EXPECT_TRUE(absl::IsCancelled(Send().status())) << "4: the lane";
  stop_ = false;
  EXPECT_TRUE(HasReason(Send().status(), Reason::kRateLimited)) << "5: the allowance";
  EXPECT_EQ(tokens_.gets, 0);
  clock_.Advance(10 * kSecondUs);
  EXPECT_TRUE(HasReason(Send().status(), Reason::kCredentialsRefused)) << "6: the credentials";
  EXPECT_EQ(SentCount(), 0u);
  tokens_.failure = absl::OkStatus();
  EXPECT_TRUE(Send().ok()) << "the failed attempts cost nothing";
}

// Allowance

TEST_F(HttpServiceTest, AnEmptyAllowance_SendsNothingAndSaysWhen) {
  request_.set_operation("searchOrders");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Send().ok());
  const absl::Status status = Send().status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_TRUE(HasReason(status, Reason::kRateLimited));
  EXPECT_EQ(MetadataOf(status)["retry_at_us"], std::to_string(kServiceStart + 10 * kSecondUs));
  EXPECT_EQ(SentCount(), 3u);
  clock_.Advance(10 * kSecondUs);
  EXPECT_TRUE(Send().ok());
}

TEST_F(HttpServiceTest, WithoutAnOperation_NothingIsCounted) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Send().ok());
  EXPECT_TRUE(budgets_.Snapshot("acc").empty());
}

TEST_F(HttpServiceTest, A429_EmptiesTheAllowance_AndIsHandedToThePlugin) {
  request_.set_operation("searchOrders");
  answer_ = {.status = 429, .headers = {}, .body = "slow down"};
  const auto reply = Send();
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->status(), 429);
  EXPECT_EQ(reply->body(), "slow down");
  EXPECT_EQ(MetadataOf(Send().status())["retry_at_us"], std::to_string(kServiceStart + 11'111'112));
  EXPECT_EQ(Budget().record.share, 0.9) << "nobody here has used it up";
}

TEST_F(HttpServiceTest, AfterA429_TheShareGrowsWithWhatIsServed_AndWithNothingElse) {
  request_.set_operation("searchOrders");
  const auto share_after = [&](int status) {
    clock_.Advance(kMinuteUs);
    answer_.status = status;
    EXPECT_TRUE(Send().ok());
    return Budget().record.share;
  };
  const double lowered = share_after(429);
  for (const int status : {500, 503, 401, 403}) EXPECT_EQ(share_after(status), lowered) << status;
  double share = lowered;
  for (const int status : {200, 202, 400, 404})
    EXPECT_GT(share_after(status), std::exchange(share, Budget().record.share));
}

TEST_F(HttpServiceTest, CallsAreCountedForTheirLane_UnlessTheyDidNotGo) {
  request_.set_operation("searchOrders");
  context_.lane_id = "acc.orders";
  EXPECT_TRUE(Send().ok());
  context_.lane_id.clear();
  EXPECT_TRUE(Send().ok());
  context_.lane_id = "acc.listings";
  client_.OnSend(
      [](const HttpExchange&) { return MakeError(absl::StatusCode::kUnavailable, Reason::kHttpFailed, "refused"); });
  EXPECT_FALSE(Send().ok());
  std::vector<std::string> users;
  for (const LaneUsage& user : Budget().used_by) users.push_back(Concat(user.lane_id, " ", user.last_hour));
  EXPECT_THAT(users, ::testing::ElementsAre(" 1", "acc.orders 1"));
}

TEST_F(HttpServiceTest, TheStatedRate_IsTakenUp_AndGarbageIsNot) {
  request_.set_operation("searchOrders");
  const auto rate_after = [&](const std::string& value) {
    clock_.Advance(kHourUs);
    answer_.headers = {{"x-amzn-ratelimit-limit", value}};
    EXPECT_TRUE(Send().ok());
    return budgets_.Snapshot("acc")[0].rate_per_second;
  };
  EXPECT_EQ(rate_after("0.5"), 0.5);
  EXPECT_EQ(rate_after(" 0.0056 "), 0.0056);
  for (const char* garbage : {"", "fast", "-1", "0", "1e3", "0x10", "nan", "inf", "1.5.2", "0.5, 0.6", "99999999999",
                              "0.0000001", "+1", ".5"}) {
    EXPECT_EQ(rate_after(garbage), 0.0056) << garbage;
  }
}

TEST_F(HttpServiceTest, AThrottledAnswerThatStatesARate_BlocksByThatRate) {
  request_.set_operation("searchOrders");
  answer_ = {.status = 429, .headers = {{"x-amzn-ratelimit-limit", "0.05"}}};
  ASSERT_TRUE(Send().ok());
  EXPECT_EQ(MetadataOf(Send().status())["retry_at_us"], std::to_string(kServiceStart + 20 * kSecondUs));
  EXPECT_EQ(Budget().record.share, 1) << "the rate was wrong; nobody else is to blame";
}

TEST_F(HttpServiceTest, WithoutAHeader_ANewManifestsRateCountsAtOnce) {
  manifest_.mutable_rate_limits(0)->clear_header();
  request_.set_operation("searchOrders");
  EXPECT_TRUE(Send().ok());
  manifest_.mutable_rate_limits(0)->set_rate("2");
  EXPECT_TRUE(Send().ok());
  EXPECT_EQ(budgets_.Snapshot("acc")[0].rate_per_second, 2);
}

TEST_F(HttpServiceTest, ARequestThatDidNotGo_CostsNothing_OneThatMayHaveGoneDoes) {
  request_.set_operation("searchOrders");
  client_.OnSend(
      [](const HttpExchange&) { return MakeError(absl::StatusCode::kUnavailable, Reason::kHttpFailed, "refused"); });
  const absl::Status failed = Send().status();
  EXPECT_TRUE(absl::IsUnavailable(failed));
  EXPECT_TRUE(HasReason(failed, Reason::kHttpFailed));
  EXPECT_EQ(Tokens(), 3);
  client_.OnSend(
      [](const HttpExchange&) { return MakeError(absl::StatusCode::kUnknown, Reason::kHttpOutcomeUnknown, "lost"); });
  const absl::Status lost = Send().status();
  EXPECT_EQ(lost.code(), absl::StatusCode::kUnknown);
  EXPECT_TRUE(HasReason(lost, Reason::kHttpOutcomeUnknown));
  EXPECT_EQ(Tokens(), 2);
}

// Refused tokens

class RefusedTokenTest : public HttpServiceTest {
 protected:
  void SetUp() override {
    HttpServiceTest::SetUp();
    request_.set_operation("searchOrders");
    Use("lwa", CredentialUse::PLACE_HEADER, "x-amz-access-token");
    client_.OnSend([](const HttpExchange& exchange) -> absl::StatusOr<HttpAnswer> {
      return HttpAnswer{.status = HeaderOf(exchange, "x-amz-access-token") == "value-1" ? 403 : 200};
    });
  }
};

TEST_F(RefusedTokenTest, IsRenewed_AndTheRequestRepeatedOnce) {
  const auto reply = Send();
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->status(), 200);
  EXPECT_EQ(SentCount(), 2u);
  EXPECT_EQ(Tokens(), 1) << "two requests cost two";
}

TEST_F(RefusedTokenTest, RefusedAgain_IsHandedToThePlugin) {
  client_.OnSend([](const HttpExchange&) { return HttpAnswer{.status = 401}; });
  EXPECT_EQ(Send()->status(), 401);
  EXPECT_EQ(SentCount(), 2u);
}

TEST_F(RefusedTokenTest, WithNothingFresher_IsHandedToThePluginAtOnce) {
  tokens_.keeps_token = true;
  EXPECT_EQ(Send()->status(), 403);
  EXPECT_EQ(SentCount(), 1u);
  EXPECT_EQ(Tokens(), 2);
}

TEST_F(RefusedTokenTest, WithoutAllowanceForTheRepeat_SaysWhen) {
  budgets_.Declare("acc", "searchOrders", 0.1, 3);
  (void)budgets_.Take("acc", "searchOrders");
  (void)budgets_.Take("acc", "searchOrders");
  const absl::Status status = Send().status();
  EXPECT_TRUE(HasReason(status, Reason::kRateLimited));
  EXPECT_EQ(SentCount(), 1u);
  clock_.Advance(10 * kSecondUs);
  EXPECT_EQ(Send()->status(), 200) << "the fresh token is used";
}

TEST_F(RefusedTokenTest, WhenTheRenewalIsRefused_SaysSo) {
  client_.OnSend([this](const HttpExchange&) {
    tokens_.failure = MakeError(absl::StatusCode::kUnauthenticated, Reason::kCredentialsRefused, "invalid_grant");
    return HttpAnswer{.status = 403};
  });
  EXPECT_TRUE(HasReason(Send().status(), Reason::kCredentialsRefused));
}

TEST_F(RefusedTokenTest, WithAPlainSecretOnly_IsNotRepeated) {
  request_.mutable_credentials(0)->set_name("key");
  EXPECT_EQ(Send()->status(), 403);
  EXPECT_EQ(SentCount(), 1u);
  EXPECT_EQ(tokens_.invalidations, 0);
}

TEST_F(RefusedTokenTest, AfterTheLaneWasLost_IsNotRepeated) {
  client_.OnSend([this](const HttpExchange&) {
    stop_ = true;
    return HttpAnswer{.status = 403};
  });
  EXPECT_TRUE(absl::IsCancelled(Send().status()));
  EXPECT_EQ(SentCount(), 1u);
}

// Redirects, limits, stop, deadline

TEST_F(HttpServiceTest, Redirects_AreNotFollowed) {
  for (const int status : {301, 302, 303, 307, 308}) {
    answer_ = {.status = status, .headers = {{"location", "https://evil.example/"}}};
    const absl::Status failure = Send().status();
    EXPECT_TRUE(absl::IsFailedPrecondition(failure));
    EXPECT_TRUE(HasReason(failure, Reason::kTooManyRedirects));
    EXPECT_THAT(std::string(failure.message()), HasSubstr("the origin redirects; redirects are not followed"));
  }
  answer_.status = 304;
  EXPECT_EQ(Send()->status(), 304);
}

TEST_F(HttpServiceTest, FailuresOfTheTransport_ComeThrough) {
  for (const absl::Status& failure :
       {MakeError(absl::StatusCode::kResourceExhausted, Reason::kResponseTooLarge, "large"),
        absl::CancelledError("stopped")}) {
    client_.OnSend([&](const HttpExchange&) { return failure; });
    EXPECT_EQ(Send().status(), failure);
  }
}

TEST_F(HttpServiceTest, AStop_IsPassedToTheTransport) {
  ASSERT_TRUE(Send().ok());
  ASSERT_TRUE(Sent().stop);
  EXPECT_FALSE(Sent().stop());
  stop_ = true;
  EXPECT_TRUE(Sent().stop());
}

TEST_F(HttpServiceTest, ALaneLostWhileTheTokenWasFetched_SendsNothing) {
  request_.set_operation("searchOrders");
  int asked = 0;
  context_.stop = [&] { return ++asked > 1; };  // the first look passes, the one before sending does not
  EXPECT_TRUE(absl::IsCancelled(Send().status()));
  EXPECT_EQ(SentCount(), 0u);
  EXPECT_EQ(Tokens(), 3);
}

TEST_F(HttpServiceTest, APassedDeadline_SendsNothing) {
  request_.set_operation("searchOrders");
  context_.deadline_us = kServiceStart;
  const absl::Status status = Send().status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_TRUE(HasReason(status, Reason::kDeadlineExceeded));
  EXPECT_EQ(SentCount(), 0u);
}

TEST_F(HttpServiceTest, TheTimeout_NeverReachesBeyondTheDeadline) {
  context_.deadline_us = kServiceStart + 2 * kSecondUs;
  ASSERT_TRUE(Send().ok());
  EXPECT_EQ(Sent().timeout_us, 2 * kSecondUs);
  request_.set_timeout_ms(500);
  ASSERT_TRUE(Send().ok());
  EXPECT_EQ(Sent().timeout_us, 500 * kMillisecondUs);
}

TEST_F(HttpServiceTest, TheDeadline_IsTurnedIntoRealTime) {
  const ScaledClock fast(kServiceStart, 100);
  const auto service = MakeHttpService(client_, tokens_, budgets_, fast, {});
  context_.deadline_us = kServiceStart + kMinuteUs;
  ASSERT_TRUE(service->Send(request_, context_).ok());
  EXPECT_LE(Sent().timeout_us, 600 * kMillisecondUs);
}

TEST_F(HttpServiceTest, ADeadlineThatPassedBeforeSending_IsToldAsSuch_AfterwardsTheOutcomeIsUnknown) {
  context_.deadline_us = kServiceStart + kSecondUs;
  client_.OnSend([this](const HttpExchange&) {
    clock_.Advance(kSecondUs);
    return MakeError(absl::StatusCode::kUnavailable, Reason::kHttpFailed, "no connection in time");
  });
  EXPECT_TRUE(absl::IsDeadlineExceeded(Send().status()));
  context_.deadline_us = clock_.Now() + kSecondUs;
  client_.OnSend([this](const HttpExchange&) {
    clock_.Advance(kSecondUs);
    return MakeError(absl::StatusCode::kUnknown, Reason::kHttpOutcomeUnknown, "no answer in time");
  });
  EXPECT_TRUE(HasReason(Send().status(), Reason::kHttpOutcomeUnknown));
}

}  // namespace
}  // namespace quayside
