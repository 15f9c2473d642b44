#include "host/net/http_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "host/base/errors.h"
#include "host/net/fake_http_client.h"
#include "host/net/make_http_service.h"

namespace quayside {
namespace {

using quayside::plugin::v1::CredentialUse;
using quayside::plugin::v1::HttpReply;
using quayside::plugin::v1::HttpRequest;
using quayside::plugin::v1::Manifest;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr TimeUs kServiceStart = 1'800'000'000 * kSecondUs;

// Hands out "value-1", "value-2", ... after each invalidation, or what a test sets.
class FakeTokens final : public Tokens {
 public:
  absl::StatusOr<std::string> Get(const std::string&, const quayside::plugin::v1::Credential& credential,
                                  const std::string& base_url, const std::function<bool()>&) override {
    ++gets;
    last_base_url = base_url;
    if (!failure.ok()) return failure;
    if (values.count(credential.name()) != 0) return values[credential.name()];
    return "value-" + std::to_string(generation);
  }
  void Invalidate(const std::string&, const std::string&, const std::string& token) override {
    ++invalidations;
    if (!keeps_token && token == "value-" + std::to_string(generation)) ++generation;
  }
  void Forget(const std::string&) override {}

  absl::Status failure;
  std::map<std::string, std::string> values;
  std::string last_base_url;
  int gets = 0;
  int invalidations = 0;
  int generation = 1;
  bool keeps_token = false;
};

Manifest MakeManifest() {
  Manifest manifest;
  const auto origin = [&](const char* name, const char* url, bool presigned = false) {
    auto* added = manifest.add_origins();
    added->set_name(name);
    added->set_url(url);
    added->set_presigned(presigned);
  };
  origin("eu", "https://sellingpartnerapi-eu.amazon.com");
  origin("lwa", "https://api.amazon.com");
  origin("other", "https://other.example");
  origin("documents", "https://*.amazonaws.com", true);
  const auto credential = [&](const char* name, const char* type) {
    auto* added = manifest.add_credentials();
    added->set_name(name);
    added->set_type(type);
    added->set_token_origin("lwa");
    added->add_origins("eu");
  };
  credential("lwa", "oauth2_refresh_token");
  credential("key", "secret");
  auto* limit = manifest.add_rate_limits();
  limit->set_operation("searchOrders");
  limit->set_rate("0.1");
  limit->set_burst(3);
  limit->set_header("X-Amzn-RateLimit-Limit");
  return manifest;
}

class HttpServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    request_.set_origin("eu");
    request_.set_method("GET");
    request_.set_path("/orders/2026-01-01/orders");
    context_.account_id = "acc";
    context_.manifest = &manifest_;
    context_.stop = [this] { return stop_; };
    client_.OnSend([this](const HttpExchange&) { return answer_; });
  }
  std::unique_ptr<HttpService> Make(std::map<std::string, std::string> origin_map = {}) {
    return MakeHttpService(client_, tokens_, budgets_, clock_,
                           {.origin_map = std::move(origin_map), .user_agent = "Quayside/0.1"});
  }
  absl::StatusOr<HttpReply> Send() { return Make()->Send(request_, context_); }
  void Use(const char* name, CredentialUse::Place place, const char* key) {
    auto* use = request_.add_credentials();
    use->set_name(name);
    use->set_place(place);
    use->set_key(key);
  }
  HttpExchange Sent() { return client_.sent().empty() ? HttpExchange{} : client_.sent().back(); }
  size_t SentCount() const { return client_.sent().size(); }
  double Tokens() { return budgets_.Snapshot("acc").empty() ? -1 : budgets_.Snapshot("acc")[0].tokens; }
  // The request is refused with INVALID_ARGUMENT naming `field`; nothing was asked of anybody.
  void ExpectInvalid(const std::string& field) {
    const absl::Status status = Send().status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << field << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(field));
    EXPECT_EQ(SentCount(), 0u);
    EXPECT_EQ(tokens_.gets, 0);
  }
  void ExpectInvalidHeader(const std::string& name, const std::string& value) {
    request_.clear_headers();
    auto* header = request_.add_headers();
    header->set_name(name);
    header->set_value(value);
    ExpectInvalid("headers[0]");
  }

  Manifest manifest_ = MakeManifest();
  ManualClock clock_{kServiceStart};
  FakeHttpClient client_;
  FakeTokens tokens_;
  RateBudgets budgets_{clock_};
  HttpRequest request_;
  CallContext context_;
  HttpAnswer answer_{.status = 200};
  bool stop_ = false;
};

TEST_F(HttpServiceTest, Send_PutsTheRequestTogether) {
  request_.set_method("POST");
  request_.set_path("/a%20b/c");
  request_.set_body("{\"x\":1}");
  auto* parameter = request_.add_query();
  parameter->set_name("next Token");
  parameter->set_value("a+b/c=&d");
  auto* header = request_.add_headers();
  header->set_name("Content-Type");
  header->set_value("application/json");
  request_.set_timeout_ms(1500);
  request_.set_max_response_bytes(1000);
  ASSERT_TRUE(Send().ok());
  EXPECT_EQ(Sent().method, "POST");
  EXPECT_EQ(Sent().url, "https://sellingpartnerapi-eu.amazon.com/a%20b/c?next%20Token=a%2Bb%2Fc%3D%26d");
  EXPECT_EQ(Sent().body, "{\"x\":1}");
  EXPECT_EQ(HeaderOf(Sent(), "content-type"), "application/json");
  EXPECT_EQ(HeaderOf(Sent(), "user-agent"), "Quayside/0.1");
  EXPECT_EQ(Sent().timeout_us, 1500 * kMillisecondUs);
  EXPECT_EQ(Sent().max_response_bytes, 1000);
}

TEST_F(HttpServiceTest, Send_HandsBackStatusHeadersBodyAndTheServersTime) {
  answer_ = {
      .status = 404,
      .headers = {{"date", "Sun, 06 Nov 1994 08:49:37 GMT"}, {"x-a", "1"}, {"x-a", "2"}, {"set-cookie", "session=1"}},
      .body = "gone"};
  const auto reply = Send();
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->status(), 404);
  EXPECT_EQ(reply->body(), "gone");
  EXPECT_EQ(reply->server_time_us(), 784'111'777 * kSecondUs);
  ASSERT_EQ(reply->headers_size(), 3);
  EXPECT_EQ(reply->headers(2).value(), "2");
}

TEST_F(HttpServiceTest, AGarbledDate_IsNoDate) {
  answer_.headers = {{"date", "yesterday"}};
  EXPECT_EQ(Send()->server_time_us(), 0);
}

TEST_F(HttpServiceTest, Defaults_Are30SecondsAnd16MiB) {
  ASSERT_TRUE(Send().ok());
  EXPECT_EQ(Sent().timeout_us, 30 * kSecondUs);
  EXPECT_EQ(Sent().max_response_bytes, 16 << 20);
}

// Origins

TEST_F(HttpServiceTest, AnUndeclaredOrigin_IsDenied) {
  for (const char* name : {"", "na", "https://sellingpartnerapi-eu.amazon.com", "{{eu}}"}) {
    request_.set_origin(name);
    const absl::Status status = Send().status();
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << name;
    EXPECT_TRUE(HasReason(status, Reason::kOriginDenied));
  }
  EXPECT_EQ(SentCount(), 0u);
}

TEST_F(HttpServiceTest, AMappedOrigin_GoesToItsAddress_AndSoDoesItsTokenEndpoint) {
  Use("lwa", CredentialUse::PLACE_HEADER, "x-amz-access-token");
  const auto service = Make({{"https://sellingpartnerapi-eu.amazon.com", "http://127.0.0.1:1"},
                             {"https://api.amazon.com", "http://127.0.0.1:2"}});
  ASSERT_TRUE(service->Send(request_, context_).ok());
  EXPECT_EQ(Sent().url, "http://127.0.0.1:1/orders/2026-01-01/orders");
  EXPECT_EQ(tokens_.last_base_url, "http://127.0.0.1:2");
}

TEST_F(HttpServiceTest, AnOriginWhoseAddressIsNone_IsDenied) {
  for (const char* url :
       {"https://good.example/path", "https://user@good.example", "good.example", "https://good.example?"}) {
    manifest_.mutable_origins(0)->set_url(url);
    EXPECT_TRUE(HasReason(Send().status(), Reason::kOriginDenied)) << url;
  }
}

TEST_F(HttpServiceTest, APresignedPattern_TakesNeitherRequestsNorCredentials) {
  request_.set_origin("documents");
  ExpectInvalid("presigned");
  manifest_.mutable_credentials(0)->add_origins("documents");
  Use("lwa", CredentialUse::PLACE_HEADER, "x-amz-access-token");
  EXPECT_TRUE(HasReason(Send().status(), Reason::kOriginDenied));
}

// Credentials

TEST_F(HttpServiceTest, NoCredentialLeaves_ToAnOriginItDoesNotList) {
  request_.set_origin("other");
  Use("lwa", CredentialUse::PLACE_HEADER, "x-amz-access-token");
  const absl::Status status = Send().status();
  EXPECT_TRUE(absl::IsPermissionDenied(status));
  EXPECT_TRUE(HasReason(status, Reason::kOriginDenied));
  EXPECT_EQ(tokens_.gets, 0);
  EXPECT_EQ(SentCount(), 0u);
}

TEST_F(HttpServiceTest, AnUndeclaredCredential_IsInvalid) {
  Use("${lwa}", CredentialUse::PLACE_HEADER, "x-amz-access-token");
  ExpectInvalid("'${lwa}'");
}

TEST_F(HttpServiceTest, Header_CarriesTheValueAlone) {
  Use("lwa", CredentialUse::PLACE_HEADER, "x-amz-access-token");
  ASSERT_TRUE(Send().ok());
  EXPECT_EQ(HeaderOf(Sent(), "x-amz-access-token"), "value-1");
  EXPECT_EQ(tokens_.last_base_url, "https://api.amazon.com");
}

TEST_F(HttpServiceTest, AuthorizationHeader_GetsTheBearerSchemeForTokensOnly) {
  Use("lwa", CredentialUse::PLACE_HEADER, "Authorization");
  ASSERT_TRUE(Send().ok());
  EXPECT_EQ(HeaderOf(Sent(), "Authorization"), "Bearer value-1");
  request_.mutable_credentials(0)->set_name("key");
  ASSERT_TRUE(Send().ok());
  EXPECT_EQ(HeaderOf(Sent(), "Authorization"), "value-1");
}

TEST_F(HttpServiceTest, Query_CarriesTheValueEncoded) {
  tokens_.values["key"] = "a&b=c";
  request_.add_query()->set_name("first");
  Use("key", CredentialUse::PLACE_QUERY, "api key");
  ASSERT_TRUE(Send().ok());
  EXPECT_EQ(Sent().url, "https://sellingpartnerapi-eu.amazon.com/orders/2026-01-01/orders?first=&api%20key=a%26b%3Dc");
}

TEST_F(HttpServiceTest, Form_IsAppendedToTheBody) {
  request_.set_method("POST");
  Use("key", CredentialUse::PLACE_FORM, "api_key");
  ASSERT_TRUE(Send().ok());
  EXPECT_EQ(Sent().body, "api_key=value-1");
  EXPECT_EQ(HeaderOf(Sent(), "content-type"), "application/x-www-form-urlencoded");

  request_.set_body("a=b");
  auto* header = request_.add_headers();
  header->set_name("content-type");
  header->set_value("application/x-www-form-urlencoded; charset=utf-8");
  ASSERT_TRUE(Send().ok());
  EXPECT_EQ(Sent().body, "a=b&api_key=value-1");
}

TEST_F(HttpServiceTest, Form_NeedsABodyThatIsOne) {
  request_.set_method("POST");
  request_.set_body("{}");
  Use("key", CredentialUse::PLACE_FORM, "api_key");
  ExpectInvalid("the body is not a form");
  request_.clear_body();
  request_.set_method("GET");
  ExpectInvalid("a form needs a method with a body");
}

TEST_F(HttpServiceTest, Basic_EncodesUserAndSecret) {
  tokens_.values["key"] = "open sesame";
  Use("key", CredentialUse::PLACE_BASIC, "Aladdin");
  ASSERT_TRUE(Send().ok());
  EXPECT_EQ(HeaderOf(Sent(), "authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  tokens_.values["key"] = "Aladdin:open sesame";
  request_.mutable_credentials(0)->clear_key();
  ASSERT_TRUE(Send().ok());
  EXPECT_EQ(HeaderOf(Sent(), "authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST_F(HttpServiceTest, TextThatLooksLikeAPlaceholder_IsNeverTouched) {
  request_.set_method("POST");
  request_.set_path("/$%7Blwa%7D");
  request_.set_body("{{secret}} ${lwa} value");
  auto* parameter = request_.add_query();
  parameter->set_name("q");
  parameter->set_value("{{lwa}}");
  auto* header = request_.add_headers();
  header->set_name("x-note");
  header->set_value("${lwa} {{key}}");
  Use("lwa", CredentialUse::PLACE_HEADER, "x-amz-access-token");
  ASSERT_TRUE(Send().ok());
  EXPECT_EQ(Sent().body, "{{secret}} ${lwa} value");
  EXPECT_EQ(HeaderOf(Sent(), "x-note"), "${lwa} {{key}}");
  EXPECT_EQ(Sent().url, "https://sellingpartnerapi-eu.amazon.com/$%7Blwa%7D?q=%7B%7Blwa%7D%7D");
}

TEST_F(HttpServiceTest, ASecretThatWouldBreakTheHeader_IsRefusedWithoutShowingIt) {
  tokens_.values["key"] = "abc\r\nX-Injected: 1";
  Use("key", CredentialUse::PLACE_HEADER, "x-key");
  const absl::Status status = Send().status();
  EXPECT_TRUE(absl::IsUnauthenticated(status));
  EXPECT_TRUE(HasReason(status, Reason::kCredentialsRefused));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("Injected")));
  EXPECT_EQ(SentCount(), 0u);
}

TEST_F(HttpServiceTest, CredentialFailures_ComeThroughAndCostNoAllowance) {
  request_.set_operation("searchOrders");
  Use("lwa", CredentialUse::PLACE_HEADER, "x-amz-access-token");
  tokens_.failure = MakeError(absl::StatusCode::kUnauthenticated, Reason::kSecretMissing, "not set");
  EXPECT_EQ(Send().status(), tokens_.failure);
  EXPECT_EQ(Tokens(), 3);
}

// Shape of the request

TEST_F(HttpServiceTest, Methods_AreThoseOfTheList) {
  for (const char* method : {"", "get", "CONNECT", "TRACE", "OPTIONS", "GET\r\nX: y", "PROPFIND"}) {
    request_.set_method(method);
    ExpectInvalid("method");
  }
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}) {
    request_.set_method(method);
    EXPECT_TRUE(Send().ok()) << method;
  }
}

TEST_F(HttpServiceTest, Paths_CannotLeaveTheOriginOrTheLine) {
  for (const char* path : {"", "x", "@evil.example/", ".evil.example/", "/a b", "/a\r\nHost: evil", "/a?b=c", "/a#b",
                           "/a\\b", "/%", "/%4", "/%zz",
                           "/gr\xc3\xb6\xc3\x9f"
                           "e",
                           "/a/../b", "/..", "/./a", "/a/."}) {
    request_.set_path(path);
    ExpectInvalid("path");
  }
  request_.set_path(std::string("/a\0b", 4));
  ExpectInvalid("path");
  request_.set_path("/" + std::string(9000, 'a'));
  ExpectInvalid("path");
  for (const char* path : {"/", "/a/b-._~!$&'()*+,;=:@/%2F%2e", "//evil.example/", "/..a/b..", "/a//"}) {
    request_.set_path(path);
    EXPECT_TRUE(Send().ok()) << path;
    EXPECT_EQ(Sent().url, std::string("https://sellingpartnerapi-eu.amazon.com") + path);
  }
}

TEST_F(HttpServiceTest, Headers_CannotInjectOthers) {
  ExpectInvalidHeader("x-a", "1\r\nx-b: 2");
  ExpectInvalidHeader("x-a", "1\n2");
  ExpectInvalidHeader("x-a", std::string("1\0"
                                         "2",
                                         3));
  ExpectInvalidHeader("x-a: 1\r\nx-b", "2");
  ExpectInvalidHeader("x a", "1");
  ExpectInvalidHeader("", "1");
}

TEST_F(HttpServiceTest, Headers_OfTheHostAndOfCredentials_AreReserved) {
  for (const char* name :
       {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer", "Upgrade", "Expect",
        "Accept-Encoding", "User-Agent", "Proxy-Authorization", "Proxy-Connection", "Authorization", "Cookie"}) {
    ExpectInvalidHeader(name, "x");
  }
}

TEST_F(HttpServiceTest, AHeaderName_OccursOnce_AlsoAcrossCredentials) {
  request_.add_headers()->set_name("x-a");
  request_.add_headers()->set_name("X-A");
  ExpectInvalid("headers[1]: the name occurs twice");
  request_.mutable_headers()->RemoveLast();
  Use("key", CredentialUse::PLACE_HEADER, "X-a");
  ExpectInvalid("credentials[0].key");
}

TEST_F(HttpServiceTest, CredentialPlaces_AreChecked) {
  Use("key", CredentialUse::PLACE_UNSPECIFIED, "a");
  ExpectInvalid("credentials[0]");
  const auto expect = [&](CredentialUse::Place place, const std::string& key) {
    request_.mutable_credentials(0)->set_place(place);
    request_.mutable_credentials(0)->set_key(key);
    ExpectInvalid("credentials[0]");
  };
  expect(CredentialUse::PLACE_HEADER, "");
  expect(CredentialUse::PLACE_HEADER, "a\r\nb");
  expect(CredentialUse::PLACE_HEADER, "Host");
  expect(CredentialUse::PLACE_QUERY, "");
  expect(CredentialUse::PLACE_BASIC, "us:er");
}

TEST_F(HttpServiceTest, Limits_AreChecked) {
  request_.set_timeout_ms(-1);
  ExpectInvalid("timeout_ms");
  request_.clear_timeout_ms();
  request_.set_max_response_bytes((int64_t{64} << 20) + 1);
  ExpectInvalid("max_response_bytes");
  request_.set_max_response_bytes(-1);
  ExpectInvalid("max_response_bytes");
  request_.clear_max_response_bytes();
  request_.set_operation("unheardOf");
  ExpectInvalid("operation");
  request_.clear_operation();
  request_.add_query()->set_value("x");
  ExpectInvalid("query[0].name");
}

TEST_F(HttpServiceTest, EveryMistake_IsToldAtOnce) {
  request_.set_method("get");
  request_.set_path("x");
  request_.set_timeout_ms(-1);
  EXPECT_EQ(ViolationsOf(Send().status()).size(), 3u);
}

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
  EXPECT_EQ(MetadataOf(Send().status())["retry_at_us"], std::to_string(kServiceStart + 10 * kSecondUs));
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
