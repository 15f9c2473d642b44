// The record in a dead letter: encrypted, bound to its lane and key (moved to another letter it does not open).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/ids.h"
#include "host/security/cipher.h"
#include "host/store/store.h"

namespace quayside {

// What is longer is cut off when the letter is written.
inline constexpr size_t kMaxLetterBytes = 64 * 1024;

[[nodiscard]] absl::StatusOr<std::string> SealLetterRecord(const Cipher& cipher, const DeadLetterRecord& letter,
                                                           std::string_view record);
[[nodiscard]] absl::StatusOr<std::string> OpenLetterRecord(const Cipher& cipher, const DeadLetterRecord& letter);

// The key of a record without one: what it says, hashed, so that it is one letter however often it is read.
[[nodiscard]] std::string NamelessKey(std::string_view kind, std::string_view record);

// A new open letter with its record cut to size and sealed; `letter` says all but that, its id and its times. What
// looks personal in the reason is taken out.
[[nodiscard]] absl::StatusOr<DeadLetterRecord> MakeLetter(const Cipher& cipher, IdSource& ids, TimeUs now,
                                                          DeadLetterRecord letter, std::string_view record);

// The event "deadletter.created" of one that was written, also when it is counted in one that was open.
[[nodiscard]] absl::Status TellNewLetter(Tx& tx, TimeUs now, const DeadLetterRecord& letter);

// For a person: proto JSON of a message; what cannot be read as one, or is none, as it is, or in base64 after
// "base64:" when it is no UTF-8.
[[nodiscard]] std::string LetterText(DeadLetterForm form, const std::string& record);

// A record a person wrote, serialized. INVALID_ARGUMENT (field "record") that quotes nothing of it; forms other than
// orders and listings are none.
[[nodiscard]] absl::StatusOr<std::string> ParseLetterText(DeadLetterForm form, const std::string& text);

}  // namespace quayside
