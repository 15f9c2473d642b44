// A plugin whose calls a test answers, in a real generation with real workers, and the catalog that holds nothing else.
// Where an instance finds its script travels in the account's options, because the ABI's functions take no context:
// accounts of the shop need options().
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "host/plugin/catalog.h"
#include "host/plugin/generation.h"
#include "sdk/include/quayside/plugin.h"

namespace quayside {

struct ShopCall {
  std::string account;
  std::string contract;  // "order_sync/1"
  std::string method;
  std::string request;  // bytes
};

struct ShopAnswer {
  qs_status status = QS_OK;
  std::string bytes;  // of the reply, or of an Error
};

// Where a step of the script stops until the test lets it go on.
class Gate {
 public:
  // [plugin]
  void Pass();
  // Waits until so many have come, whether they have gone on or not.
  void AwaitArrivals(int count);
  // From now on nobody stops here.
  void Open();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrivals_ = 0;
  bool open_ = false;
};

class ScriptedShop final : public PluginCatalog {
 public:
  static constexpr const char* kPlugin = "shop";
  using Script = std::function<ShopAnswer(const ShopCall&)>;

  // Offers orders, listings, quantities, and these contracts.
  ScriptedShop(const Clock& clock, Logger& logger, int workers, const std::vector<std::string>& others = {});
  ~ScriptedShop() override;

  [[nodiscard]] std::map<std::string, std::string> options() const;
  // The well-behaved shop: empty pages up to the present, every quantity accepted, every test passed.
  [[nodiscard]] ShopAnswer Usual(const ShopCall& call) const;
  // From now on; Usual() without one.
  void Follow(Script script);
  // So many calls of this account and contract began ("" = any).
  [[nodiscard]] int CallCount(const std::string& account, const std::string& contract = "") const;
  // Runs whenever somebody asks for the running generation.
  std::function<void()> on_active;

  absl::Status Start() override { return absl::OkStatus(); }
  std::vector<PluginStatus> List() override;
  absl::StatusOr<PluginStatus> Get(const std::string& plugin_id) override;
  absl::StatusOr<BundleInspection> Inspect(const std::string& path) override;
  absl::StatusOr<PluginStatus> Install(const std::string& path, const InstallOptions& options,
                                       const InstallHook& also) override;
  absl::StatusOr<std::shared_ptr<Generation>> Active(const std::string& plugin_id) override;
  // Joins the workers.
  void Stop() override;

  // [plugin]
  ShopAnswer Answer(const ShopCall& call);

 private:
  const Clock& clock_;
  const std::unique_ptr<HttpService> http_;
  NoDocuments documents_;
  quayside::plugin::v1::Manifest manifest_;
  std::shared_ptr<Generation> generation_;
  mutable std::mutex mutex_;
  Script script_;
  std::map<std::pair<std::string, std::string>, int> calls_;  // by account and contract
};

[[nodiscard]] ShopAnswer OrdersPage(TimeUs watermark_us, const std::vector<std::string>& order_ids = {},
                                    bool has_more = false);
[[nodiscard]] ShopAnswer ShopError(qs_status status, const std::string& reason, TimeUs retry_at_us = 0);

}  // namespace quayside
