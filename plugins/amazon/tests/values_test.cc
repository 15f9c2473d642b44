// Times, money, URLs and the envelope of a cursor.
#include <gtest/gtest.h>

#include <limits>

#include "client.h"
#include "cursor_codec.h"
#include "errors.h"
#include "fake_amazon.h"
#include "json_fields.h"
#include "money.h"
#include "time_text.h"

namespace quayside::amazon {
namespace {

TEST(TimeText, ReadsWhatAmazonWrites) {
  EXPECT_EQ(ParseTime("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ParseTime("2024-12-25T02:30:00Z"), 1'735'093'800'000'000);
  EXPECT_EQ(ParseTime("2024-12-25T02:30:00.123Z"), 1'735'093'800'123'000);
  EXPECT_EQ(ParseTime("2024-12-25T02:30:00.123456789Z"), 1'735'093'800'123'456);
  EXPECT_EQ(ParseTime("2024-12-25T03:30:00+01:00"), 1'735'093'800'000'000);
  EXPECT_EQ(ParseTime("2024-12-24T23:00:00-0330"), 1'735'093'800'000'000);
  EXPECT_EQ(ParseTime("2024-02-29T00:00:00Z"), 1'709'164'800'000'000);
  EXPECT_EQ(ParseTime("2016-12-31T23:59:60Z"), ParseTime("2017-01-01T00:00:00Z")) << "a leap second";
  EXPECT_EQ(ParseTime("9999-12-31T23:59:59-14:00"), std::nullopt) << "in a year of five digits";
  EXPECT_EQ(ParseTime("0000-01-01T00:00:00+14:00"), std::nullopt);
}

TEST(TimeText, RefusesEverythingElse) {
  for (const char* text :
       {"", "2024-12-25", "2024-12-25T02:30:00", "2024-12-25 02:30:00Z", "2024-13-25T02:30:00Z", "2023-02-29T00:00:00Z",
        "2024-12-25T24:00:00Z", "2024-12-25T02:60:00Z", "2024-12-25T02:30:61Z", "2024-12-25T02:30:00.Z",
        "2024-12-25T02:30:00ZZ", "-024-12-25T02:30:00Z", "2024-12-25T02:30:00+25:00", "2024-12-25T02:30:00+1",
        "TEST_CASE_400", "20241225T023000Z"}) {
    EXPECT_EQ(ParseTime(text), std::nullopt) << text;
  }
}

TEST(TimeText, WritesSecondsAndReadsThemBack) {
  EXPECT_EQ(FormatTime(1'735'093'800'999'999), "2024-12-25T02:30:00Z");
  EXPECT_EQ(FloorSecond(-1), -kSecondUs);
  for (int64_t us = 0; us < 3'000'000'000'000'000; us += 86'399'000'000 * 37) EXPECT_EQ(ParseTime(FormatTime(us)), us);
}

struct Amount {
  const char* text;
  int64_t units;
  int32_t nanos;
};

TEST(MoneyTest, IsExact) {
  for (const Amount& a : {Amount{"19.99", 19, 990'000'000},
                          {"0", 0, 0},
                          {"5980", 5980, 0},
                          {"-0.5", 0, -500'000'000},
                          {"-12.34", -12, -340'000'000},
                          {"0.000000001", 0, 1},
                          {"007.10", 7, 100'000'000},
                          {"0.1", 0, 100'000'000},
                          {"9223372036854775807.999999999", INT64_MAX, 999'999'999}}) {
    const auto money = ParseMoney(a.text, "GBP");
    ASSERT_TRUE(money) << a.text;
    EXPECT_EQ(money->units(), a.units) << a.text;
    EXPECT_EQ(money->nanos(), a.nanos) << a.text;
    EXPECT_EQ(money->currency_code(), "GBP");
  }
}

TEST(MoneyTest, RefusesWhatItCannotHoldExactly) {
  for (const char* text : {"", "-", ".", ".5", "5.", "+5", "1e3", "1,000.00", " 1", "1 ", "0.0000000001",
                           "9223372036854775808", "NaN", "1.2.3", "--1", "0x10", "1.-5"}) {
    EXPECT_FALSE(ParseMoney(text, "GBP")) << text;
  }
  for (const char* currency : {"", "gbp", "GB", "GBPX", "G1P"}) EXPECT_FALSE(ParseMoney("1", currency)) << currency;
}

TEST(MoneyTest, IsWrittenWithTwoDecimalsOrAsManyAsItNeeds) {
  for (const char* text : {"19.99", "0.50", "1234.00", "0.001000001", "-0.05", "-7.25"}) {
    const auto money = ParseMoney(text, "GBP");
    ASSERT_TRUE(money.has_value()) << text;
    EXPECT_EQ(FormatMoney(*money), text);
  }
  EXPECT_EQ(FormatMoney(*ParseMoney("5980", "JPY")), "5980.00");
  EXPECT_EQ(FormatMoney(*ParseMoney("-7,25", "EUR", ','), ','), "-7,25");
  EXPECT_FALSE(ParseMoney("7.25", "EUR", ','));
  pb::Money least;
  least.set_units(std::numeric_limits<int64_t>::min());
  EXPECT_EQ(FormatMoney(least), "-9223372036854775808.00");
}

TEST(MoneyTest, Adds_WithCarryAndMixedSigns) {
  const auto sum = [](const char* a, const char* b) {
    pb::Money total = *ParseMoney(a, "EUR");
    EXPECT_TRUE(AddMoney(total, *ParseMoney(b, "EUR")));
    return std::pair(total.units(), total.nanos());
  };
  EXPECT_EQ(sum("0.60", "0.60"), std::pair(int64_t{1}, 200'000'000));
  EXPECT_EQ(sum("1.00", "-0.25"), std::pair(int64_t{0}, 750'000'000));
  EXPECT_EQ(sum("-1.00", "0.25"), std::pair(int64_t{0}, -750'000'000));
  EXPECT_EQ(sum("-0.75", "-0.75"), std::pair(int64_t{-1}, -500'000'000));
}

TEST(MoneyTest, DoesNotAddOtherCurrenciesOrOverflow) {
  pb::Money total = *ParseMoney("1", "EUR");
  EXPECT_FALSE(AddMoney(total, *ParseMoney("1", "GBP")));
  pb::Money most = *ParseMoney("9223372036854775807.9", "EUR");
  EXPECT_FALSE(AddMoney(most, *ParseMoney("0.2", "EUR")));
  EXPECT_EQ(total.units(), 1);
}

TEST(Client, EncodesSkusForPaths) {
  EXPECT_EQ(EncodeSegment("AB-1_2.3~x"), "AB-1_2.3~x");
  EXPECT_EQ(EncodeSegment("A B/C%D?E#F+G&H"), "A%20B%2FC%25D%3FE%23F%2BG%26H");
  EXPECT_EQ(EncodeSegment("größe"), "gr%C3%B6%C3%9Fe");
}

TEST(CursorCodec, GivesBackWhatItTook) {
  const boost::json::object state{{"n", 7}, {"token", "a+b/c=="}};
  const auto cursor = EncodeCursor(1, "lane", state, 42);
  ASSERT_TRUE(cursor.ok());
  EXPECT_EQ(cursor.value().watermark_us(), 42);
  EXPECT_EQ(DecodeCursor(1, "lane", cursor.value()).value(), state);
}

TEST(CursorCodec, RefusesForeignDamagedAndOversizedCursors) {
  const auto good = EncodeCursor(1, "orders/eu/A1", {{"n", 7}}, 42).value();
  const auto refused = [](const std::string& lane, const pb::Cursor& cursor) {
    auto result = DecodeCursor(1, lane, cursor);
    return !result.ok() && result.error().status == QS_INVALID && result.error().reason == "CURSOR_INVALID";
  };
  EXPECT_TRUE(refused("orders/eu/A2", good)) << "of another account";
  pb::Cursor cursor = good;
  cursor.set_schema(2);
  EXPECT_TRUE(refused("orders/eu/A1", cursor));
  for (size_t i = 0; i < good.state().size(); ++i) {
    cursor = good;
    (*cursor.mutable_state())[i] ^= 1;
    EXPECT_TRUE(refused("orders/eu/A1", cursor)) << "byte " << i;
    cursor.set_state(good.state().substr(0, i));
    EXPECT_TRUE(refused("orders/eu/A1", cursor)) << "cut at " << i;
  }
  cursor.set_state(std::string(70'000, 'x'));
  EXPECT_TRUE(refused("orders/eu/A1", cursor));
}

TEST(CursorCodec, DoesNotWriteMoreThanTheHostStores) {
  EXPECT_FALSE(EncodeCursor(1, "lane", {{"token", std::string(70'000, 'x')}}, 1).ok());
}

TEST(Errors, AreDecidedByStatus) {
  const auto of = [](int status) {
    return ErrorFrom(ErrorReply(status, "AnyCode", "any words"), "getOrder", 1000).status;
  };
  for (const int status : {400, 409, 413, 415, 422}) EXPECT_EQ(of(status), QS_INVALID) << status;
  for (const int status : {408, 429, 500, 502, 503, 504, 302, 206}) EXPECT_EQ(of(status), QS_RETRY) << status;
  for (const int status : {401, 403}) EXPECT_EQ(of(status), QS_AUTH) << status;
  EXPECT_EQ(of(404), QS_NOT_FOUND);
}

TEST(Errors, QuoteCodeMessageAndRequestId) {
  const sdk::Error error = ErrorFrom(ErrorReply(400, "InvalidInput", "bad date"), "searchOrders", 0);
  EXPECT_EQ(error.message, "searchOrders answered HTTP 400, InvalidInput: bad date");
  EXPECT_EQ(error.request_id, "rq-7");
}

TEST(Errors, NeverQuoteABodyThatIsNoErrorList) {
  for (const char* body : {"<html>Jane Doe, 1 High Street</html>", "", "{\"buyer\": \"Jane Doe\"}", "[]",
                           "{\"errors\": [\"Jane Doe\"]}", "{\"errors\": {}}", "{\"errors\": [{\"code\": 7}]}"}) {
    const sdk::Error error = ErrorFrom(sdk::testing::Json(400, body), "searchOrders", 0);
    EXPECT_EQ(error.message, "searchOrders answered HTTP 400") << body;
  }
}

TEST(Errors, ShortenLongMessagesAtACharacter) {
  std::string long_text;
  while (long_text.size() < 1000) long_text += "ü";
  const std::string text = ErrorText(ErrorReply(400, "C", long_text));
  EXPECT_LE(text.size(), 303u);
  EXPECT_EQ(text.substr(text.size() - 5), "ü...");
}

TEST(Errors, ThrottledWait_FollowsTheRateInForce) {
  auto reply = sdk::testing::Json(429, "{}", {{"x-amzn-ratelimit-limit", "2.0"}});
  EXPECT_EQ(ThrottledUntil(reply, "searchOrders", 0), 2'000'000) << "half a second and the margin";
  reply = sdk::testing::Json(429, "{}");
  EXPECT_NEAR(static_cast<double>(ThrottledUntil(reply, "searchOrders", 0)), 180e6, 1e6)
      << "1 / 0.0056 s, by the manifest";
  EXPECT_EQ(ThrottledUntil(reply, "noSuchOperation", 0), 60'000'000);
  reply = sdk::testing::Json(429, "{}", {{"x-amzn-ratelimit-limit", "0.0000001"}});
  EXPECT_LE(ThrottledUntil(reply, "searchOrders", 0), kHour + 2 * kSecond);
}

}  // namespace
}  // namespace quayside::amazon
