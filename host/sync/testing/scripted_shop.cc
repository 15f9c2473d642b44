#include "host/sync/testing/scripted_shop.h"

#include <cstring>
#include <utility>

#include "host/base/errors.h"
#include "host/plugin/in_process_plugin.h"
#include "host/plugin/library.h"
#include "quayside/plugin/v1/inventory_push.pb.h"
#include "quayside/plugin/v1/listing_sync.pb.h"
#include "quayside/plugin/v1/order_sync.pb.h"

struct qs_instance {
  quayside::ScriptedShop* shop = nullptr;
  std::string account;
};

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr char kShopOption[] = "shop";

qs_status CreateShop(const qs_host*, qs_bytes bytes, qs_instance** instance, qs_sink*) {
  pb::InstanceConfig config;
  if (!config.ParseFromArray(bytes.data, static_cast<int>(bytes.size))) return QS_INVALID;
  const auto address = static_cast<uintptr_t>(std::stoull(config.options().at(kShopOption)));
  *instance = new qs_instance{reinterpret_cast<ScriptedShop*>(address), config.account_id()};
  return QS_OK;
}

qs_status CallShop(qs_instance* instance, const qs_call* call, qs_sink* reply) {
  const ShopAnswer answer =
      instance->shop->Answer({instance->account, call->contract, call->method,
                              std::string(reinterpret_cast<const char*>(call->request.data), call->request.size)});
  uint8_t* room = reply->reserve(reply->ctx, answer.bytes.size());
  if (room != nullptr) std::memcpy(room, answer.bytes.data(), answer.bytes.size());
  return answer.status;
}

constexpr qs_plugin kShopTable = {sizeof(qs_plugin),
                                  QS_ABI_MINOR,
                                  ScriptedShop::kPlugin,
                                  "1.0.0",
                                  [](qs_sink*) -> qs_status { return QS_OK; },
                                  &CreateShop,
                                  &CallShop,
                                  [](const char*, qs_bytes, qs_sink*) -> qs_status { return QS_INVALID; },
                                  [](qs_instance* instance) { delete instance; },
                                  [] {}};

class ShopLibrary final : public PluginLibrary {
 public:
  [[nodiscard]] const qs_plugin& table() const override { return kShopTable; }
  [[nodiscard]] const std::string& path() const override { return path_; }
  absl::Status Unload() override { return absl::OkStatus(); }

 private:
  const std::string path_ = "part of the test";
};

class NoNetwork final : public HttpService {
 public:
  absl::StatusOr<pb::HttpReply> Send(const pb::HttpRequest&, const CallContext&) override {
    return absl::UnimplementedError("the scripted shop has no network");
  }
};

pb::Manifest ShopManifest(const std::vector<std::string>& others) {
  pb::Manifest manifest;
  manifest.set_id(ScriptedShop::kPlugin);
  manifest.set_version("1.0.0");
  manifest.set_config_schema(R"({"type": "object", "properties": {"shop": {"type": "string"}}})");
  std::vector<std::string> ids = {"order_sync/1", "listing_sync/1", "inventory_push/1"};
  ids.insert(ids.end(), others.begin(), others.end());
  for (const std::string& id : ids) {
    pb::Contract* contract = manifest.add_contracts();
    contract->set_id(id);
    contract->set_cursor_schema(1);
  }
  return manifest;
}

template <typename Message>
ShopAnswer Reply(const Message& message) {
  return {QS_OK, message.SerializeAsString()};
}

ShopAnswer AcceptAll(const std::string& request) {
  pb::PushRequest push;
  if (!push.ParseFromString(request)) return {QS_INVALID, ""};
  pb::PushReply reply;
  for (const pb::QuantityIntent& intent : push.intents()) {
    pb::Outcome* outcome = reply.add_outcomes();
    outcome->set_intent_id(intent.intent_id());
    outcome->mutable_done()->set_reference("ref");
  }
  return Reply(reply);
}

}  // namespace

void Gate::Pass() {
  std::unique_lock<std::mutex> lock(mutex_);
  ++arrivals_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return open_; });
}

void Gate::AwaitArrivals(int count) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [&] { return arrivals_ >= count; });
}

void Gate::Open() {
  const std::lock_guard<std::mutex> lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

ScriptedShop::ScriptedShop(const Clock& clock, Logger& logger, int workers, const std::vector<std::string>& others)
    : clock_(clock), http_(std::make_unique<NoNetwork>()), manifest_(ShopManifest(others)) {
  generation_ = std::make_shared<Generation>(
      GenerationParts{.plugin = MakeInProcessPlugin(std::make_unique<ShopLibrary>(), kPlugin),
                      .manifest = manifest_,
                      .number = 1,
                      .workers = workers,
                      .clock = clock,
                      .logger = logger,
                      .http = *http_,
                      .documents = documents_});
}

ScriptedShop::~ScriptedShop() { Stop(); }

std::map<std::string, std::string> ScriptedShop::options() const {
  return {{kShopOption, std::to_string(reinterpret_cast<uintptr_t>(this))}};
}

ShopAnswer ScriptedShop::Usual(const ShopCall& call) const {
  if (call.contract == "order_sync/1") return OrdersPage(clock_.Now());
  if (call.contract == "listing_sync/1") {
    pb::PullListingsReply reply;
    reply.mutable_next_cursor()->set_schema(1);
    return Reply(reply);
  }
  if (call.contract == "inventory_push/1" && call.method == "push") return AcceptAll(call.request);
  return {};  // every other reply may be empty
}

void ScriptedShop::Follow(Script script) {
  const std::lock_guard<std::mutex> lock(mutex_);
  script_ = std::move(script);
}

int ScriptedShop::CallCount(const std::string& account, const std::string& contract) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  int count = 0;
  for (const auto& [key, calls] : calls_) {
    if (key.first == account && (contract.empty() || key.second == contract)) count += calls;
  }
  return count;
}

ShopAnswer ScriptedShop::Answer(const ShopCall& call) {
  Script script;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++calls_[{call.account, call.contract}];
    script = script_;
  }
  return script ? script(call) : Usual(call);
}

std::vector<PluginStatus> ScriptedShop::List() {
  PluginStatus status;
  status.record.id = kPlugin;
  status.record.version = manifest_.version();
  status.manifest = manifest_;
  status.health = PluginHealth::kActive;
  status.generations.push_back(generation_->Status());
  return {status};
}

absl::StatusOr<PluginStatus> ScriptedShop::Get(const std::string& plugin_id) {
  if (plugin_id == kPlugin) return List().front();
  return MakeError(absl::StatusCode::kNotFound, Reason::kPluginNotFound, "only the shop is here");
}

absl::StatusOr<BundleInspection> ScriptedShop::Inspect(const std::string&) {
  return absl::UnimplementedError("the shop is no bundle");
}

absl::StatusOr<PluginStatus> ScriptedShop::Install(const std::string&, const InstallOptions&, const InstallHook&) {
  return absl::UnimplementedError("the shop is no bundle");
}

absl::StatusOr<std::shared_ptr<Generation>> ScriptedShop::Active(const std::string& plugin_id) {
  if (on_active) on_active();
  if (plugin_id == kPlugin) return generation_;
  return MakeError(absl::StatusCode::kNotFound, Reason::kPluginNotFound, "only the shop is here");
}

void ScriptedShop::Stop() { (void)generation_->Close(30 * kSecondUs); }

ShopAnswer OrdersPage(TimeUs watermark_us, const std::vector<std::string>& order_ids, bool has_more) {
  pb::PullOrdersReply reply;
  for (const std::string& id : order_ids) {
    pb::Order* order = reply.add_orders();
    order->set_external_id(id);
    order->set_marketplace("main");
    order->set_status(pb::ORDER_STATUS_OPEN);
    order->set_created_us(watermark_us);
    order->set_updated_us(watermark_us);
  }
  reply.mutable_next_cursor()->set_schema(1);
  reply.mutable_next_cursor()->set_state("at " + std::to_string(watermark_us));
  reply.mutable_next_cursor()->set_watermark_us(watermark_us);
  reply.set_has_more(has_more);
  return Reply(reply);
}

ShopAnswer ShopError(qs_status status, const std::string& reason, TimeUs retry_at_us) {
  pb::Error error;
  error.set_reason(reason);
  error.set_message("the shop says " + reason);
  error.set_retry_at_us(retry_at_us);
  return {status, error.SerializeAsString()};
}

}  // namespace quayside
