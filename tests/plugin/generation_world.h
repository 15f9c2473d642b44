// A generation of a real bundle, in the process of the test or in a runner, without network.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "host/base/errors.h"
#include "host/net/signing.h"
#include "host/plugin/bundle.h"
#include "host/plugin/generation.h"
#include "host/plugin/plugin_loader.h"

namespace quayside {

// For a close that ends.
inline constexpr DurationUs kPatience = 10 * kSecondUs;

// Keeps what is logged.
class KeptLog final : public Logger {
 public:
  void Log(LogLevel, std::string_view message, const std::vector<LogField>& fields) override {
    std::string line(message);
    for (const LogField& field : fields) line += " " + std::string(field.key) + "=" + field.value;
    const std::lock_guard<std::mutex> lock(mutex_);
    lines_.push_back(line);
    changed_.notify_all();
  }
  // Waits, for at most half a minute, until a line holds this text.
  [[nodiscard]] bool Await(const std::string& text) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] {
      for (const std::string& line : lines_) {
        if (line.find(text) != std::string::npos) return true;
      }
      return false;
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

// Answers with the request's path as the body when so many requests are there at the same time.
class MeetingHttp final : public HttpService {
 public:
  explicit MeetingHttp(int expected = 1) : expected_(expected) {}
  absl::StatusOr<quayside::plugin::v1::HttpReply> Send(const quayside::plugin::v1::HttpRequest& request,
                                                       const CallContext&) override {
    std::unique_lock<std::mutex> lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return arrived_ >= expected_; });
    quayside::plugin::v1::HttpReply reply;
    reply.set_status(200);
    reply.set_body(request.path());
    return reply;
  }

 private:
  const int expected_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
};

class GenerationWorld : public ::testing::Test {
 protected:
  GenerationWorld() {
    scratch_ = ::testing::TempDir() + "plugins-" + std::to_string(getpid());
    std::filesystem::create_directories(scratch_);
    runner_.program = QUAYSIDE_TEST_RUNNER;
    runner_.workers = 4;
    runner_.limits.memory_mib = 256;
    runner_.report = [this](const RunnerReport& report) {
      const std::lock_guard<std::mutex> lock(reports_mutex_);
      reports_.push_back(report);
      reported_.notify_all();
    };
  }
  ~GenerationWorld() override {
    generation_.reset();
    std::filesystem::remove_all(scratch_);
  }

  static std::string Bundles() { return QUAYSIDE_TEST_BUNDLES; }
  static std::string Bad(const std::string& name) { return Bundles() + "/bad/" + name; }

  // What loading answers; the generation is generation_.
  absl::Status Load(const std::string& folder, IsolationMode mode) {
    QS_ASSIGN_OR_RETURN(const Bundle bundle, ReadBundle(folder));
    loader_ = MakePluginLoader(log_, {.run_dir = scratch_, .runner = runner_});
    QS_ASSIGN_OR_RETURN(auto plugin, loader_->Load(bundle, ++number_, mode));
    quayside::plugin::v1::Manifest manifest = bundle.manifest;
    manifest.mutable_secrets()->MergeFrom(secrets_declared_);
    generation_ = std::make_unique<Generation>(GenerationParts{.plugin = std::move(plugin),
                                                               .manifest = std::move(manifest),
                                                               .number = number_,
                                                               .workers = 4,
                                                               .clock = clock_,
                                                               .logger = log_,
                                                               .http = *http_,
                                                               .documents = documents_,
                                                               .transfers = nullptr,
                                                               .signing = signing_.get()});
    return absl::OkStatus();
  }

  static quayside::plugin::v1::InstanceConfig Config(const std::map<std::string, std::string>& options = {},
                                                     const std::string& account = "a") {
    quayside::plugin::v1::InstanceConfig config;
    config.set_account_id(account);
    for (const auto& [name, value] : options) (*config.mutable_options())[name] = value;
    return config;
  }

  // On a worker.
  std::future<absl::StatusOr<std::string>> Begin(const quayside::plugin::v1::InstanceConfig& config,
                                                 const char* contract, const char* method, std::string request) {
    auto promise = std::make_shared<std::promise<absl::StatusOr<std::string>>>();
    EXPECT_TRUE(generation_->Submit([this, promise, config, contract, method, request = std::move(request)] {
      promise->set_value(generation_->Call(config, {contract, method, 0, {}}, request));
    }));
    return promise->get_future();
  }
  absl::StatusOr<std::string> Call(const char* method, std::string request = {}) {
    return Begin(Config(), "order_sync/1", method, std::move(request)).get();
  }
  absl::StatusOr<std::string> UpgradeCursor(const std::string& cursor) {
    auto promise = std::make_shared<std::promise<absl::StatusOr<std::string>>>();
    EXPECT_TRUE(generation_->Submit(
        [this, promise, cursor] { promise->set_value(generation_->UpgradeCursor("order_sync/1", cursor)); }));
    return promise->get_future().get();
  }

  // Waits until so many reports of the kind came; all of them, and as many empty ones as are missing.
  std::vector<RunnerReport> AwaitReports(RunnerReport::Kind kind, size_t count) {
    std::vector<RunnerReport> found;
    std::unique_lock<std::mutex> lock(reports_mutex_);
    EXPECT_TRUE(reported_.wait_for(lock, std::chrono::seconds(30), [&] {
      found.clear();
      for (const RunnerReport& report : reports_) {
        if (report.kind == kind) found.push_back(report);
      }
      return found.size() >= count;
    }));
    found.resize(std::max(found.size(), count));
    return found;
  }

  std::string scratch_;
  RunnerOptions runner_;
  KeptLog log_;
  ManualClock clock_{kDayUs};
  std::unique_ptr<HttpService> http_ = std::make_unique<MeetingHttp>();
  NoDocuments documents_;
  std::unique_ptr<SigningService> signing_;  // none: nothing is signed
  // Besides those of the bundle's manifest.
  google::protobuf::RepeatedPtrField<quayside::plugin::v1::Secret> secrets_declared_;
  std::unique_ptr<PluginLoader> loader_;
  std::unique_ptr<Generation> generation_;

 private:
  int64_t number_ = 0;
  std::mutex reports_mutex_;
  std::condition_variable reported_;
  std::vector<RunnerReport> reports_;
};

}  // namespace quayside
