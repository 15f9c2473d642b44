// Everything that goes wrong with calls to Amazon and that a host must get over by itself.
#pragma once

#include "tests/engine_world/engine_world.h"

namespace quayside {

// What shows later than the plugin's overlap of 15 minutes is lost by contract.
inline constexpr int kLatestShowSeconds = 800;

// From now on this part of all calls fails, in every way; with `late_orders` one order of twenty shows up to
// kLatestShowSeconds late, too.
void BeginTrouble(EngineWorld& world, int percent, bool late_orders);
// From now on nothing fails. A lane that waits for a person gets one; what waits for its next try does so by itself.
void EndTrouble(EngineWorld& world);

// Does a lane wait for a person? A marketplace that refuses fresh tokens twice in a row has that effect.
[[nodiscard]] bool NeedsOperator(EngineWorld& world);

}  // namespace quayside
