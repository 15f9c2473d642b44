// What the replays share: the plugin, the host's services over one case at a time, and how a case is told.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <optional>

#include "host/base/errors.h"
#include "host/net/documents.h"
#include "host/net/make_http_service.h"
#include "host/plugin/bundle.h"
#include "host/plugin/generation.h"
#include "host/plugin/isolation_for_tests.h"
#include "host/plugin/plugin_loader.h"
#include "tests/sandbox/sandbox_cases.h"

namespace quayside {

constexpr TimeUs kNow = 1'790'000'000'000'000;

// Answers the token call, what is scripted beside the case, and every other call with the case at hand; keeps what was
// asked.
class CaseTransport final : public HttpClient {
 public:
  void Play(const SandboxCase& c) { case_ = &c; }
  // Another call on the way to the case's: exact method, and path without query.
  void Beside(const std::string& method, const std::string& path, int status, std::string body) {
    beside_[method + " " + path] = {status, std::move(body)};
  }
  absl::StatusOr<HttpAnswer> Send(const HttpExchange& exchange) override {
    if (exchange.url.find("/auth/o2/token") != std::string::npos) {
      return HttpAnswer{200,
                        {{"content-type", "application/json"}},
                        R"({"access_token":"Atza|t","token_type":"bearer","expires_in":3600})"};
    }
    last_ = exchange;
    const std::string path = exchange.url.substr(exchange.url.find('/', sizeof "https://"));
    const auto beside = beside_.find(exchange.method + " " + path.substr(0, path.find('?')));
    const bool scripted = beside != beside_.end();
    if (!scripted) asked_ = exchange;
    const std::string body = case_->response.is_null() ? std::string() : boost::json::serialize(case_->response);
    return HttpAnswer{scripted ? beside->second.first : case_->status,
                      {{"content-type", "application/json"}, {"x-amzn-requestid", "sandbox"}},
                      scripted ? beside->second.second : body};
  }
  // The case answers this call again ("GET /path").
  void Leave(const std::string& call) { beside_.erase(call); }
  // Nothing is scripted, nothing was asked.
  void Forget() {
    beside_.clear();
    asked_.reset();
  }
  // The last call the case answered.
  [[nodiscard]] const std::optional<HttpExchange>& asked() const { return asked_; }
  [[nodiscard]] const HttpExchange& last() const { return last_; }

 private:
  const SandboxCase* case_ = nullptr;
  HttpExchange last_;
  std::optional<HttpExchange> asked_;
  std::map<std::string, std::pair<int, std::string>> beside_;
};

// Presigned addresses that take what is uploaded and serve one text.
class CaseDocuments final : public DocumentService {
 public:
  absl::StatusOr<quayside::plugin::v1::DocumentReply> Handle(quayside::plugin::v1::DocumentRequest request,
                                                             const CallContext&) override {
    quayside::plugin::v1::DocumentReply reply;
    if (request.has_send()) {
      sent = request.send();
      reply.mutable_send()->set_http_status(200);
    } else if (request.has_fetch()) {
      fetched = request.fetch();
      reply.mutable_fetch()->set_http_status(200);
      reply.mutable_fetch()->set_size(static_cast<int64_t>(serves.size()));
    } else if (request.has_read()) {
      const auto from = std::min(static_cast<size_t>(request.read().offset()), serves.size());
      reply.mutable_read()->set_data(serves.substr(from));
      reply.mutable_read()->set_next_offset(static_cast<int64_t>(serves.size()));
      reply.mutable_read()->set_end(true);
    } else {
      reply.mutable_release();
    }
    return reply;
  }
  absl::Status ReleaseAccount(const std::string&) override { return absl::OkStatus(); }
  std::string serves;
  quayside::plugin::v1::SendDocument sent;
  quayside::plugin::v1::FetchDocument fetched;
};

class FixedSecrets final : public SecretSource {
 public:
  absl::StatusOr<std::string> GetSecret(const std::string&, const std::string& name) override {
    return "secret-" + name;
  }
};

// The plugin library in a generation of the host's, with the host's HTTP service over the cases; in the process of the
// test, and in a runner.
class SandboxReplay : public ::testing::TestWithParam<IsolationMode> {
 protected:
  void SetUp() override {
    const auto folder = FindAmazonModels();
    if (!folder.has_value()) {
      const char* ci = std::getenv("CI");
      if (ci != nullptr && std::string(ci) == "true") {
        FAIL() << "Amazon's models are missing: set QUAYSIDE_SP_API_MODELS";
      }
      GTEST_SKIP() << "Amazon's models are not here (set QUAYSIDE_SP_API_MODELS): the sandbox cases were not replayed";
    }
    models_ = *folder;
    auto bundle = ReadBundle(QUAYSIDE_AMAZON_BUNDLE);
    ASSERT_TRUE(bundle.ok()) << bundle.status();
    scratch_ = ::testing::TempDir() + "sandbox-" + std::to_string(getpid());
    std::filesystem::create_directories(scratch_);
    loader_ =
        MakePluginLoader(*logger_, {.run_dir = scratch_, .runner = {.program = QUAYSIDE_TEST_RUNNER, .workers = 1}});
    auto plugin = loader_->Load(*bundle, 1, GetParam());
    ASSERT_TRUE(plugin.ok()) << plugin.status();
    generation_ = std::make_unique<Generation>(GenerationParts{.plugin = *std::move(plugin),
                                                               .manifest = bundle->manifest,
                                                               .number = 1,
                                                               .workers = 1,
                                                               .clock = clock_,
                                                               .logger = *logger_,
                                                               .http = *http_,
                                                               .documents = documents_});
    config_.set_account_id("sandbox");
    (*config_.mutable_options())["region"] = "na";
    (*config_.mutable_options())["seller_id"] = "A1SANDBOXSELLER";
    config_.add_marketplaces("ATVPDKIKX0DER");
    config_.set_user_agent("test");
  }

  void TearDown() override {
    generation_.reset();
    std::filesystem::remove_all(scratch_);
  }

  template <typename Reply, typename Request>
  absl::StatusOr<Reply> Call(const SandboxCase& c, const char* contract, const char* method, const Request& request) {
    transport_.Play(c);
    std::promise<absl::StatusOr<Reply>> promise;
    auto future = promise.get_future();
    EXPECT_TRUE(generation_->Submit([&] {
      promise.set_value(
          generation_->CallTyped<Reply>(config_, {contract, method, clock_.Now() + kMinuteUs, {}}, request));
    }));
    return future.get();
  }

  std::string models_;
  std::string scratch_;
  ManualClock clock_{kNow};
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  CaseTransport transport_;
  FixedSecrets secrets_;
  RateBudgets budgets_{clock_};
  std::unique_ptr<Tokens> tokens_ = MakeTokens(transport_, secrets_, clock_);
  std::unique_ptr<HttpService> http_ =
      MakeHttpService(transport_, *tokens_, budgets_, clock_, {.user_agent = "Quayside test"});
  CaseDocuments documents_;
  std::unique_ptr<PluginLoader> loader_;
  std::unique_ptr<Generation> generation_;
  quayside::plugin::v1::InstanceConfig config_;
};

inline std::string TextAt(const boost::json::value& value, const char* pointer) {
  boost::system::error_code error;
  const boost::json::value* found = value.find_pointer(pointer, error);
  return found == nullptr || !found->is_string() ? "" : std::string(found->as_string());
}

// Prints a case that is of no use, with the reason.
inline void TellNotUsed(const SandboxCase& c, const std::string& reason) {
  std::printf("not used: %s %d %s: %s\n", c.operation.c_str(), c.status, boost::json::serialize(c.trigger).c_str(),
              reason.c_str());
}

inline std::string NameOf(const SandboxCase& c) {
  return c.operation + " " + std::to_string(c.status) + " " + boost::json::serialize(c.trigger);
}

}  // namespace quayside
