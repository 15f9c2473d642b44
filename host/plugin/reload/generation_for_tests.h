// Generations over a plugin that is part of the test: nothing is loaded.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "host/base/clock.h"
#include "host/net/documents.h"
#include "host/plugin/generation.h"
#include "tests/plugin/no_services.h"

namespace quayside {

// What the plugin of a test does. Called on workers.
struct PluginScript {
  std::function<absl::Status(const std::string& account_id)> create;   // empty: it can be made
  std::function<absl::StatusOr<std::string>(const PluginCall&)> call;  // the reply's bytes; empty: an empty one
  std::function<absl::StatusOr<std::string>(std::string_view cursor)> upgrade;  // empty: refused

  std::mutex mutex;
  std::set<std::string> created;  // accounts
};

class ScriptedPluginInstance final : public PluginInstance {
 public:
  explicit ScriptedPluginInstance(PluginScript& script) : script_(script) {}
  absl::StatusOr<qs_status> Call(const HostCall&, const PluginCall& call, ReplyBuffer& reply) override {
    if (!script_.call) return QS_OK;
    auto bytes = script_.call(call);
    if (!bytes.ok()) return bytes.status();
    reply.Fill(*std::move(bytes), false);
    return QS_OK;
  }
  absl::Status Destroy() override { return absl::OkStatus(); }

 private:
  PluginScript& script_;
};

class ScriptedPlugin final : public LoadedPlugin {
 public:
  explicit ScriptedPlugin(PluginScript& script) : script_(script) {}
  [[nodiscard]] IsolationMode mode() const override { return IsolationMode::kInProcess; }
  absl::StatusOr<std::unique_ptr<PluginInstance>> Create(const std::string&, const std::string& account_id) override {
    if (script_.create) {
      if (const absl::Status made = script_.create(account_id); !made.ok()) return made;
    }
    const std::lock_guard<std::mutex> lock(script_.mutex);
    script_.created.insert(account_id);
    return std::make_unique<ScriptedPluginInstance>(script_);
  }
  absl::StatusOr<qs_status> UpgradeCursor(const char*, std::string_view cursor, ReplyBuffer& reply) override {
    if (!script_.upgrade) return QS_UNSUPPORTED;
    auto bytes = script_.upgrade(cursor);
    if (!bytes.ok()) return bytes.status();
    reply.Fill(*std::move(bytes), false);
    return QS_OK;
  }
  bool Kill(std::string_view) override { return false; }
  absl::Status Unload() override { return absl::OkStatus(); }

 private:
  PluginScript& script_;
};

// Makes generations; outlives them.
class TestGenerations {
 public:
  explicit TestGenerations(const Clock& clock) : clock_(clock) {}
  [[nodiscard]] std::shared_ptr<Generation> Make(PluginScript& script, int64_t number,
                                                 const quayside::plugin::v1::Manifest& manifest, int workers = 2) {
    return std::make_shared<Generation>(GenerationParts{.plugin = std::make_unique<ScriptedPlugin>(script),
                                                        .manifest = manifest,
                                                        .number = number,
                                                        .workers = workers,
                                                        .clock = clock_,
                                                        .logger = *logger_,
                                                        .http = http_,
                                                        .documents = documents_});
  }
  [[nodiscard]] HttpService& http() { return http_; }
  [[nodiscard]] DocumentService& documents() { return documents_; }
  [[nodiscard]] Logger& logger() { return *logger_; }

 private:
  const Clock& clock_;
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  NoHttp http_;
  NoDocuments documents_;
};

}  // namespace quayside
