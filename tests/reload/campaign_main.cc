// quayside-reload-campaign --rounds N --seed S --isolation in_process|isolated: reloads between good and bad versions
// while every lane works and the marketplace fails. Prints one line of JSON; tests/campaign/all/reload.py judges it.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "tests/reload/load_world.h"

namespace quayside {
namespace {

struct Candidate {
  const char* bundle;
  const char* version;
  bool good;
};

// In the order of the cursors they write: the first two the same.
constexpr Candidate kGood[] = {{"v1", "1.0.0", true}, {"v1_next", "1.0.1", true}, {"v2", "1.1.0", true}};
constexpr const char* kWritesLaterCursors = "1.1.0";
constexpr Candidate kBad[] = {{"throws", "2.0.0", false},
                              {"late", "2.0.1", false},
                              {"fails", "2.0.2", false},
                              {"refuses_create", "2.0.6", false},
                              {"refuses_upgrade", "2.0.8", false},
                              {"wants_key", "2.0.9", false},
                              {"empty", "2.1.1", false},
                              {"late_upgraded", "2.1.2", false},
                              {"auth", "2.1.5", false}};
// What only a process of its own contains.
constexpr Candidate kDeadly[] = {{"aborts", "2.0.4", false}, {"exits", "2.0.5", false}, {"hangs", "2.0.3", false}};
// A step that hangs is killed this late, and the watchdog's grace: well before a canary's patience is at its end.
constexpr DurationUs kIsolatedStepTimeoutUs = 10 * kSecondUs;

struct Tally {
  std::vector<DurationUs> control;
  DurationUs longest_stall_us = 0;  // of a claim, at the catalog
  DurationUs longest_gap_us = 0;    // of a lane, beyond its pace, during reloads that went well
  DurationUs own_gap_us = 0;        // the same, beyond what a commit of anybody was kept waiting meanwhile
  int accepted = 0;
  int refused = 0;
  int rolled_back = 0;
  int forward = 0;                 // reloads that had no reason to take a position back, nor had the one before
  int64_t steps_lost_forward = 0;  // in them
  std::map<std::string, int> reasons;
  std::vector<std::string> problems;
};

DurationUs Percentile(std::vector<DurationUs> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<size_t>(share * static_cast<double>(values.size())))];
}

bool Until(const std::function<bool()>& fact) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!fact()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// Commits all the time, beside the lanes: what it is kept waiting is the machine's doing, not a reload's.
class Pulse {
 public:
  explicit Pulse(Store& store) : store_(store), thread_([this] { Beat(); }) {}
  ~Pulse() {
    stopping_ = true;
    thread_.join();
  }
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  void BeginWatch() { longest_us_ = 0; }
  // From one commit to the next, at worst, since BeginWatch.
  [[nodiscard]] DurationUs Longest() const { return longest_us_; }

 private:
  void Beat() {
    auto last = std::chrono::steady_clock::now();
    for (int64_t beat = 1; !stopping_; ++beat) {
      const absl::Status committed = store_.Write([&](Tx& tx) {
        return tx.PutPostalMethod({.id = "pulse", .vendor = "NONE", .name = "Pulse", .revision = beat});
      });
      const auto now = std::chrono::steady_clock::now();
      const DurationUs took =
          std::chrono::duration_cast<std::chrono::microseconds>(now - std::exchange(last, now)).count();
      if (!committed.ok() || took > longest_us_) longest_us_ = took;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  Store& store_;
  std::atomic<bool> stopping_{false};
  std::atomic<DurationUs> longest_us_{0};
  std::thread thread_;
};

class Campaign {
 public:
  Campaign(int rounds, uint64_t seed, IsolationMode isolation)
      : rounds_(rounds),
        rng_(seed),
        isolation_(isolation),
        world_({.isolation = isolation,
                .fail_every = 11,
                .sells = true,
                .step_timeout_us = isolation == IsolationMode::kIsolated ? kIsolatedStepTimeoutUs
                                                                         : LoadWorldOptions().step_timeout_us}) {}

  void Run() {
    // Everybody is at work before the first reload.
    if (!Until([&] { return world_.Orders() > 200; })) tally_.problems.emplace_back("the load does not begin");
    // Readers of the database and the pools of threads have come to their number by then, also in a short run.
    const int settled = std::max({1, rounds_ / 5, std::min(rounds_ / 2, 20)});
    const int halfway = std::max(settled, rounds_ / 2);
    for (int round = 1; round <= rounds_ && tally_.problems.size() < 20; ++round) {
      Round(round);
      if (round == settled) early_ = Settle();
      if (round == halfway) middle_ = Settle();
    }
    late_ = Settle();
    world_.StopLoad();
    ledger_ = world_.Count();
    for (const std::string& listing : ledger_.not_shown) tally_.problems.push_back(listing);
    FinalUnload();
  }

  void Print() {
    std::string reasons;
    for (const auto& [reason, count] : tally_.reasons) {
      reasons += (reasons.empty() ? "\"" : ", \"") + reason + "\": " + std::to_string(count);
    }
    std::string problems;
    for (const std::string& problem : tally_.problems) {
      problems += problems.empty() ? "\"" : ", \"";
      for (const char c : problem) problems += c == '"' || c == '\\' || c < ' ' ? '\'' : c;
      problems += '"';
    }
    std::printf(
        "{\"rounds\": %d, \"isolation\": \"%s\", \"accepted\": %d, \"refused\": %d, \"rolled_back\": %d, "
        "\"control_p50_us\": %lld, \"control_p99_us\": %lld, \"longest_stall_us\": %lld, \"longest_lane_gap_us\": "
        "%lld, \"own_lane_gap_us\": %lld, "
        "\"steps_lost\": %lld, \"forward\": %d, \"steps_lost_forward\": %lld, \"orders\": %lld, "
        "\"orders_lost\": %lld, \"orders_doubled\": %lld, \"quantities\": %lld, \"quantities_lost\": %lld, "
        "\"quantities_doubled\": %lld, \"client_calls\": %lld, \"client_failures\": %lld, "
        "\"mapped_at_end\": %lld, \"memory_growth_kib\": %lld, \"memory_growth_late_kib\": %lld, "
        "\"database_growth_kib\": %lld, "
        "\"descriptor_growth\": %lld, \"thread_growth\": %lld, "
        "\"reasons\": {%s}, \"problems\": [%s]}\n",
        rounds_, std::string(IsolationModeText(isolation_)).c_str(), tally_.accepted, tally_.refused,
        tally_.rolled_back, Number(Percentile(tally_.control, 0.5)), Number(Percentile(tally_.control, 0.99)),
        Number(tally_.longest_stall_us), Number(tally_.longest_gap_us), Number(tally_.own_gap_us),
        Number(world_.steps().steps_lost()), tally_.forward, Number(tally_.steps_lost_forward), Number(ledger_.orders),
        Number(ledger_.lost), Number(ledger_.doubled), Number(ledger_.quantities), Number(ledger_.quantities_lost),
        Number(ledger_.quantities_doubled), Number(world_.client_calls()), Number(world_.client_failures()),
        Number(mapped_at_end_), Number(late_.resident_kib - early_.resident_kib),
        Number(late_.resident_kib - middle_.resident_kib), Number(late_.database_kib - early_.database_kib),
        Number(late_.descriptors - early_.descriptors), Number(late_.threads - early_.threads), reasons.c_str(),
        problems.c_str());
  }

 private:
  static long long Number(int64_t value) { return value; }
  template <size_t N>
  const Candidate& Pick(const Candidate (&from)[N]) {
    return from[rng_.Below(N)];
  }

  void Round(int round) {
    // A step of the round before may end in this one.
    const bool calm_before = std::exchange(calm_, false);
    const uint64_t draw = rng_.Below(10);
    if (draw == 0) return GoBack(round);
    const bool deadly = isolation_ == IsolationMode::kIsolated && draw == 1;
    const Candidate& candidate = deadly ? Pick(kDeadly) : draw < 5 ? Pick(kBad) : Pick(kGood);
    const auto installed = world_.catalog().Install(world_.Bundle(candidate.bundle), {.allow_downgrade = true});
    if (!installed.ok()) return Problem(round, candidate.bundle, installed.status());
    const std::string before = world_.ActiveVersion();
    const int64_t lost_before = world_.steps().steps_lost();
    world_.steps().BeginWatch();
    pulse_.BeginWatch();
    const auto report = InItsTurn([&] {
      return world_.catalog().Reload(
          {.plugin_id = LoadWorld::kPlugin,
           .version = candidate.version,
           .canary = {.lanes = OrderLanes(3), .good_steps = 3, .patience_us = 20 * kSecondUs},
           .allow_downgrade = true},
          nullptr);
    });
    const DurationUs gap = world_.steps().EndWatch();
    if (!report.ok()) {
      ++tally_.refused;
      ++tally_.reasons[ReasonOf(report.status())];
      if (candidate.good) Problem(round, candidate.bundle, report.status());
      if (world_.ActiveVersion() != before)
        Problem(round, candidate.bundle, absl::InternalError("the old one is gone"));
      return;
    }
    ++tally_.accepted;
    tally_.control.push_back(report->control_us());
    tally_.longest_stall_us = std::max(tally_.longest_stall_us, report->longest_stall_us);
    if (candidate.good) {
      calm_ = before != kWritesLaterCursors || candidate.version == before;
      if (calm_ && calm_before) {
        ++tally_.forward;
        tally_.steps_lost_forward += world_.steps().steps_lost() - lost_before;
      }
      tally_.longest_gap_us = std::max(tally_.longest_gap_us, gap - LoadWorldOptions().pace_us);
      tally_.own_gap_us = std::max(tally_.own_gap_us, gap - LoadWorldOptions().pace_us - pulse_.Longest());
      return;
    }
    // It looked good long enough: the host must notice afterwards.
    if (!Until([&] { return world_.ActiveVersion() == before; })) {
      return Problem(round, candidate.bundle, absl::InternalError("a bad version stays"));
    }
    ++tally_.rolled_back;
  }

  // Some that do steps all the time: what a canary is judged by.
  std::vector<std::string> OrderLanes(size_t count) {
    std::vector<std::string> lanes;
    const uint64_t first = rng_.Below(world_.shops().size());
    for (size_t i = 0; i < count; ++i) {
      lanes.push_back(world_.shops()[(first + i) % world_.shops().size()] + ".orders");
    }
    return lanes;
  }

  // As an operator who is told that the host itself is going back just now.
  template <typename Act>
  absl::StatusOr<ReloadReport> InItsTurn(Act act) {
    absl::StatusOr<ReloadReport> report = act();
    while (HasReason(report.status(), Reason::kReloadUnderWay)) {
      std::this_thread::yield();
      report = act();
    }
    return report;
  }

  void GoBack(int round) {
    const auto report = InItsTurn([&] { return world_.catalog().Rollback(LoadWorld::kPlugin, "local", nullptr); });
    if (report.ok()) {
      ++tally_.rolled_back;
      tally_.control.push_back(report->control_us());
      tally_.longest_stall_us = std::max(tally_.longest_stall_us, report->longest_stall_us);
      // Taken back by us, not for a fault: the campaign goes on using it.
      return;
    }
    ++tally_.reasons[ReasonOf(report.status())];
    if (!HasReason(report.status(), Reason::kNothingToRollBackTo)) Problem(round, "rollback", report.status());
  }

  void Problem(int round, const char* what, const absl::Status& status) {
    tally_.problems.push_back("round " + std::to_string(round) + ", " + what + ": " + std::string(status.message()));
  }

  // What is retired is gone before the process is looked at.
  Footprint Settle() {
    Until([&] {
      int loaded = 0;
      const std::vector<PluginStatus> plugins = world_.catalog().List();
      for (const GenerationStatus& each : plugins.front().generations) {
        if (each.state != "UNLOADED") ++loaded;
      }
      return loaded <= 2;  // the active one and the warm one
    });
    return Footprint::Now(world_.run_dir());
  }

  void FinalUnload() {
    world_.catalog().Stop();
    mapped_at_end_ = Footprint::Now(world_.run_dir()).mapped_libraries;
  }

  const int rounds_;
  SeededRng rng_;
  const IsolationMode isolation_;
  LoadWorld world_;
  Pulse pulse_{world_.store()};
  Tally tally_;
  bool calm_ = true;  // the round before took no position back
  Footprint early_;
  Footprint middle_;
  Footprint late_;
  Ledger ledger_;
  int64_t mapped_at_end_ = -1;
};

int Main(int argc, char** argv) {
  int rounds = 100;
  uint64_t seed = 1;
  IsolationMode isolation = IsolationMode::kInProcess;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--rounds") == 0) rounds = std::stoi(argv[i + 1]);
    if (std::strcmp(argv[i], "--seed") == 0) seed = std::stoull(argv[i + 1]);
    if (std::strcmp(argv[i], "--isolation") == 0) isolation = ParseIsolationMode(argv[i + 1]).value_or(isolation);
  }
  Campaign campaign(rounds, seed, isolation);
  campaign.Run();
  campaign.Print();
  return 0;
}

}  // namespace
}  // namespace quayside

int main(int argc, char** argv) {
  try {
    return quayside::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "quayside-reload-campaign: %s\n", error.what());
    return 1;
  }
}
