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

// A canary for each way in: what must not be in a cassette stands where a name does.
TEST(RedactionTest, NamesOfMembers_AreJudgedAsTextsAre_AndWhatTheySayIsOfAPerson) {
  EXPECT_EQ(Redacted(R"({"canary@example.com":{"called":"Canary","total":3},"+44 20 7946 0958":[1],"id":"7"})"),
            R"({"***":{"called":"***","total":0},"***_2":[0],"id":"7"})");
  EXPECT_EQ(Redacted(R"({"issued":{"canary-t0ken":true}})", {.secrets = {"canary-t0ken"}}),
            R"({"issued":{"***":true}})");
  EXPECT_EQ(Redacted(R"({"https://s.example/a?X-Signature=canary":1})"), R"({"https://s.example/a?***":0})");
}

TEST(RedactionTest, NamesThatHaveNothingToHide_KeepTheirOrderAndTheirNumber) {
  const std::string body = R"({"b":1,"a":{"***":2,"c":[]},"d":{}})";
  EXPECT_EQ(Redacted(body), body);
  EXPECT_EQ(Redacted(R"({"a@b.co":1,"***":"x","c@d.co":2})"), R"({"***":0,"***_2":"x","***_3":0})");
}

TEST(RedactionTest, WhatAMemberBesideItNames_GoesAsIfItWereCalledSo) {
  EXPECT_EQ(Redacted(R"([{"name":"password","value":"canary"},{"key":"BuyerEmail","value":"canary"},)"
                     R"({"type":"phone","data":7946}])"),
            R"([{"name":"***","value":"***"},{"key":"BuyerEmail","value":"***"},{"type":"phone","data":0}])");
  EXPECT_EQ(Redacted(R"({"type":"ship_to","content":{"line":"canary","country_code":"GB"}})"),
            R"({"type":"ship_to","content":{"line":"***","country_code":"GB"}})");
  const std::string other = R"([{"type":"colour","value":"red"},{"key":"size","value":12,"unit":"cm"}])";
  EXPECT_EQ(Redacted(other), other);
  const std::string kept = R"([{"key":"name","value":"Mug"}])";
  EXPECT_EQ(Redacted(kept, {.keep = {"name"}}), kept);
}

TEST(RedactionTest, Credentials_AreKnownByTheirLastWords_AndAPagesTokenIsNone) {
  EXPECT_EQ(
      Redacted(R"({"lwaClientSecret":"c","restrictedDataToken":"c","x-api-key":"c","aws_secret_access_key":"c"})"),
      R"({"lwaClientSecret":"***","restrictedDataToken":"***","x-api-key":"***","aws_secret_access_key":"***"})");
  const std::string pages = R"({"nextToken":"n","paginationToken":"p","secretary":"s"})";
  EXPECT_EQ(Redacted(pages), pages);
}

TEST(RedactionTest, SeveralPersons_AreAsOne) {
  EXPECT_EQ(Redacted(R"({"customers":[{"called":"canary"}],"people":{"a":"canary"},"statuses":["open"]})"),
            R"({"customers":[{"called":"***"}],"people":{"a":"***"},"statuses":["open"]})");
}

TEST(RedactionTest, ASecretOfDigits_GoesAsANumberToo) {
  EXPECT_EQ(Redacted(R"({"pin":271828,"total":271,"list":[271828]})", {.secrets = {"271828"}}),
            R"({"pin":0,"total":271,"list":[0]})");
}

TEST(RedactionTest, JsonWithinAText_IsJudgedMemberByMember) {
  EXPECT_EQ(Redacted(R"({"Message":"{\"buyerName\":\"canary\",\"id\":7}"})"),
            R"({"Message":"{\"buyerName\":\"***\",\"id\":7}"})");
  const std::string nothing = R"({"Message":"{ \"id\" : 7 }","list":"[1, 2","note":"{x}"})";
  EXPECT_EQ(Redacted(nothing), nothing) << "as it was written";
}

TEST(RedactionTest, WhatItCounts_NamesNobody) {
  Redactor redactor({});
  static_cast<void>(redactor.RedactedBody(R"({"canary@example.com":{"canary+1@example.com":"x"}})"));
  static_cast<void>(redactor.Value("canary@example.com", "+44 20 7946 0958"));
  for (const auto& [name, count] : redactor.hidden()) EXPECT_EQ(name.find("canary"), std::string::npos) << name;
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
