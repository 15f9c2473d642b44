// The catalog as the engine sees it, with an eye on its steps: how long lanes rest between them, and which were done in
// vain. Thread-safe.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "host/base/errors.h"
#include "host/plugin/catalog.h"
#include "host/plugin/generation.h"

namespace quayside {

class ObservedCatalog final : public PluginCatalog {
 public:
  explicit ObservedCatalog(PluginCatalog& inner) : inner_(inner) {}

  // From now on gaps are measured: of an order lane, which never rests, from one step that went well to the next one
  // that did, both within.
  void BeginWatch() {
    const std::lock_guard<std::mutex> lock(mutex_);
    watching_ = true;
    last_.clear();
    longest_gap_us_ = 0;
  }
  // The longest gap since BeginWatch.
  [[nodiscard]] DurationUs EndWatch() {
    const std::lock_guard<std::mutex> lock(mutex_);
    watching_ = false;
    return longest_gap_us_;
  }
  // Steps whose commit was refused, because the lane had moved on or was somebody else's by then. Nothing is lost but
  // work: the lane does it again. It is as it must be where a position is taken back or restored under a step.
  [[nodiscard]] int64_t steps_lost() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return steps_lost_;
  }

  void StepEnded(const Generation& generation, const StepReport& report) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (HasReason(report.status, Reason::kLaneFenced)) ++steps_lost_;
      if (watching_ && report.job == Job::kOrders) Measure(report);
    }
    inner_.StepEnded(generation, report);
  }

  absl::Status Start() override { return inner_.Start(); }
  std::vector<PluginStatus> List() override { return inner_.List(); }
  absl::StatusOr<PluginStatus> Get(const std::string& plugin_id) override { return inner_.Get(plugin_id); }
  absl::StatusOr<BundleInspection> Inspect(const std::string& path) override { return inner_.Inspect(path); }
  absl::StatusOr<PluginStatus> Install(const std::string& path, const InstallOptions& options,
                                       const InstallHook& also) override {
    return inner_.Install(path, options, also);
  }
  absl::StatusOr<std::shared_ptr<Generation>> Active(const std::string& plugin_id) override {
    return inner_.Active(plugin_id);
  }
  absl::StatusOr<std::shared_ptr<Generation>> Route(const std::string& plugin_id, const std::string& lane_id) override {
    return inner_.Route(plugin_id, lane_id);
  }
  void ForgetInstances(const std::string& account_id) override { inner_.ForgetInstances(account_id); }
  void UseLanes(LaneDirectory* lanes) override { inner_.UseLanes(lanes); }
  absl::StatusOr<ReloadReport> Reload(const ReloadRequest& request, const ReloadObserver& observer) override {
    return inner_.Reload(request, observer);
  }
  absl::StatusOr<ReloadReport> Rollback(const std::string& plugin_id, const std::string& actor,
                                        const ReloadObserver& observer) override {
    return inner_.Rollback(plugin_id, actor, observer);
  }
  absl::StatusOr<PluginStatus> Unload(const std::string& plugin_id, int64_t generation,
                                      const std::string& actor) override {
    return inner_.Unload(plugin_id, generation, actor);
  }
  absl::StatusOr<PluginStatus> Release(const std::string& plugin_id, const std::string& version,
                                       const ReleaseOptions& options) override {
    return inner_.Release(plugin_id, version, options);
  }
  absl::StatusOr<std::string> WayBack(const std::string& plugin_id) override { return inner_.WayBack(plugin_id); }
  absl::StatusOr<PluginStatus> CheckUnload(const std::string& plugin_id, int64_t generation) override {
    return inner_.CheckUnload(plugin_id, generation);
  }
  void StopReloads() override { inner_.StopReloads(); }
  void Stop() override { inner_.Stop(); }

 private:
  using RealTime = std::chrono::steady_clock::time_point;

  void Measure(const StepReport& report) {
    if (!report.status.ok()) {
      // What follows is the pause after a failure.
      last_.erase(report.lane_id);
      return;
    }
    const RealTime now = std::chrono::steady_clock::now();
    const auto [last, first] = last_.try_emplace(report.lane_id, now);
    if (first) return;
    const auto gap = std::chrono::duration_cast<std::chrono::microseconds>(now - std::exchange(last->second, now));
    longest_gap_us_ = std::max<DurationUs>(longest_gap_us_, gap.count());
  }

  PluginCatalog& inner_;
  std::mutex mutex_;
  bool watching_ = false;
  std::map<std::string, RealTime> last_;
  DurationUs longest_gap_us_ = 0;
  int64_t steps_lost_ = 0;
};

}  // namespace quayside
