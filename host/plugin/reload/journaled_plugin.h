// A plugin in this process whose every call is in the journal while it runs.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "host/plugin/loaded_plugin.h"
#include "host/plugin/reload/step_journal.h"

namespace quayside {

// Whose calls; shared by a plugin and its instances.
struct JournaledIdentity {
  StepJournal& journal;
  std::string plugin_id;
  std::string version;
  int64_t generation;

  [[nodiscard]] StepJournal::Scope Enter(const std::string& lane_id, const char* what) const {
    return {&journal, plugin_id, version, generation, lane_id, what};
  }
};

class JournaledInstance final : public PluginInstance {
 public:
  JournaledInstance(std::unique_ptr<PluginInstance> inner, std::shared_ptr<const JournaledIdentity> identity)
      : inner_(std::move(inner)), identity_(std::move(identity)) {}
  absl::StatusOr<qs_status> Call(const HostCall& host_call, const PluginCall& call, ReplyBuffer& reply) override {
    const auto inside = identity_->Enter(host_call.context.lane_id, call.contract);
    return inner_->Call(host_call, call, reply);
  }
  absl::Status Destroy() override {
    const auto inside = identity_->Enter("", "destroy");
    return inner_->Destroy();
  }

 private:
  const std::unique_ptr<PluginInstance> inner_;
  const std::shared_ptr<const JournaledIdentity> identity_;
};

class JournaledPlugin final : public LoadedPlugin {
 public:
  JournaledPlugin(std::unique_ptr<LoadedPlugin> inner, StepJournal& journal, std::string plugin_id, std::string version,
                  int64_t generation)
      : inner_(std::move(inner)),
        identity_(std::make_shared<const JournaledIdentity>(
            JournaledIdentity{journal, std::move(plugin_id), std::move(version), generation})) {}
  [[nodiscard]] IsolationMode mode() const override { return inner_->mode(); }
  absl::StatusOr<std::unique_ptr<PluginInstance>> Create(const std::string& config_bytes,
                                                         const std::string& account_id) override {
    const auto inside = identity_->Enter("", "create");
    auto made = inner_->Create(config_bytes, account_id);
    if (!made.ok()) return made.status();
    return std::make_unique<JournaledInstance>(*std::move(made), identity_);
  }
  absl::StatusOr<qs_status> UpgradeCursor(const char* contract, std::string_view cursor, ReplyBuffer& reply) override {
    const auto inside = identity_->Enter("", "upgrade_cursor");
    return inner_->UpgradeCursor(contract, cursor, reply);
  }
  bool Kill(std::string_view why) override { return inner_->Kill(why); }
  [[nodiscard]] std::string quarantine() const override { return inner_->quarantine(); }
  absl::Status Unload() override {
    const auto inside = identity_->Enter("", "unload");
    return inner_->Unload();
  }

 private:
  const std::unique_ptr<LoadedPlugin> inner_;
  const std::shared_ptr<const JournaledIdentity> identity_;
};

}  // namespace quayside
