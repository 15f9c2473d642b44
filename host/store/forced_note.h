// The note of a target that somebody forced while its number was on its way. Should the marketplace refuse that number,
// it goes once more; every other outcome sends it again anyway.
#pragma once

#include <string_view>

namespace quayside {

inline constexpr std::string_view kForcedInFlightNote = "a force asked for it meanwhile: it goes once more afterwards";

}  // namespace quayside
