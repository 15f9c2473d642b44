#include "host/plugin/reload/generation_state.h"

namespace quayside {

std::string_view StateName(GenerationState state) {
  switch (state) {
    case GenerationState::kVerified:
      return "VERIFIED";
    case GenerationState::kLoaded:
      return "LOADED";
    case GenerationState::kProbed:
      return "PROBED";
    case GenerationState::kCanary:
      return "CANARY";
    case GenerationState::kActive:
      return "ACTIVE";
    case GenerationState::kDraining:
      return "DRAINING";
    case GenerationState::kWarm:
      return "WARM";
    case GenerationState::kUnloaded:
      return "UNLOADED";
    case GenerationState::kRejected:
      return "REJECTED";
    case GenerationState::kRolledBack:
      return "ROLLED_BACK";
    case GenerationState::kQuarantined:
      return "QUARANTINED";
    case GenerationState::kWedged:
      return "WEDGED";
    case GenerationState::kLeaked:
      return "LEAKED";
  }
  return "UNKNOWN";
}

bool MayFollow(GenerationState from, GenerationState to) {
  using S = GenerationState;
  switch (from) {
    case S::kVerified:
      return to == S::kLoaded || to == S::kRejected;
    case S::kLoaded:
      return to == S::kProbed || to == S::kRejected || to == S::kWedged;
    case S::kProbed:
      // ACTIVE without a canary: nothing ran before, or the operator wants none.
      return to == S::kCanary || to == S::kActive || to == S::kRejected;
    case S::kCanary:
      return to == S::kActive || to == S::kRolledBack;
    case S::kActive:
      return to == S::kDraining || to == S::kRolledBack || to == S::kQuarantined;
    case S::kDraining:
      return to == S::kWarm || to == S::kWedged || to == S::kUnloaded || to == S::kLeaked;
    case S::kWarm:
      return to == S::kActive || to == S::kUnloaded || to == S::kLeaked;
    case S::kRolledBack:
    case S::kRejected:
    case S::kQuarantined:
      return to == S::kUnloaded || to == S::kWedged || to == S::kLeaked;
    case S::kWedged:
      return to == S::kLeaked || to == S::kUnloaded;
    case S::kUnloaded:
    case S::kLeaked:
      return false;
  }
  return false;
}

bool IsGone(GenerationState state) {
  return state == GenerationState::kUnloaded || state == GenerationState::kVerified;
}

}  // namespace quayside
