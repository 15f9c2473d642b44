#include "testing/sim_fixture.h"

namespace amazon_sim {
namespace {

class LoginTest : public SimFixture {
 protected:
  Response SearchAt(const std::string& host) {
    Headers headers = ClientHeaders();
    headers.emplace_back("Host", host);
    return amazon.Handle({"GET", "/orders/2026-01-01/orders?" + SinceYesterday(), headers, ""});
  }
};

std::string OAuthErrorOf(const Response& answer) {
  return std::to_string(answer.status) + " " + std::string(boost::json::parse(answer.body).at("error").get_string());
}

TEST_F(LoginTest, RefreshToken_BuysAnHourLongAccessToken) {
  const Response answer =
      AskToken("grant_type=refresh_token&refresh_token=Atzr%7Cr&client_id=client&client_secret=secret");
  const auto body = boost::json::parse(answer.body);
  EXPECT_EQ(body.at("access_token").get_string().subview(0, 5), "Atza|");
  EXPECT_EQ(body.at("token_type"), "bearer");
  EXPECT_EQ(body.at("expires_in"), 3600);
  EXPECT_EQ(body.at("refresh_token"), "Atzr|r");
}

TEST_F(LoginTest, JsonBody_IsTakenToo) {
  const Response answer = amazon.Handle(
      {"POST",
       "/auth/o2/token",
       {{"content-type", "application/json"}},
       R"({"grant_type":"refresh_token","refresh_token":"Atzr|r","client_id":"client","client_secret":"secret"})"});
  EXPECT_EQ(answer.status, 200);
}

TEST_F(LoginTest, Errors_HaveOAuthShape) {
  EXPECT_EQ(OAuthErrorOf(AskToken("grant_type=refresh_token&refresh_token=no&client_id=client&client_secret=secret")),
            "400 invalid_grant");
  EXPECT_EQ(OAuthErrorOf(AskToken("grant_type=refresh_token&refresh_token=Atzr%7Cr&client_id=client&client_secret=no")),
            "401 invalid_client");
  EXPECT_EQ(OAuthErrorOf(AskToken("grant_type=password&client_id=client&client_secret=secret")),
            "400 unsupported_grant_type");
  EXPECT_EQ(OAuthErrorOf(AskToken("")), "400 invalid_request");
}

TEST_F(LoginTest, RotatedSecret_ReplacesTheOldOneAndKeepsTheRefreshToken) {
  Control("accounts", R"({"seller_id": "SELLER", "region": "EU", "client_id": "client", "client_secret": "new"})");
  const std::string form = "grant_type=refresh_token&refresh_token=Atzr%7Cr&client_id=client&client_secret=";
  EXPECT_EQ(AskToken(form + "secret").status, 401);
  EXPECT_EQ(AskToken(form + "new").status, 200);
}

TEST_F(LoginTest, GrantlessToken_CannotReadOrders) {
  const Response answer = AskToken(
      "grant_type=client_credentials&scope=sellingpartnerapi%3A%3Anotifications&client_id=client&client_secret=secret");
  ASSERT_EQ(answer.status, 200);
  token = boost::json::parse(answer.body).at("access_token").get_string();
  EXPECT_EQ(Search(SinceYesterday()).status, 403);
}

TEST_F(LoginTest, AnotherRegionsEndPoint_RefusesTheToken) {
  for (const char* host : {"sellingpartnerapi-na.amazon.com", "fe.localhost:8080", "NA.localhost"}) {
    EXPECT_EQ(ErrorDetails(SearchAt(host)), "Unauthorized: ") << host;
    EXPECT_EQ(SearchAt(host).status, 403) << host;
  }
  for (const char* host : {"sellingpartnerapi-eu.amazon.com", "eu.localhost:8080", "127.0.0.1:8080"})
    EXPECT_EQ(SearchAt(host).status, 200) << host;
}

TEST_F(LoginTest, AccessToken_ExpiresAfterAnHourOfSimulatedTime) {
  amazon.clock().Advance(3599 * kSecond);
  EXPECT_EQ(Search(SinceYesterday()).status, 200);
  amazon.clock().Advance(kSecond);
  const Response answer = Search(SinceYesterday());
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(ErrorDetails(answer), "Unauthorized: The access token you provided has expired.");
  EXPECT_EQ(*FindHeader(answer.headers, "x-amzn-errortype"), "AccessDeniedException");
}

TEST_F(LoginTest, WrongOrMissingToken_IsDenied) {
  token = "Atza|made-up";
  EXPECT_EQ(Search(SinceYesterday()).status, 403);
  token.clear();
  EXPECT_EQ(Search(SinceYesterday()).status, 403);
}

TEST_F(LoginTest, UserAgent_IsRequiredAndAtMost500Long) {
  Request request{"GET", "/orders/2026-01-01/orders?" + SinceYesterday(), {{"x-amz-access-token", token}}, ""};
  EXPECT_EQ(amazon.Handle(request).status, 400);
  request.headers.emplace_back("User-Agent", std::string(501, 'x'));
  EXPECT_EQ(amazon.Handle(request).status, 400);
  request.headers.back().second.resize(500);
  EXPECT_EQ(amazon.Handle(request).status, 200);
}

TEST_F(LoginTest, SellerInThePath_MustBeTheTokens) {
  EXPECT_EQ(Get(std::string("/listings/2021-08-01/items/OTHER/A?marketplaceIds=") + kUk).status, 403);
}

TEST_F(LoginTest, EveryAnswer_CarriesRequestIdDateAndRate) {
  const Response answer = Search(SinceYesterday());
  EXPECT_EQ(FindHeader(answer.headers, "x-amzn-RequestId")->size(), 36U);
  EXPECT_EQ(*FindHeader(answer.headers, "Date"), HttpDate(amazon.clock().Now()));
  EXPECT_EQ(*FindHeader(answer.headers, "x-amzn-RateLimit-Limit"), "0.0056");
}

}  // namespace
}  // namespace amazon_sim
