#include "host/net/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <thread>

#include "host/base/errors.h"
#include "host/net/fake_http_client.h"

namespace quayside {
namespace {

using quayside::plugin::v1::Credential;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kLwa[] = "https://api.amazon.com";
constexpr char kRefresh[] = "Atzr|refresh-value";
constexpr char kClientSecret[] = "secret+value/with=marks";

class MapSecrets final : public SecretSource {
 public:
  absl::StatusOr<std::string> GetSecret(const std::string& account_id, const std::string& name) override {
    const auto found = values.find({account_id, name});
    if (found != values.end()) return found->second;
    return MakeError(absl::StatusCode::kUnauthenticated, Reason::kSecretMissing, "secret '" + name + "' is not set",
                     {{"secret", name}});
  }
  std::map<std::pair<std::string, std::string>, std::string> values;
};

HttpAnswer TokenAnswer(const std::string& token, int expires_in = 3600) {
  return {.status = 200,
          .headers = {},
          .body = R"({"access_token":")" + token + R"(","token_type":"bearer","expires_in":)" +
                  std::to_string(expires_in) + "}"};
}

HttpAnswer OAuthFailure(int status, const std::string& error) {
  return {.status = status,
          .headers = {},
          .body = R"({"error":")" + error + R"(","error_description":"Bad )" + kRefresh + R"( and )" + kClientSecret +
                  R"("})"};
}

class TokensTest : public ::testing::Test {
 protected:
  void SetUp() override {
    lwa_.set_name("lwa");
    lwa_.set_type("oauth2_refresh_token");
    lwa_.set_token_origin("lwa");
    lwa_.set_token_path("/auth/o2/token");
    for (const char* role : {"client_id", "client_secret", "refresh_token"})
      (*lwa_.mutable_secrets())[role] = std::string("my_") + role;
    secrets_.values = {{{"acc", "my_client_id"}, "id-1"},
                       {{"acc", "my_client_secret"}, kClientSecret},
                       {{"acc", "my_refresh_token"}, kRefresh}};
    client_.OnSend([this](const HttpExchange&) { return TokenAnswer("token-" + std::to_string(++made_)); });
  }
  absl::StatusOr<std::string> Get() { return tokens_->Get("acc", lwa_, kLwa, {}); }
  size_t Fetches() const { return client_.sent().size(); }
  // A failure of the endpoint as Get tells it; checks that nothing secret is in it.
  absl::Status Failure(const HttpAnswer& answer) {
    client_.OnSend([answer](const HttpExchange&) { return answer; });
    const absl::Status status = Get().status();
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr(kRefresh)));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr(kClientSecret)));
    return status;
  }

  ManualClock clock_{1'800'000'000 * kSecondUs};
  FakeHttpClient client_;
  MapSecrets secrets_;
  std::atomic<int> made_{0};
  Credential lwa_;
  std::unique_ptr<Tokens> tokens_ = MakeTokens(client_, secrets_, clock_);
};

TEST_F(TokensTest, Get_PostsAnEncodedFormToTheTokenEndpoint) {
  EXPECT_EQ(*Get(), "token-1");
  const HttpExchange exchange = client_.sent().at(0);
  EXPECT_EQ(exchange.method, "POST");
  EXPECT_EQ(exchange.url, "https://api.amazon.com/auth/o2/token");
  EXPECT_EQ(HeaderOf(exchange, "content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(exchange.body,
            "grant_type=refresh_token&refresh_token=Atzr%7Crefresh-value&client_id=id-1&"
            "client_secret=secret%2Bvalue%2Fwith%3Dmarks");
}

TEST_F(TokensTest, ClientCredentials_SendScopeAndNoRefreshToken) {
  lwa_.set_type("oauth2_client_credentials");
  lwa_.set_scope("sellingpartnerapi::notifications");
  EXPECT_TRUE(Get().ok());
  EXPECT_EQ(client_.sent().at(0).body,
            "grant_type=client_credentials&client_id=id-1&client_secret=secret%2Bvalue%2Fwith%3Dmarks&"
            "scope=sellingpartnerapi%3A%3Anotifications");
}

TEST_F(TokensTest, ASecret_IsReadEachTimeAndNeverFetched) {
  Credential key;
  key.set_name("key");
  key.set_type("secret");
  (*key.mutable_secrets())["secret"] = "api_key";
  secrets_.values[{"acc", "api_key"}] = "one";
  EXPECT_EQ(*tokens_->Get("acc", key, "", {}), "one");
  secrets_.values[{"acc", "api_key"}] = "two";
  EXPECT_EQ(*tokens_->Get("acc", key, "", {}), "two");
  EXPECT_EQ(Fetches(), 0u);
}

TEST_F(TokensTest, AToken_IsKeptUntilAMinuteBeforeItExpires) {
  EXPECT_EQ(*Get(), "token-1");
  clock_.Advance(3540 * kSecondUs - 1);
  EXPECT_EQ(*Get(), "token-1");
  clock_.Advance(1);
  EXPECT_EQ(*Get(), "token-2");
}

TEST_F(TokensTest, AShortLivedToken_IsUsedForHalfItsLife) {
  client_.OnSend([this](const HttpExchange&) { return TokenAnswer("token-" + std::to_string(++made_), 30); });
  EXPECT_EQ(*Get(), "token-1");
  clock_.Advance(15 * kSecondUs - 1);
  EXPECT_EQ(*Get(), "token-1");
  clock_.Advance(1);
  EXPECT_EQ(*Get(), "token-2");
}

TEST_F(TokensTest, Lifetime_CountsFromTheRequest_NotFromTheAnswer) {
  client_.OnSend([this](const HttpExchange&) {
    clock_.Advance(10 * kSecondUs);
    return TokenAnswer("token-" + std::to_string(++made_));
  });
  EXPECT_EQ(*Get(), "token-1");
  clock_.Advance(3530 * kSecondUs);
  EXPECT_EQ(*Get(), "token-2");
}

TEST_F(TokensTest, AccountsDoNotShareTokens) {
  for (const auto& [key, value] : std::map(secrets_.values)) secrets_.values[{"acc2", key.second}] = value;
  EXPECT_EQ(*Get(), "token-1");
  EXPECT_EQ(*tokens_->Get("acc2", lwa_, kLwa, {}), "token-2");
}

TEST_F(TokensTest, ManyCallers_ShareOneFetch) {
  std::mutex mutex;
  std::condition_variable changed;
  int waiting = 0;
  client_.OnSend([&](const HttpExchange&) {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return waiting >= 7; });  // the others are inside Get
    return TokenAnswer("shared");
  });
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      // A waiter polls `stop`; the one that fetches hands it to the transport, which does not poll here.
      bool counted = false;
      const auto token = tokens_->Get("acc", lwa_, kLwa, [&] {
        const std::lock_guard<std::mutex> guard(mutex);
        if (!std::exchange(counted, true)) ++waiting;
        changed.notify_all();
        return false;
      });
      if (token.ok() && *token == "shared") ++good;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 8);
  EXPECT_EQ(Fetches(), 1u);
}

TEST_F(TokensTest, AStoppedLeader_LeavesTheFetchToAWaiter) {
  std::atomic<bool> waiter_is_in{false};
  std::atomic<int> fetches{0};
  client_.OnSend([&](const HttpExchange&) -> absl::StatusOr<HttpAnswer> {
    if (++fetches > 1) return TokenAnswer("second");
    while (!waiter_is_in) std::this_thread::yield();
    return absl::CancelledError("stopped");
  });
  absl::StatusOr<std::string> leader;
  std::thread first([&] { leader = Get(); });
  while (fetches == 0) std::this_thread::yield();
  const auto waiter = tokens_->Get("acc", lwa_, kLwa, [&] {
    waiter_is_in = true;
    return false;
  });
  first.join();
  EXPECT_TRUE(absl::IsCancelled(leader.status()));
  ASSERT_TRUE(waiter.ok()) << waiter.status();
  EXPECT_EQ(*waiter, "second");
}

TEST_F(TokensTest, AWaiter_CanBeStopped) {
  std::atomic<bool> fetching{false};
  std::atomic<bool> finish{false};
  client_.OnSend([&](const HttpExchange&) {
    fetching = true;
    while (!finish) std::this_thread::yield();
    return TokenAnswer("late");
  });
  std::thread leader([&] { EXPECT_TRUE(Get().ok()); });
  while (!fetching) std::this_thread::yield();
  EXPECT_TRUE(absl::IsCancelled(tokens_->Get("acc", lwa_, kLwa, [] { return true; }).status()));
  finish = true;
  leader.join();
}

TEST_F(TokensTest, Refusals_TellWhatToDo) {
  for (const auto& [error, remedy] :
       {std::pair("invalid_grant", "authorise again"), std::pair("invalid_client", "client secret"),
        std::pair("unauthorized_client", "authorisation")}) {
    tokens_->Forget("acc");
    const absl::Status status = Failure(OAuthFailure(400, error));
    EXPECT_TRUE(absl::IsUnauthenticated(status)) << status;
    EXPECT_TRUE(HasReason(status, Reason::kCredentialsRefused));
    EXPECT_THAT(std::string(status.message()), HasSubstr(error));
    EXPECT_THAT(std::string(status.message()), HasSubstr(remedy));
    EXPECT_EQ(MetadataOf(status)["credential"], "lwa");
  }
}

TEST_F(TokensTest, ARefusedCredential_IsNotTriedAgainForFiveMinutes) {
  (void)Failure(OAuthFailure(400, "invalid_grant"));
  client_.OnSend([](const HttpExchange&) { return TokenAnswer("fresh"); });
  clock_.Advance(5 * kMinuteUs - 1);
  EXPECT_TRUE(HasReason(Get().status(), Reason::kCredentialsRefused));
  EXPECT_EQ(Fetches(), 1u);
  clock_.Advance(1);
  EXPECT_EQ(*Get(), "fresh");
}

TEST_F(TokensTest, ARefusedCredential_IsTriedAtOnceAfterASecretChanged) {
  (void)Failure(OAuthFailure(401, "invalid_client"));
  client_.OnSend([](const HttpExchange&) { return TokenAnswer("fresh"); });
  tokens_->Forget("acc");
  EXPECT_EQ(*Get(), "fresh");
}

TEST_F(TokensTest, A401WithoutOAuthShape_IsARefusalToo) {
  EXPECT_TRUE(HasReason(Failure({.status = 401, .headers = {}, .body = "<html>"}), Reason::kCredentialsRefused));
}

TEST_F(TokensTest, ServerTrouble_IsUnavailableWithARetryTime) {
  for (const int status : {500, 503, 404, 408}) {
    tokens_->Forget("acc");
    const absl::Status failure = Failure({.status = status, .headers = {}, .body = std::string("oops ") + kRefresh});
    EXPECT_TRUE(absl::IsUnavailable(failure)) << failure;
    EXPECT_TRUE(HasReason(failure, Reason::kHttpFailed));
    EXPECT_EQ(MetadataOf(failure)["retry_at_us"], std::to_string(clock_.Now() + 10 * kSecondUs));
  }
}

TEST_F(TokensTest, Throttling_IsRateLimitedUntilRetryAfter) {
  const absl::Status failure = Failure({.status = 429, .headers = {{"retry-after", "30"}}, .body = ""});
  EXPECT_TRUE(absl::IsUnavailable(failure));
  EXPECT_TRUE(HasReason(failure, Reason::kRateLimited));
  EXPECT_EQ(MetadataOf(failure)["retry_at_us"], std::to_string(clock_.Now() + 30 * kSecondUs));
  clock_.Advance(30 * kSecondUs - 1);
  EXPECT_FALSE(Get().ok());
  EXPECT_EQ(Fetches(), 1u);
  clock_.Advance(1);
  EXPECT_FALSE(Get().ok());
  EXPECT_EQ(Fetches(), 2u);
}

TEST_F(TokensTest, UnusableAnswers_AreUnavailable) {
  for (const char* body :
       {"", "[]", "{}", R"({"access_token":5})", R"({"access_token":""})", "{\"access_token\":\"a\\r\\nX: b\"}"}) {
    tokens_->Forget("acc");
    const absl::Status failure = Failure({.status = 200, .headers = {}, .body = body});
    EXPECT_TRUE(HasReason(failure, Reason::kHttpFailed)) << body;
  }
}

TEST_F(TokensTest, AnErrorCodeThatIsNone_StaysOutOfTheMessage) {
  const absl::Status failure =
      Failure({.status = 400, .headers = {}, .body = std::string(R"({"error":")") + kRefresh + R"("})"});
  EXPECT_TRUE(absl::IsUnavailable(failure)) << failure;
}

TEST_F(TokensTest, TransportFailures_MeanThePluginsRequestDidNotGo) {
  client_.OnSend([](const HttpExchange&) -> absl::StatusOr<HttpAnswer> {
    return MakeError(absl::StatusCode::kUnknown, Reason::kHttpOutcomeUnknown, "the answer was lost");
  });
  const absl::Status failure = Get().status();
  EXPECT_TRUE(absl::IsUnavailable(failure));
  EXPECT_TRUE(HasReason(failure, Reason::kHttpFailed));
  client_.OnSend([](const HttpExchange&) { return TokenAnswer("fresh"); });
  EXPECT_EQ(*Get(), "fresh") << "not remembered";
}

TEST_F(TokensTest, ARedirect_IsRefused) {
  EXPECT_TRUE(HasReason(Failure({.status = 302, .headers = {}, .body = ""}), Reason::kTooManyRedirects));
}

TEST_F(TokensTest, AMissingSecret_IsNamedAndNothingIsSent) {
  secrets_.values.erase({"acc", "my_client_secret"});
  const absl::Status failure = Get().status();
  EXPECT_TRUE(HasReason(failure, Reason::kSecretMissing));
  EXPECT_EQ(MetadataOf(failure)["secret"], "my_client_secret");
  EXPECT_EQ(Fetches(), 0u);
  secrets_.values[{"acc", "my_client_secret"}] = "x";
  EXPECT_TRUE(Get().ok()) << "not remembered";
}

TEST_F(TokensTest, Invalidate_DropsTheTokenThatWasSent_AndNoNewerOne) {
  EXPECT_EQ(*Get(), "token-1");
  tokens_->Invalidate("acc", "lwa", "token-0");
  EXPECT_EQ(*Get(), "token-1");
  tokens_->Invalidate("acc", "lwa", "token-1");
  EXPECT_EQ(*Get(), "token-2");
}

TEST_F(TokensTest, Invalidate_TwiceWithinAMinute_KeepsTheToken) {
  (void)Get();
  tokens_->Invalidate("acc", "lwa", "token-1");
  EXPECT_EQ(*Get(), "token-2");
  tokens_->Invalidate("acc", "lwa", "token-2");
  EXPECT_EQ(*Get(), "token-2");
  clock_.Advance(kMinuteUs);
  tokens_->Invalidate("acc", "lwa", "token-2");
  EXPECT_EQ(*Get(), "token-3");
}

TEST_F(TokensTest, Forget_DuringAFetch_KeepsItsTokenOutOfTheCache) {
  client_.OnSend([this](const HttpExchange&) {
    if (made_ == 0) tokens_->Forget("acc");
    return TokenAnswer("token-" + std::to_string(++made_));
  });
  EXPECT_EQ(*Get(), "token-1");
  EXPECT_EQ(*Get(), "token-2");
  EXPECT_EQ(*Get(), "token-2");
}

TEST_F(TokensTest, AnUnknownType_IsAFaultOfTheManifest) {
  lwa_.set_type("magic");
  EXPECT_TRUE(HasReason(Get().status(), Reason::kPluginRejected));
}

}  // namespace
}  // namespace quayside
