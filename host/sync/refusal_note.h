// The note of a target whose number the marketplace refused for good. As long as a target bears one, the same number by
// the same rules is not sent again, whatever marked the target (quantity_decider.h).
#pragma once

#include <string>
#include <string_view>

#include "host/base/text.h"

namespace quayside {

inline constexpr std::string_view kRefusalNote = "refused: ";

[[nodiscard]] inline std::string RefusalNote(std::string_view reason, std::string_view message) {
  return Concat(kRefusalNote, reason, ": ", message);
}

[[nodiscard]] inline bool IsRefusalNote(std::string_view note) { return note.starts_with(kRefusalNote); }

}  // namespace quayside
