#include "tests/bench/plugin_world.h"

#include <stdexcept>

#include "host/plugin/bundle.h"

namespace quayside {

absl::StatusOr<HttpAnswer> MemoryTransport::Send(const HttpExchange& exchange) {
  if (exchange.url.find("/auth/o2/token") != std::string::npos) {
    return HttpAnswer{200, {}, R"({"access_token":"Atza|t","token_type":"bearer","expires_in":36000000})"};
  }
  // A rate no run exhausts: what is measured is the work, not the allowance.
  return HttpAnswer{200, {{"x-amzn-ratelimit-limit", "100000"}}, body};
}

quayside::plugin::v1::InstanceConfig AmazonAccount() {
  quayside::plugin::v1::InstanceConfig config;
  config.set_account_id("bench");
  (*config.mutable_options())["region"] = "eu";
  (*config.mutable_options())["seller_id"] = "A1BENCHSELLER1";
  config.add_marketplaces("A1F83G8C2ARO7P");
  return config;
}

PluginWorld::PluginWorld(const std::string& bundle_folder, const std::string& scratch, const Clock& clock,
                         const PluginWorldOptions& options)
    : clock_(clock), budgets_(clock) {
  const auto bundle = ReadBundle(bundle_folder);
  if (!bundle.ok()) throw std::runtime_error(bundle.status().ToString());
  PluginLoaderOptions loading{.run_dir = scratch};
  if (options.runner != nullptr) loading.runner = *options.runner;
  // A quarantine would end the measurement of restarts.
  loading.runner.restart = {.quarantine_crashes = 1'000'000, .first_delay_us = 0};
  loader_ = MakePluginLoader(*logger_, loading);
  auto plugin =
      loader_->Load(*bundle, 1, options.runner != nullptr ? IsolationMode::kIsolated : IsolationMode::kInProcess);
  if (!plugin.ok()) throw std::runtime_error(plugin.status().ToString());
  plugin_ = plugin->get();
  tokens_ = MakeTokens(transport_, secrets_, clock_);
  http_ = MakeHttpService(transport_, *tokens_, budgets_, clock_, {.user_agent = "bench"});
  generation_ = std::make_unique<Generation>(
      GenerationParts{.plugin = *std::move(plugin),
                      .manifest = bundle->manifest,
                      .number = 1,
                      .workers = 1,
                      .clock = clock_,
                      .logger = *logger_,
                      .http = *http_,
                      .documents = options.documents != nullptr ? *options.documents : no_documents_,
                      .transfers = options.transfers});
  instance_ = std::make_unique<InstanceKey>(options.account);
}

void PluginWorld::OnWorker(const std::function<void()>& work) {
  std::promise<void> done;
  if (!generation_->Submit([&] {
        work();
        done.set_value();
      })) {
    throw std::runtime_error("the generation is closed");
  }
  done.get_future().wait();
}

absl::StatusOr<std::string> PluginWorld::Call(const char* contract, const char* method, const std::string& request) {
  return generation_->Call(*instance_, {contract, method, clock_.Now() + kHourUs, {}}, request);
}

absl::StatusOr<std::string> PluginWorld::UpgradeCursor(const char* contract, const std::string& cursor) {
  return generation_->UpgradeCursor(contract, cursor);
}

}  // namespace quayside
