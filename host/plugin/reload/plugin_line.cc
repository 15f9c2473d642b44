#include "host/plugin/reload/plugin_line.h"

#include <utility>

namespace quayside {
namespace {

// Gone generations that are still listed.
constexpr size_t kGoneKept = 10;

}  // namespace

// What a shared pointer to a generation really owns.
struct PluginLine::Holder {
  std::shared_ptr<PluginLine> line;
  LaneRouter::Seat seat;  // null: it holds none

  explicit Holder(std::shared_ptr<PluginLine> held_line) : line(std::move(held_line)) {}
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  ~Holder() {
    if (seat != nullptr) line->Release(*seat);
  }
};

PluginLine::Slot* PluginLine::SlotOf(int64_t generation) {
  const auto found = slots_.find(generation);
  return found == slots_.end() ? nullptr : &found->second;
}

std::shared_ptr<Generation> PluginLine::HeldBy(std::shared_ptr<Holder> holder) {
  if (holder->seat == nullptr) return nullptr;
  Generation* const generation = holder->seat->generation.get();
  return {std::move(holder), generation};
}

LaneRouter::Seat PluginLine::SeatOf(int64_t generation) {
  Slot* slot = SlotOf(generation);
  return slot == nullptr ? nullptr : slot->seat;
}

void PluginLine::Release(GenerationSeat& seat) {
  --seat.uses;  // before the lock: whoever waits for it has either seen it or is woken below
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++changes_;
  }
  // Without the lock, which whoever wakes up asks for.
  changed_.notify_all();
}

std::shared_ptr<Generation> PluginLine::Active() {
  auto holder = std::make_shared<Holder>(shared_from_this());
  holder->seat = router_.TakeActive();
  return HeldBy(std::move(holder));
}

std::shared_ptr<Generation> PluginLine::Route(const std::string& lane_id) {
  auto holder = std::make_shared<Holder>(shared_from_this());
  holder->seat = router_.Take(lane_id);
  return HeldBy(std::move(holder));
}

void PluginLine::StepEnded(int64_t generation, const StepReport& report) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    Slot* slot = SlotOf(generation);
    if (slot == nullptr) return;
    slot->tally.Add(report);
    ++changes_;
  }
  changed_.notify_all();
  if (on_trouble_ && !report.status.ok()) on_trouble_();
}

void PluginLine::Add(std::shared_ptr<Generation> generation, GenerationIdentity identity) {
  SetVersionSigner(identity.version, identity.signer);
  const std::lock_guard<std::mutex> lock(mutex_);
  const int64_t number = generation->number();
  Slot& slot = slots_[number];
  slot.seat = std::make_shared<GenerationSeat>(generation, number);
  slot.generation = std::move(generation);
  slot.identity = std::move(identity);
}

GenerationTransition PluginLine::Planned(int64_t generation, const Slot& slot, GenerationState to,
                                         std::string why) const {
  return {.plugin_id = plugin_id_,
          .version = slot.identity.version,
          .generation = generation,
          .from = slot.state,
          .to = to,
          .signer = slot.identity.signer,
          .why = std::move(why),
          .at_us = clock_.Now()};
}

GenerationTransition PluginLine::Moved(int64_t generation, Slot& slot, GenerationState to, std::string why) {
  GenerationTransition transition = Planned(generation, slot, to, std::move(why));
  slot.state = to;
  slot.why = transition.why;
  ++changes_;
  return transition;
}

std::optional<GenerationTransition> PluginLine::Move(int64_t generation, GenerationState to, std::string why) {
  std::optional<GenerationTransition> transition;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    Slot* slot = SlotOf(generation);
    if (slot == nullptr || !MayFollow(slot->state, to)) return std::nullopt;
    transition = Moved(generation, *slot, to, std::move(why));
  }
  changed_.notify_all();
  return transition;
}

void PluginLine::BeginCanary(int64_t generation, const std::vector<std::string>& lanes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (Slot* slot = SlotOf(active_); slot != nullptr) slot->tally.Mark();
  router_.SetCanary(SeatOf(generation), {lanes.begin(), lanes.end()});
}

void PluginLine::EndCanary() { router_.EndCanary(); }

std::vector<GenerationTransition> PluginLine::PlanFlip(int64_t to, GenerationState former, const std::string& why) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<GenerationTransition> plan;
  if (const Slot* slot = SlotOf(to); slot != nullptr) plan.push_back(Planned(to, *slot, GenerationState::kActive, why));
  if (const Slot* slot = SlotOf(active_); slot != nullptr && active_ != to) {
    plan.push_back(Planned(active_, *slot, former, why));
  }
  return plan;
}

void PluginLine::Flip(int64_t to, GenerationState former, const std::string& why) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const int64_t before = std::exchange(active_, to);
    router_.SetActive(SeatOf(to));
    if (Slot* slot = SlotOf(to); slot != nullptr) {
      slot->taken = false;
      Moved(to, *slot, GenerationState::kActive, why);
    }
    if (Slot* slot = SlotOf(before); slot != nullptr && before != to) Moved(before, *slot, former, why);
  }
  changed_.notify_all();
}

int64_t PluginLine::TakeWarm() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto& [number, slot] : slots_) {
    if (slot.state != GenerationState::kWarm || slot.taken) continue;
    slot.taken = true;
    return number;
  }
  return 0;
}

bool PluginLine::TakeWarm(int64_t generation) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Slot* slot = SlotOf(generation);
  if (slot == nullptr || slot->state != GenerationState::kWarm || slot->taken) return false;
  slot->taken = true;
  return true;
}

void PluginLine::GiveWarmBack(int64_t generation) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (Slot* slot = SlotOf(generation); slot != nullptr) slot->taken = false;
}

bool PluginLine::AwaitDrained(int64_t generation) {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    Slot* slot = SlotOf(generation);
    if (slot == nullptr || slot->generation == nullptr || slot->seat->uses == 0) return true;
    if (stopped_ || slot->seat->uses <= slot->generation->Status().steps_stuck) return false;
    clock_.WaitUntil(lock, changed_, clock_.Now() + kSecondUs);
  }
}

bool PluginLine::AwaitChange(int64_t seen, TimeUs until) {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopped_ && changes_ == seen && clock_.Now() < until) clock_.WaitUntil(lock, changed_, until);
  return !stopped_;
}

int64_t PluginLine::changes() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return changes_;
}

void PluginLine::Stop() {
  const std::lock_guard<std::mutex> lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

bool PluginLine::stopped() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return stopped_;
}

void PluginLine::TrimGone() {
  size_t gone = 0;
  for (auto it = slots_.rbegin(); it != slots_.rend(); ++it) gone += it->second.generation == nullptr ? 1 : 0;
  for (auto it = slots_.begin(); it != slots_.end() && gone > kGoneKept;) {
    // One that leaked stays in the list as long as it stays in the process.
    const bool old = it->second.generation == nullptr && it->second.state != GenerationState::kLeaked;
    it = old ? slots_.erase(it) : std::next(it);
    if (old) --gone;
  }
}

void PluginLine::Forget(int64_t generation) {
  std::shared_ptr<Generation> last;
  const std::lock_guard<std::mutex> lock(mutex_);
  Slot* slot = SlotOf(generation);
  if (slot == nullptr || slot->generation == nullptr) return;
  slot->last = slot->generation->Status();
  last = std::move(slot->generation);
  slot->generation = nullptr;
  router_.Leave(slot->seat);
  slot->seat = nullptr;
  slot->tally.Clear();
  TrimGone();
}

std::shared_ptr<Generation> PluginLine::Find(int64_t generation) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Slot* slot = SlotOf(generation);
  return slot == nullptr ? nullptr : slot->generation;
}

std::vector<std::shared_ptr<Generation>> PluginLine::Loaded() {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::shared_ptr<Generation>> loaded;
  for (const auto& [number, slot] : slots_) {
    if (slot.generation != nullptr) loaded.push_back(slot.generation);
  }
  return loaded;
}

GenerationIdentity PluginLine::IdentityOf(int64_t generation) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Slot* slot = SlotOf(generation);
  return slot == nullptr ? GenerationIdentity() : slot->identity;
}

int64_t PluginLine::active_number() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return active_;
}

int64_t PluginLine::warm_number() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [number, slot] : slots_) {
    if (slot.state == GenerationState::kWarm) return number;
  }
  return 0;
}

std::optional<GenerationState> PluginLine::StateOf(int64_t generation) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Slot* slot = SlotOf(generation);
  return slot == nullptr ? std::nullopt : std::optional(slot->state);
}

PluginStatus PluginLine::Status() {
  struct Seen {
    std::shared_ptr<Generation> generation;  // null: gone, and `last` is what is known of it
    GenerationState state;
    GenerationStatus last;
    bool works;
  };
  std::shared_ptr<const PluginStatus> known;
  std::vector<Seen> seen;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    known = status_;
    for (const auto& [number, slot] : slots_) {
      Seen each{slot.generation, slot.state, slot.last, number == active_};
      each.last.version = slot.identity.version;
      each.last.signer = slot.identity.signer;
      each.last.why = slot.why;
      seen.push_back(std::move(each));
    }
  }
  PluginStatus all = *known;
  for (Seen& each : seen) {
    GenerationStatus status = each.generation != nullptr ? each.generation->Status() : each.last;
    // One that should work says when it does not, or not as it should.
    const bool says_more = status.state == "WEDGED" || status.state == "QUARANTINED";
    if (each.state != GenerationState::kActive || !says_more) status.state = std::string(StateName(each.state));
    status.version = std::move(each.last.version);
    status.signer = std::move(each.last.signer);
    status.why = std::move(each.last.why);
    status.works = each.works;
    all.generations.push_back(std::move(status));
  }
  return all;
}

void PluginLine::SetSigners(const std::string& version, const std::string& signer,
                            const std::vector<std::string>& keys) {
  Rewrite([&](PluginStatus& status) {
    status.version_signers[version] = signer;
    if (status.record.version != version) return;
    status.signer = signer;
    status.signing_keys = keys;
  });
}

void PluginLine::SetStatus(const PluginStatus& status) {
  Rewrite([&](PluginStatus& known) {
    std::vector<PluginVersionRecord> versions = std::move(known.versions);
    std::map<std::string, std::string> signers = std::move(known.version_signers);
    known = status;
    known.generations.clear();
    known.version_signers = std::move(signers);
    if (known.versions.empty()) known.versions = std::move(versions);
  });
}

void PluginLine::SetVersionSigner(const std::string& version, const std::string& signer) {
  Rewrite([&](PluginStatus& known) { known.version_signers[version] = signer; });
}

void PluginLine::SetVersions(std::vector<PluginVersionRecord> versions) {
  Rewrite([&](PluginStatus& known) { known.versions = std::move(versions); });
}

void PluginLine::Rewrite(const std::function<void(PluginStatus&)>& change) {
  const std::lock_guard<std::mutex> one_at_a_time(rewrite_mutex_);
  std::shared_ptr<const PluginStatus> former;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    former = status_;
  }
  auto rewritten = std::make_shared<PluginStatus>(*former);
  change(*rewritten);
  const std::lock_guard<std::mutex> lock(mutex_);
  status_ = std::move(rewritten);
}

std::vector<CanaryComparison> PluginLine::Compare(int64_t before, int64_t after) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<CanaryComparison> jobs;
  Slot* older = SlotOf(before);
  Slot* newer = SlotOf(after);
  if (newer == nullptr) return jobs;
  for (const Job job : {Job::kOrders, Job::kListings, Job::kInventory, Job::kDespatch, Job::kPostSale,
                        Job::kCentreStock, Job::kOutbound, Job::kCompleteness}) {
    CanaryComparison each{.job = job, .new_steps = newer->tally.Of(job)};
    if (each.new_steps.steps() + each.new_steps.quiet == 0) continue;
    if (older != nullptr) {
      each.old_steps = older->tally.Of(job);
      each.old_meanwhile = older->tally.Since(job);
    }
    jobs.push_back(std::move(each));
  }
  return jobs;
}

StepSums PluginLine::SumsOf(int64_t generation) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Slot* slot = SlotOf(generation);
  return slot == nullptr ? StepSums() : slot->tally.All();
}

void PluginLine::CountAnew(int64_t generation) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (Slot* slot = SlotOf(generation); slot != nullptr) slot->tally.Clear();
}

DurationUs PluginLine::TakeLongestWait() { return router_.TakeLongestWait(); }

}  // namespace quayside
