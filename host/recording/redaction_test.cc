#include "host/recording/redaction.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

std::string Redacted(const std::string& body, RedactionRules rules = {}) {
  Redactor redactor(std::move(rules));
  return redactor.RedactedBody(body).text;
}

TEST(RedactionTest, Members_CalledLikeMarkedFields_LoseTheirValues) {
  EXPECT_EQ(Redacted(R"({"id":"A-1","buyerName":"Ada","e":{"email":"x"},"phone":441234,"total":12})"),
            R"({"id":"A-1","buyerName":"***","e":{"email":"***"},"phone":0,"total":12})");
  EXPECT_EQ(Redacted(R"({"lines":["1 High Street"]})"), R"({"lines":["***"]})");
}

TEST(RedactionTest, WhatIsInAnObject_IsJudgedByItsOwnName) {
  const std::string order =
      R"({"lines":[{"id":"1","sku":"MUG","units":2}],"amount":{"value":"12.50"},"valid_to":"2027-01-31"})";
  EXPECT_EQ(Redacted(order), order);
}

TEST(RedactionTest, AllThatIsSaidOfAPerson_Goes_ButTheCountry) {
  EXPECT_EQ(Redacted(R"({"shipTo":{"a1":"1 High Street","geo":{"lat":51.5},"country_code":"GB","floor":null}})"),
            R"({"shipTo":{"a1":"***","geo":{"lat":0},"country_code":"GB","floor":null}})");
  EXPECT_EQ(Redacted(R"({"billing_address":"1 High Street","postcode":"AB1 2CD"})"),
            R"({"billing_address":"***","postcode":"***"})");
}

TEST(RedactionTest, Patterns_GoWhereverTheyStand) {
  EXPECT_EQ(Redacted(R"({"note":"call +44 20 7946 0958 or ada@example.com"})"), R"({"note":"call *** or ***"})");
  EXPECT_EQ(Redacted("id;mail\n1;ada@example.com\n"), "id;mail\n1;***\n");
}

TEST(RedactionTest, Secrets_GoWhereverTheyStand) {
  EXPECT_EQ(Redacted(R"({"echo":"key=tops3cret!","access_token":"abc"})", {.secrets = {"tops3cret", ""}}),
            R"({"echo":"key=***!","access_token":"***"})");
}

TEST(RedactionTest, APresignedAddress_LosesItsPermission) {
  EXPECT_EQ(Redacted(R"({"url":"https://s.example/a?X-Signature=1","next":"https://s.example/orders?page=2"})"),
            R"({"url":"https://s.example/a?***","next":"https://s.example/orders?page=2"})");
}

TEST(RedactionTest, WhatTheAuthorKeeps_Stays) {
  EXPECT_EQ(Redacted(R"({"name":"Mug","ship_to":{"name":"Ada","city":"Bath"}})", {.keep = {"name"}}),
            R"({"name":"Mug","ship_to":{"name":"Ada","city":"***"}})");
}

TEST(RedactionTest, ANumberBeyondAny_LeavesABodyThatCanBeRead) {
  EXPECT_EQ(Redacted(R"({"total":1e999,"weight":0.5})"), R"({"total":0,"weight":5E-1})");
}

TEST(RedactionTest, CountsWhatItTookOut) {
  Redactor redactor({});
  EXPECT_TRUE(redactor.RedactedBody(R"([{"name":"Ada"},{"name":"Bob"}])").judged);
  EXPECT_FALSE(redactor.RedactedBody("<a/>").judged);
  EXPECT_EQ(redactor.Value("x-request-id", "7"), "7");
  EXPECT_EQ(redactor.Value("email", "x"), "***");
  EXPECT_EQ(redactor.hidden(), (std::map<std::string, int64_t>{{"email", 1}, {"name", 2}}));
}

}  // namespace
}  // namespace quayside
