// The generations of one plugin: which lane goes to which, who holds one, what their steps tell. Thread-safe. Nothing
// slow is done under its lock, and a claim does not even take it (lane_router.h).
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "host/base/clock.h"
#include "host/plugin/catalog.h"
#include "host/plugin/generation.h"
#include "host/plugin/reload/lane_router.h"
#include "host/plugin/reload/reload.h"
#include "host/plugin/reload/step_tally.h"

namespace quayside {

// What a generation was made from.
struct GenerationIdentity {
  std::string version;  // what it is installed as
  std::string signer;
  std::vector<std::string> signing_keys;
  std::string isolation_wish = {};  // PluginRecord::isolation
};

class PluginLine : public std::enable_shared_from_this<PluginLine> {
 public:
  PluginLine(std::string plugin_id, const Clock& clock) : plugin_id_(std::move(plugin_id)), clock_(clock) {}

  // The generation that works; null = none. While the answer (or a copy) lives, that generation counts as used: it is
  // not unloaded under its holder.
  [[nodiscard]] std::shared_ptr<Generation> Active();
  // The one that is to do the lane's next step.
  [[nodiscard]] std::shared_ptr<Generation> Route(const std::string& lane_id);
  void StepEnded(int64_t generation, const StepReport& report);

  // A generation in its first state, kVerified.
  void Add(std::shared_ptr<Generation> generation, GenerationIdentity identity);
  // Nullopt, and nothing changes, when `to` may not follow its present state.
  std::optional<GenerationTransition> Move(int64_t generation, GenerationState to, std::string why = "");
  // The lanes' next steps are the generation's.
  void BeginCanary(int64_t generation, const std::vector<std::string>& lanes);
  void EndCanary();
  // From now on every claim is `to`'s (0: nobody's), a canary is over, and what was active is in `former` (kDraining,
  // kRolledBack). PlanFlip answers the transitions this will make, so that they can be stored before.
  [[nodiscard]] std::vector<GenerationTransition> PlanFlip(int64_t to, GenerationState former, const std::string& why);
  void Flip(int64_t to, GenerationState former, const std::string& why);

  // Claims the WARM one (if any) for whoever rolls back to it or retires it: for one of them only. 0 = none.
  [[nodiscard]] int64_t TakeWarm();
  [[nodiscard]] bool TakeWarm(int64_t generation);
  void GiveWarmBack(int64_t generation);

  // Waits until nobody uses the generation but calls that are stuck, or the line is stopped. True: nobody at all.
  bool AwaitDrained(int64_t generation);
  // Waits until something changed (a step ended, a holder let go) since changes() was `seen`, or `until`. False once
  // the line is stopped.
  bool AwaitChange(int64_t seen, TimeUs until);
  [[nodiscard]] int64_t changes();
  // Waits end at once, from now on.
  void Stop();
  [[nodiscard]] bool stopped();

  // It was closed: only what it did is remembered.
  void Forget(int64_t generation);
  [[nodiscard]] std::shared_ptr<Generation> Find(int64_t generation);  // not a holder; null when gone
  [[nodiscard]] std::vector<std::shared_ptr<Generation>> Loaded();     // not holders
  [[nodiscard]] GenerationIdentity IdentityOf(int64_t generation);     // empty: there is none
  [[nodiscard]] int64_t active_number();
  [[nodiscard]] int64_t warm_number();
  // Nullopt: it is not known.
  [[nodiscard]] std::optional<GenerationState> StateOf(int64_t generation);

  // What is known of the plugin itself, with every generation. Put together outside the lock: somebody may look all the
  // time.
  [[nodiscard]] PluginStatus Status();
  void SetStatus(const PluginStatus& status);  // its generations and who signed versions are left out
  void SetVersions(std::vector<PluginVersionRecord> versions);
  // Of any version.
  void SetVersionSigner(const std::string& version, const std::string& signer);
  // Who signed the version that works; nothing when it is another by now.
  void SetSigners(const std::string& version, const std::string& signer, const std::vector<std::string>& keys);

  // Old and new by job: of the canary's jobs, or of all after a flip.
  [[nodiscard]] std::vector<CanaryComparison> Compare(int64_t before, int64_t after);
  [[nodiscard]] StepSums SumsOf(int64_t generation);
  // What is told of the generation from now on is counted from nothing.
  void CountAnew(int64_t generation);

  // The longest that a claim had to wait for another since the last call.
  [[nodiscard]] DurationUs TakeLongestWait();
  // Runs (without the lock) when a step of any generation did not end well.
  void OnTrouble(std::function<void()> callback) { on_trouble_ = std::move(callback); }

  [[nodiscard]] const std::string& plugin_id() const { return plugin_id_; }
  // One reload, rollback, install or unload of a plugin at a time: held for all of it, by try_lock.
  std::mutex& lifecycle() { return lifecycle_; }

 private:
  struct Holder;
  struct Slot {
    std::shared_ptr<Generation> generation;  // null once gone
    GenerationState state = GenerationState::kVerified;
    GenerationIdentity identity;
    std::string why;
    GenerationStatus last;  // of a gone one
    StepTally tally;
    LaneRouter::Seat seat;  // null once gone
    bool taken = false;
  };

  // Null when it holds none.
  static std::shared_ptr<Generation> HeldBy(std::shared_ptr<Holder> holder);
  void Release(GenerationSeat& seat);
  LaneRouter::Seat SeatOf(int64_t generation);
  Slot* SlotOf(int64_t generation);
  GenerationTransition Planned(int64_t generation, const Slot& slot, GenerationState to, std::string why) const;
  GenerationTransition Moved(int64_t generation, Slot& slot, GenerationState to, std::string why);
  void TrimGone();
  // A copy is changed, and takes the place of what is known.
  void Rewrite(const std::function<void(PluginStatus&)>& change);

  const std::string plugin_id_;
  const Clock& clock_;
  std::function<void()> on_trouble_;
  std::mutex lifecycle_;
  std::mutex rewrite_mutex_;  // of `status_`; taken before `mutex_`
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<const PluginStatus> status_ = std::make_shared<const PluginStatus>();  // replaced, never changed
  std::map<int64_t, Slot> slots_;
  int64_t active_ = 0;
  LaneRouter router_;  // has a lock of its own, taken after `mutex_`
  int64_t changes_ = 0;
  bool stopped_ = false;
};

}  // namespace quayside
