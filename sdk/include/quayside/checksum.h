// Tells a cursor's state that was cut, damaged, edited or made by another lane from one of one's own. Against mistakes,
// not against forgery.
//
//   cursor.set_state(Sealed("orders", text));
//   ...
//   QS_TRY(const std::string text, Unsealed("orders", request.cursor().state()));
#pragma once

#include <string>
#include <string_view>

#include "quayside/result.h"

namespace quayside::sdk {

// FNV-1a, 64 bits, as 16 hexadecimal digits: stays the same for ever.
[[nodiscard]] std::string ShortHash(std::string_view text);

// `state` behind its checksum, which is the lane's as well.
[[nodiscard]] std::string Sealed(std::string_view lane, std::string_view state);
// INVALID CURSOR_INVALID.
[[nodiscard]] Result<std::string> Unsealed(std::string_view lane, std::string_view sealed);

}  // namespace quayside::sdk
