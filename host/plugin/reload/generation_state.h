// The states of a generation and which may follow which. Pure.
//
//   VERIFIED -> LOADED -> PROBED -> CANARY -> ACTIVE -> DRAINING -> WARM -> UNLOADED
//   every state up to PROBED -> REJECTED        a check of the prepare phase failed
//   CANARY, ACTIVE -> ROLLED_BACK               the canary or its error rate said no; it drains, then -> UNLOADED
//   WARM -> ACTIVE                              it was gone back to
//   ACTIVE -> QUARANTINED                       the host died inside it too often; it is not started again
//   DRAINING, ROLLED_BACK, REJECTED -> WEDGED   a call does not come back
//   WEDGED, WARM, ... -> LEAKED                 it could not be unloaded
#pragma once

#include <string_view>

namespace quayside {

enum class GenerationState {
  kVerified,    // bytes read, trusted, checked; nothing loaded
  kLoaded,      // mapped, or its runner is up
  kProbed,      // answered for every account and lane
  kCanary,      // works for some lanes
  kActive,      // works for all
  kDraining,    // finishes what it began
  kWarm,        // has nothing to do; kept for the way back
  kUnloaded,    // gone, and looked after that it is
  kRejected,    // refused before any lane saw it
  kRolledBack,  // tried and taken back
  kQuarantined,
  kWedged,  // a call inside does not return
  kLeaked,  // could not be unloaded; stays until the host ends
};

// "VERIFIED", ...
[[nodiscard]] std::string_view StateName(GenerationState state);

[[nodiscard]] bool MayFollow(GenerationState from, GenerationState to);

// Nothing of it is left in the process (or it never got there).
[[nodiscard]] bool IsGone(GenerationState state);

}  // namespace quayside
