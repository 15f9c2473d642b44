// What a reload is asked for and what it tells.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/base/time.h"
#include "host/plugin/isolation.h"
#include "host/plugin/reload/canary_rules.h"
#include "host/plugin/reload/generation_state.h"

namespace quayside {

struct GenerationTransition {
  std::string plugin_id;
  std::string version;
  int64_t generation = 0;
  GenerationState from = GenerationState::kVerified;
  GenerationState to = GenerationState::kVerified;
  std::string signer;      // who signed it; empty: it never became a generation
  std::string why;         // in words; may be empty
  TimeUs at_us = 0;        // the host's clock
  DurationUs took_us = 0;  // real time since the transition before it in the same operation
  // The reason (docs/reasons.md) for which it was refused, or taken back; empty: nothing went wrong.
  std::string outcome = {};
  std::vector<CanaryComparison> canary = {};  // what a canary that failed saw
};

// Runs for each transition as it happens, on the thread of the operation; must not block for long.
using ReloadObserver = std::function<void(const GenerationTransition&)>;

struct ReloadRequest {
  std::string plugin_id;
  std::string version;  // installed; empty: the one that was placed last
  CanaryOptions canary;
  DurationUs rollback_window_us = -1;  // how long the old one is kept WARM; -1: as configured
  // Prepare only: load, ask, unload; no lane notices and nothing is recorded.
  bool validate_only = false;
  // An older version than one that was active before is what is meant.
  bool allow_downgrade = false;
  // The generation that is believed to be active; 0: whichever.
  int64_t expected_generation = 0;
  std::string actor = "local";
  // Why the version that works now is taken back; empty: it is not, it makes room.
  std::string former_failed = {};
  bool former_quarantined = false;  // and must not be started again
  // Where the version is to run; nullopt: as its keys and the configuration say.
  std::optional<IsolationMode> isolation = std::nullopt;
  // Runs now and then while the accounts are asked, on the thread of the operation; may be empty.
  std::function<void(int done, int all)> on_rehearsal = nullptr;
};

// Durations are real time.
struct ReloadReport {
  int64_t generation = 0;  // the new one
  std::string version;
  std::string previous_version;
  std::vector<GenerationTransition> transitions;
  std::vector<CanaryComparison> canary;
  std::vector<std::string> canary_lanes;
  std::vector<std::string> notes;  // what was migrated, restored or left out
  DurationUs prepare_us = 0;
  DurationUs canary_us = 0;
  DurationUs flip_us = 0;
  DurationUs drain_us = 0;
  // The longest that a claim of a lane had to wait for the catalog while this went on.
  DurationUs longest_stall_us = 0;

  [[nodiscard]] DurationUs control_us() const { return prepare_us + flip_us; }
};

}  // namespace quayside
