#include "quayside/retry.h"

#include <gtest/gtest.h>

#include "quayside/time.h"

namespace quayside::sdk {
namespace {

constexpr int64_t kNowUs = 784'111'777'000'000;  // Sun, 06 Nov 1994 08:49:37 GMT

pb::HttpReply Reply(int status, const std::string& retry_after = "") {
  pb::HttpReply reply;
  reply.set_status(status);
  if (!retry_after.empty()) {
    reply.add_headers()->set_name("retry-after");
    reply.mutable_headers(0)->set_value(retry_after);
  }
  return reply;
}

TEST(TimeTest, HttpDates_AreRead_AndNothingElse) {
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), kNowUs);
  for (const char* text :
       {"", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nor 1994 08:49:37 GMT", "Sun, 06 ovD 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET", "Sunday, 06-Nov-94 08:49:37 GMT"})
    EXPECT_FALSE(ParseHttpDate(text).has_value()) << text;
}

TEST(RetryTest, TheTimeToComeBack_IsSecondsOrADate) {
  EXPECT_EQ(RetryAtOf(Reply(429), kNowUs), 0);
  EXPECT_EQ(RetryAtOf(Reply(429, "30"), kNowUs), kNowUs + 30 * kSecondUs);
  EXPECT_EQ(RetryAtOf(Reply(429, "999999999999"), kNowUs), kNowUs + kDayUs);
  EXPECT_EQ(RetryAtOf(Reply(429, "soon"), kNowUs), 0);
  EXPECT_EQ(RetryAtOf(Reply(429, "-5"), kNowUs), 0);
  EXPECT_EQ(RetryAtOf(Reply(429, "Sun, 06 Nov 1994 08:50:37 GMT"), kNowUs), kNowUs + 60 * kSecondUs);
  EXPECT_EQ(RetryAtOf(Reply(429, "Sun, 06 Nov 1994 08:48:37 GMT"), kNowUs), 0) << "past";
  // A marketplace whose clock is half a minute ahead.
  pb::HttpReply ahead = Reply(503, "Sun, 06 Nov 1994 08:50:37 GMT");
  ahead.set_server_time_us(kNowUs + 30 * kSecondUs);
  EXPECT_EQ(RetryAtOf(ahead, kNowUs), kNowUs + 30 * kSecondUs);
  // And one whose clock is behind: what is past here is not past there.
  pb::HttpReply behind = Reply(503, "Sun, 06 Nov 1994 08:48:37 GMT");
  behind.set_server_time_us(kNowUs - 90 * kSecondUs);
  EXPECT_EQ(RetryAtOf(behind, kNowUs), kNowUs + 30 * kSecondUs);
}

TEST(RetryTest, AStatus_IsAnError) {
  const struct {
    int http;
    qs_status status;
    const char* reason;
  } cases[] = {{401, QS_AUTH, "CREDENTIALS_REFUSED"},           {403, QS_AUTH, "CREDENTIALS_REFUSED"},
               {404, QS_NOT_FOUND, "NOT_FOUND_AT_MARKETPLACE"}, {422, QS_INVALID, "REQUEST_REFUSED"},
               {408, QS_RETRY, "CHANNEL_UNAVAILABLE"},          {429, QS_RETRY, "THROTTLED"},
               {500, QS_RETRY, "CHANNEL_UNAVAILABLE"},          {302, QS_RETRY, "CHANNEL_UNAVAILABLE"}};
  for (const auto& each : cases) {
    pb::HttpReply reply = Reply(each.http, "7");
    reply.set_body("Ada");
    const Error error = ErrorOf(reply, "GET /orders", kNowUs);
    EXPECT_EQ(error.status, each.status) << each.http;
    EXPECT_EQ(error.reason, each.reason) << each.http;
    const std::string said = "GET /orders answered HTTP " + std::to_string(each.http);
    EXPECT_EQ(error.message,
              each.status == QS_AUTH ? "the marketplace does not accept the credentials: " + said : said);
    EXPECT_EQ(error.retry_at_us, each.status == QS_RETRY ? kNowUs + 7 * kSecondUs : 0);
  }
}

TEST(RetryTest, AWrite_IsGuessedNeitherWay) {
  const auto outcome = [](const Result<pb::HttpReply>& reply) { return OutcomeOf("i", reply, "ref", kNowUs); };
  EXPECT_EQ(outcome(Reply(204)).done().reference(), "ref");
  EXPECT_EQ(outcome(Reply(204)).intent_id(), "i");
  EXPECT_EQ(outcome(Reply(404)).rejected().reason(), "NOT_FOUND_AT_MARKETPLACE");
  EXPECT_EQ(outcome(Reply(409)).rejected().reason(), "REFUSED_BY_MARKETPLACE");
  EXPECT_EQ(outcome(Reply(429, "3")).retry().at_us(), kNowUs + 3 * kSecondUs);
  for (const int status : {302, 408, 500, 503}) EXPECT_TRUE(outcome(Reply(status)).has_unknown()) << status;
  EXPECT_EQ(outcome(Error::RetryAt(9, "RATE_LIMITED", "not now")).retry().at_us(), 9);
  EXPECT_EQ(outcome(Error::Auth("CREDENTIALS_REFUSED", "no")).rejected().reason(), "CREDENTIALS_REFUSED");
  for (const qs_status status : {QS_UNKNOWN, QS_DEADLINE, QS_CANCELLED, QS_INTERNAL})
    EXPECT_TRUE(outcome(Error{status, "R", "m", {}}).has_unknown()) << status;
}

}  // namespace
}  // namespace quayside::sdk
