// What a request may look like, where it may go and what is filled in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/errors.h"
#include "host/net/http_service_test_support.h"

namespace quayside {
namespace {

using quayside::plugin::v1::CredentialUse;
using ::testing::HasSubstr;
using ::testing::Not;

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
                           "/a\\b", "/%", "/%4", "/%zz", "/gr\xc3\xb6\xc3\x9f-", "/a/../b", "/..", "/./a", "/a/."}) {
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

}  // namespace
}  // namespace quayside
