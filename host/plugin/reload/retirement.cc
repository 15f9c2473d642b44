// The end of a generation: its steps end, what they left is put right, it is unloaded, and looked after that it is
// gone.
#include <utility>

#include "host/plugin/reload/cursor_restore.h"
#include "host/plugin/reload/driver_errors.h"
#include "host/plugin/reload/reload_driver.h"
#include "host/plugin/reload/reload_records.h"

namespace quayside {

void ReloadDriver::DrainAndRetire(const Line& line, int64_t generation) {
  (void)line->AwaitDrained(generation);
  if (line->stopped()) return;
  // A step that ended after the swap may have left a position that what works now cannot read, or failed.
  RestorePositions(line);
  TryLanesAgain(line);
  Retire(line, generation, "");
}

void ReloadDriver::RestorePositions(const Line& line) {
  const std::shared_ptr<Generation> active = line->Find(line->active_number());
  if (active == nullptr) return;
  std::vector<std::string> unreadable;
  std::vector<std::string> moved;
  absl::Status restored = parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(unreadable, FindUnreadableLanes(tx, active->manifest()));
    return absl::OkStatus();
  });
  if (restored.ok() && !unreadable.empty()) {
    restored = parts_.store.Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(moved, RestoreReadableCursors(tx, active->manifest(), unreadable));
      return absl::OkStatus();
    });
  }
  if (!restored.ok()) parts_.logger.Error("positions of lanes could not be restored", {Field("error", restored)});
  TellLanes(line->plugin_id(), moved, false);
}

void ReloadDriver::Retire(const Line& line, int64_t generation, const std::string& why) {
  const std::shared_ptr<Generation> doomed = line->Find(generation);
  if (doomed == nullptr) return;
  const ReloadObserver nobody;
  Journey journey(nobody);
  const absl::Status closed = doomed->Close(parts_.options.close_patience_us);
  if (closed.ok()) {
    journey.Note(line->Move(generation, GenerationState::kUnloaded, why));
  } else if (HasReason(closed, Reason::kPluginFault)) {
    journey.Note(line->Move(generation, GenerationState::kUnloaded, MessageOf(closed)));
    parts_.logger.Warning("a plugin went, but not well", {Field("plugin", line->plugin_id()),
                                                          Field("generation", generation), Field("error", closed)});
  } else {
    Leaked(doomed);
    journey.Note(line->Move(generation, GenerationState::kWedged, why));
    if (auto leaked = line->Move(generation, GenerationState::kLeaked, MessageOf(closed)); leaked.has_value()) {
      leaked->outcome = OutcomeOf(closed);
      journey.Note(*std::move(leaked));
    }
    parts_.logger.Error("a plugin could not be unloaded",
                        {Field("plugin", line->plugin_id()), Field("generation", generation), Field("error", closed)});
  }
  line->Forget(generation);
  RecordOrLog(journey, "host");
}

void ReloadDriver::Leaked(std::shared_ptr<Generation> generation) {
  // A process of its own that is late takes nothing of this one.
  if (generation->Status().isolation == IsolationMode::kInProcess) ++leaked_;
  const std::lock_guard<std::mutex> lock(kept_mutex_);
  kept_.push_back(std::move(generation));
}

void ReloadDriver::RetireWarm(const Line& line, int64_t generation, const std::string& why) {
  if (!line->TakeWarm(generation)) return;
  parts_.reaper.Post([this, line, generation, why] { Retire(line, generation, why); });
}

}  // namespace quayside
