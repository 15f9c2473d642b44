// The documents of quantities that Amazon was given against those the host knows: none unknown, none twice.
#pragma once

#include <string>
#include <vector>

#include "tests/engine_world/engine_world.h"

namespace quayside {

// One text per document that is not as it must be, when nothing is under way any more.
[[nodiscard]] std::vector<std::string> DocumentsWrong(EngineWorld& world);

}  // namespace quayside
