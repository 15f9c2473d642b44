// A real plugin in a generation, under the real HTTP service, over a transport that answers from memory.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <string>

#include "host/net/documents.h"
#include "host/net/make_http_service.h"
#include "host/net/transfer/transfers.h"
#include "host/plugin/generation.h"
#include "host/plugin/plugin_loader.h"
#include "host/sync/step.h"

namespace quayside {

class MemoryTransport final : public HttpClient {
 public:
  std::string body;
  absl::StatusOr<HttpAnswer> Send(const HttpExchange& exchange) override;
};

class FixedSecrets final : public SecretSource {
 public:
  absl::StatusOr<std::string> GetSecret(const std::string&, const std::string&) override {
    return std::string("secret");
  }
};

// An account of the Amazon plugin.
[[nodiscard]] quayside::plugin::v1::InstanceConfig AmazonAccount();

struct PluginWorldOptions {
  // Where isolated plugins run; null = in this process.
  const RunnerOptions* runner = nullptr;
  quayside::plugin::v1::InstanceConfig account = AmazonAccount();
  // Services of a plugin of files; null = there are none.
  DocumentService* documents = nullptr;
  TransferService* transfers = nullptr;
};

class PluginWorld final : public PluginCaller {
 public:
  // What the options point to outlives it.
  PluginWorld(const std::string& bundle, const std::string& scratch, const Clock& clock,
              const PluginWorldOptions& options = {});
  // Runs `work` on a worker, like a step.
  void OnWorker(const std::function<void()>& work);
  // [worker]
  absl::StatusOr<std::string> Call(const char* contract, const char* method, const std::string& request) override;
  absl::StatusOr<std::string> UpgradeCursor(const char* contract, const std::string& cursor) override;
  [[nodiscard]] const quayside::plugin::v1::Manifest& manifest() const { return generation_->manifest(); }
  // The plugin's process ends at once; one in this process stays.
  void KillRunner() { plugin_->Kill("the measurement wants it"); }
  MemoryTransport& transport() { return transport_; }
  RateBudgets& budgets() { return budgets_; }
  Logger& logger() { return *logger_; }

 private:
  const Clock& clock_;
  MemoryTransport transport_;
  FixedSecrets secrets_;
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  RateBudgets budgets_;
  std::unique_ptr<Tokens> tokens_;
  std::unique_ptr<HttpService> http_;
  NoDocuments no_documents_;
  std::unique_ptr<PluginLoader> loader_;
  LoadedPlugin* plugin_ = nullptr;  // the generation's
  std::unique_ptr<Generation> generation_;
  std::unique_ptr<InstanceKey> instance_;
};

}  // namespace quayside
