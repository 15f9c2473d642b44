#include "host/plugin/in_process_plugin.h"

#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/plugin/abi_calls.h"

namespace quayside {
namespace {

class InProcessInstance final : public PluginInstance {
 public:
  explicit InProcessInstance(const qs_plugin& table) : table_(table) {}

  absl::Status Create(const std::string& config_bytes, const std::string& where) {
    ReplyBuffer error;
    QS_ASSIGN_OR_RETURN(const qs_status status, AbiCreate(table_, host_, config_bytes, handle_, error));
    return status == QS_OK ? absl::OkStatus() : StatusFromPlugin(status, error.bytes(), where);
  }

  absl::StatusOr<qs_status> Call(const HostCall& host_call, const PluginCall& call, ReplyBuffer& reply) override {
    const qs_call abi_call{sizeof(qs_call),      0, host_call.call_id, call.contract, call.method, call.deadline_us,
                           BytesOf(call.request)};
    const HostCallScope scope(host_call);
    return AbiCall(table_, handle_, abi_call, reply);
  }

  absl::Status Destroy() override { return AbiDestroy(table_, handle_); }

 private:
  const qs_plugin& table_;
  const qs_host host_{sizeof(qs_host), QS_ABI_MINOR, nullptr, &InvokeHostService};
  qs_instance* handle_ = nullptr;
};

class InProcessPlugin final : public LoadedPlugin {
 public:
  InProcessPlugin(std::unique_ptr<PluginLibrary> library, std::string plugin_id)
      : library_(std::move(library)), plugin_id_(std::move(plugin_id)) {}

  [[nodiscard]] IsolationMode mode() const override { return IsolationMode::kInProcess; }

  absl::StatusOr<std::unique_ptr<PluginInstance>> Create(const std::string& config_bytes,
                                                         const std::string& account_id) override {
    auto instance = std::make_unique<InProcessInstance>(library_->table());
    QS_RETURN_IF_ERROR(instance->Create(config_bytes, Concat(plugin_id_, " create for account ", account_id)));
    return std::unique_ptr<PluginInstance>(std::move(instance));
  }

  absl::StatusOr<qs_status> UpgradeCursor(const char* contract, std::string_view cursor, ReplyBuffer& reply) override {
    return AbiUpgradeCursor(library_->table(), contract, cursor, reply);
  }

  bool Kill(std::string_view) override { return false; }
  absl::Status Unload() override { return library_->Unload(); }

 private:
  const std::unique_ptr<PluginLibrary> library_;
  const std::string plugin_id_;
};

}  // namespace

std::unique_ptr<LoadedPlugin> MakeInProcessPlugin(std::unique_ptr<PluginLibrary> library, std::string plugin_id) {
  return std::make_unique<InProcessPlugin>(std::move(library), std::move(plugin_id));
}

}  // namespace quayside
