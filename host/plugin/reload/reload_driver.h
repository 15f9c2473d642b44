// Carries out what operators (and the keeper) ask of the generations of a plugin: reload, rollback, unload; each in a
// file of its own (reload_driver.cc, canary_run.cc, way_back.cc, take_out.cc, first_start.cc, retirement.cc). The rules
// are elsewhere (canary_rules.h, rollback_rules.h, lane_choice.h, generation_state.h, option_migration.h); here is the
// order in which things happen and are stored. Thread-safe; one operation per plugin at a time, a second one is
// FAILED_PRECONDITION RELOAD_UNDER_WAY.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/clock.h"
#include "host/ops/log.h"
#include "host/plugin/catalog.h"
#include "host/plugin/reload/generation_loader.h"
#include "host/plugin/reload/journey.h"
#include "host/plugin/reload/lane_link.h"
#include "host/plugin/reload/plugin_line.h"
#include "host/plugin/reload/reaper.h"
#include "host/plugin/reload/rehearsal.h"
#include "host/store/store.h"

namespace quayside {

struct ReloadParts {
  Store& store;
  const Clock& clock;
  Logger& logger;
  GenerationLoader& loader;
  LaneLink& lanes;
  Reaper& reaper;
  const CatalogOptions& options;
};

// A former generation that waits for the way back, and the one to be compared with it.
struct WarmWatch {
  std::shared_ptr<PluginLine> line;
  int64_t warm = 0;  // DRAINING at first
  int64_t active = 0;
  StepSums before;  // of the warm one, up to the flip
  TimeUs until_us = 0;
};

class ReloadDriver {
 public:
  using Line = std::shared_ptr<PluginLine>;

  explicit ReloadDriver(ReloadParts parts) : parts_(parts) {}
  // Who is told of a generation that became WARM. Set once, before the first reload.
  void OnWarm(std::function<void(WarmWatch)> callback) { on_warm_ = std::move(callback); }

  [[nodiscard]] absl::StatusOr<ReloadReport> Reload(const Line& line, const ReloadRequest& request,
                                                    const ReloadObserver& observer);
  // `why`: for the records. With a WARM generation it is a swap of pointers; else the last good version is loaded.
  [[nodiscard]] absl::StatusOr<ReloadReport> Rollback(const Line& line, const std::string& why,
                                                      const std::string& actor, const ReloadObserver& observer);
  // The version Rollback would go to. FAILED_PRECONDITION NOTHING_TO_ROLL_BACK_TO.
  [[nodiscard]] absl::StatusOr<std::string> WayBack(const Line& line);
  // Whether Unload would refuse.
  [[nodiscard]] absl::Status CheckUnload(const Line& line, int64_t generation);
  // The runner of the generation ended too often. When it is the one that works, the version is quarantined and the
  // one before it works again, as after a crash of the host; without one the copy alone stays quarantined, and a start
  // of the host tries it again.
  void Quarantine(const Line& line, int64_t generation, const std::string& why);
  // Ends the rollback window of the WARM generation, or (0) takes the plugin out altogether.
  [[nodiscard]] absl::Status Unload(const Line& line, int64_t generation, const std::string& actor);
  // Loads the bundle as the first generation that works; it is stored with `also` in one transaction.
  [[nodiscard]] absl::Status Begin(const Line& line, const AdmittedBundle& admitted, const std::string& version,
                                   const std::string& actor, const std::function<absl::StatusOr<std::string>()>& place,
                                   const std::function<absl::Status(Tx&)>& also);
  // At the start of the host: as Begin, but of what was installed and active before; nothing is stored. `isolation`:
  // PluginRecord::isolation.
  [[nodiscard]] absl::Status Resume(const Line& line, const PluginVersionRecord& record, const std::string& isolation);

  // The WARM generation goes. Nothing happens if somebody else has taken it.
  void RetireWarm(const Line& line, int64_t generation, const std::string& why);
  // Reads the versions again from the store.
  void RefreshVersions(const Line& line);
  // Generations that could not be unloaded since the host started.
  [[nodiscard]] int leaked() const { return leaked_.load(); }

 private:
  // The line's lifecycle lock while an operation holds it. Whoever waits for steps to end, or for a plugin to be
  // unloaded, lets go of it first: a plugin that hangs keeps nobody from the next operation.
  using Lifecycle = std::unique_lock<std::mutex>;

  struct Choice {
    PluginVersionRecord version;
    std::string downgraded_from;  // the highest that was ever active, when this one is older; empty: it is not
  };
  struct Candidate {
    std::shared_ptr<Generation> generation;
    int64_t number = 0;
    Choice choice;
  };

  // reload_driver.cc: prepare, flip, drain.
  absl::StatusOr<ReloadReport> ReloadHolding(const Line& line, const ReloadRequest& request,
                                             const ReloadObserver& observer, Lifecycle& lifecycle);
  absl::StatusOr<Choice> ChooseVersion(const Line& line, const ReloadRequest& request);
  absl::Status CheckLeaks(const AdmittedBundle& admitted) const;
  absl::StatusOr<Candidate> Prepare(const Line& line, const Choice& choice, const ReloadRequest& request,
                                    Journey& journey);
  absl::Status DryRun(const Line& line, const PluginVersionRecord& version, const ReloadRequest& request,
                      Journey& journey, Lifecycle& lifecycle);
  // What the store says about the shops of the version with this manifest.
  absl::StatusOr<Scene> SetSceneFor(const std::string& manifest_json) const;
  absl::StatusOr<RehearsalResult> RehearseAll(const Line& line, absl::StatusOr<Scene> scene,
                                              const std::shared_ptr<Generation>& generation,
                                              const ReloadRequest& request) const;
  absl::Status Flip(const Line& line, const Candidate& candidate, const ReloadRequest& request, ActivationPlan plan,
                    Journey& journey);
  // Until the steps of the old generation have ended; then it is WARM. Without the line's lifecycle lock.
  void Drain(const WarmWatch& watch, Journey& journey, const std::string& actor);
  void Reject(const Line& line, int64_t generation, const absl::Status& why, Journey& journey, const std::string& actor,
              Lifecycle& lifecycle);

  // canary_run.cc.
  // Keeps `plan` fresh while it waits for the lanes.
  absl::Status Canary(const Line& line, const Candidate& candidate, const ReloadRequest& request, ActivationPlan& plan,
                      Journey& journey, Lifecycle& lifecycle);
  CanaryJudgement WatchCanary(const Line& line, int64_t active, const Candidate& candidate, TimeUs begun,
                              const std::vector<std::string>& lanes, const CanaryOptions& options,
                              ActivationPlan& plan);
  void TakeBack(const Line& line, const Candidate& candidate, const std::vector<std::string>& lanes,
                const std::string& actor, Journey& journey, Lifecycle& lifecycle);

  // way_back.cc.
  struct SwapOrder {
    std::string why;
    std::string actor;
    bool quarantine = false;  // the one that works is not started again
  };
  absl::StatusOr<ReloadReport> GoBack(const Line& line, const SwapOrder& order, const ReloadObserver& observer,
                                      Lifecycle& lifecycle);
  absl::StatusOr<ReloadReport> SwapBack(const Line& line, int64_t warm, const SwapOrder& order,
                                        const ReloadObserver& observer);

  // retirement.cc. None of it is done with the lifecycle lock held.
  // Waits until it is used no more, puts right what its last steps left, and unloads it.
  void DrainAndRetire(const Line& line, int64_t generation);
  void Retire(const Line& line, int64_t generation, const std::string& why);
  // Lanes whose position the version that works cannot read begin at one that it can.
  void RestorePositions(const Line& line);
  // What could not be unloaded: counted, and kept as long as this is.
  void Leaked(std::shared_ptr<Generation> generation);

  static GenerationIdentity IdentityOf(const AdmittedBundle& admitted, const std::string& version,
                                       const std::string& isolation_wish);
  absl::Status Record(Journey& journey, const std::string& actor);
  void RecordOrLog(Journey& journey, const std::string& actor);
  // Something an operator asked for is refused before any generation was concerned: an event and an audit row. Who is
  // turned away because somebody else is at work on the plugin has done nothing that is worth one.
  void TellRefusal(const Line& line, const std::string& act, const std::string& version, const std::string& actor,
                   const absl::Status& why);
  void TellLanes(const std::string& plugin_id, const std::vector<std::string>& moved, bool contracts_changed);
  // Once another generation works, and again when the last steps of the one before have ended: nothing waits any longer
  // for what failed under that one.
  void TryLanesAgain(const Line& line);
  void ShowVersion(const Line& line, const PluginVersionRecord& version, const Generation& generation);

  const ReloadParts parts_;
  std::function<void(WarmWatch)> on_warm_;
  std::atomic<int> leaked_{0};
  std::mutex kept_mutex_;
  std::vector<std::shared_ptr<Generation>> kept_;  // a thread is still inside
};

}  // namespace quayside
