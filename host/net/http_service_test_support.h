// The service over fakes: a manifest, an account, a clock that stands still, a transport and tokens that a test
// commands.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "host/base/errors.h"
#include "host/net/fake_http_client.h"
#include "host/net/http_service.h"
#include "host/net/make_http_service.h"

namespace quayside {

inline constexpr TimeUs kServiceStart = 1'800'000'000 * kSecondUs;

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

inline quayside::plugin::v1::Manifest MakeManifest() {
  quayside::plugin::v1::Manifest manifest;
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
  absl::StatusOr<quayside::plugin::v1::HttpReply> Send() { return Make()->Send(request_, context_); }
  void Use(const char* name, quayside::plugin::v1::CredentialUse::Place place, const char* key) {
    auto* use = request_.add_credentials();
    use->set_name(name);
    use->set_place(place);
    use->set_key(key);
  }
  HttpExchange Sent() { return client_.sent().empty() ? HttpExchange{} : client_.sent().back(); }
  size_t SentCount() const { return client_.sent().size(); }
  double Tokens() { return budgets_.Snapshot("acc").empty() ? -1 : budgets_.Snapshot("acc")[0].tokens; }
  BudgetStatus Budget() {
    const std::vector<BudgetStatus> all = budgets_.List({.account_id = "acc"});
    return all.empty() ? BudgetStatus{} : all[0];
  }
  // The request is refused with INVALID_ARGUMENT naming `field`; nothing was asked of anybody.
  void ExpectInvalid(const std::string& field) {
    const absl::Status status = Send().status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << field << ": " << status;
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(field));
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

  quayside::plugin::v1::Manifest manifest_ = MakeManifest();
  ManualClock clock_{kServiceStart};
  FakeHttpClient client_;
  FakeTokens tokens_;
  RateBudgets budgets_{clock_};
  quayside::plugin::v1::HttpRequest request_;
  CallContext context_;
  HttpAnswer answer_{.status = 200};
  bool stop_ = false;
};

}  // namespace quayside
