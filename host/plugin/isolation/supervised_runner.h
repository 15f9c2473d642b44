// The plugin of runner_plugin.h with its thread: runner_supervision.cc (starting, watching, starting again),
// runner_plugin.cc (what calls do).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/base/rng.h"
#include "host/base/text.h"
#include "host/plugin/isolation/output_lines.h"
#include "host/plugin/isolation/runner_life.h"
#include "host/plugin/isolation/runner_plugin.h"

namespace quayside {

inline absl::Status RunnerRefused(std::string_view what) {
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginRejected, what);
}

inline absl::Status RunnerCrashed(std::string_view how, const ErrorMetadata& metadata = {}) {
  return MakeError(absl::StatusCode::kUnavailable, Reason::kPluginCrashed, Concat("its runner ", how), metadata);
}

// Real time, whatever clock the host runs by: processes live in it.
inline TimeUs SteadyNow() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

class RunnerPlugin final : public LoadedPlugin {
 public:
  RunnerPlugin(const Bundle& bundle, int64_t number, Logger& logger, const RunnerOptions& options)
      : manifest_(bundle.manifest),
        manifest_json_(bundle.manifest_json),
        number_(number),
        logger_(logger),
        options_(options) {}
  ~RunnerPlugin() override { Stop(); }

  absl::Status Start(const Bundle& bundle);

  [[nodiscard]] IsolationMode mode() const override { return IsolationMode::kIsolated; }
  absl::StatusOr<std::unique_ptr<PluginInstance>> Create(const std::string& config_bytes,
                                                         const std::string& account_id) override;
  absl::StatusOr<qs_status> UpgradeCursor(const char* contract, std::string_view cursor, ReplyBuffer& reply) override;
  bool Kill(std::string_view why) override;
  [[nodiscard]] std::string quarantine() const override;
  absl::Status Unload() override;

  // The runner that takes calls, waiting for one that is being started again.
  absl::StatusOr<std::shared_ptr<RunnerLife>> Live();
  // That runner, while it lives; null afterwards.
  std::shared_ptr<RunnerLife> LiveAs(int64_t number);
  // One call to its end; UNAVAILABLE PLUGIN_CRASHED when the runner ends first.
  absl::StatusOr<qs_status> Run(RunnerLife& life, const CallMux::Request& request, const CallMux::ServeFn& serve,
                                ReplyBuffer& reply);
  // The same for what has no deadline of its own: it may take the control timeout.
  absl::StatusOr<qs_status> RunControl(RunnerLife& life, const CallMux::Request& request, ReplyBuffer& reply);
  absl::Status CreateIn(RunnerLife& life, uint64_t instance, const std::string& config_bytes, const std::string& where);
  uint64_t NextInstance() { return next_instance_.fetch_add(1); }
  [[nodiscard]] const std::string& id() const { return manifest_.id(); }

 private:
  enum class State { kStarting, kLive, kWaiting, kQuarantined, kStopped };

  void Supervise();
  absl::StatusOr<std::shared_ptr<RunnerLife>> StartLife();
  absl::Status AwaitLoaded(RunnerLife& life, OutputLines& lines);
  // The next call waits for the next runner, also when the thread that looks after them has not come round yet.
  void NoticeEnd(const RunnerLife& life, const std::string& how);
  // Until it ended. How.
  std::string Watch(RunnerLife& life, OutputLines& lines);
  void ReadOutput(RunnerLife& life, OutputLines& lines);
  void LogLines(const std::vector<std::string>& lines);
  // False: stop.
  bool Pause(DurationUs delay_us);
  void Report(RunnerReport::Kind kind, std::string message, DurationUs restart_us = 0) const;
  void Wake();
  void Stop();

  const quayside::plugin::v1::Manifest manifest_;
  const std::string manifest_json_;
  const int64_t number_;
  Logger& logger_;
  const RunnerOptions options_;
  FileDescriptor library_;  // its bytes, sealed
  FileDescriptor wake_;
  std::atomic<uint64_t> next_instance_{1};
  SeededRng rng_{std::random_device{}()};
  std::thread supervisor_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::kStarting;
  absl::Status start_error_;
  std::shared_ptr<RunnerLife> life_;
  int64_t lives_ = 0;
  std::string how_;           // the last one ended
  TimeUs restart_at_us_ = 0;  // while waiting
  bool stopping_ = false;
  bool unloading_ = false;
  std::string quarantine_;
  std::deque<std::pair<uint64_t, TimeUs>> control_deadlines_;  // of calls under way, oldest first
  uint64_t next_control_ = 1;
};

}  // namespace quayside
