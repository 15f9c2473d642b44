// How a package changes in the store: its row, its audit trail and an event, together; and what of it is sealed.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/security/cipher.h"
#include "host/store/store.h"

namespace quayside {

// The word of docs/events.md for a state: "confirmed".
[[nodiscard]] std::string_view DespatchWord(DespatchState state);

// It came into its state, or into it for another reason: the row, a note and the event "despatch.{word}".
[[nodiscard]] absl::Status TellDespatch(Tx& tx, TimeUs now, const DespatchRecord& package);

// The trail says that this version was handed over at sent_us, under which number; what became of it follows. No event.
[[nodiscard]] absl::Status NoteSubmitted(Tx& tx, const DespatchRecord& package);

// Tracking numbers and requests name people's parcels. Bound to the package: moved to another row they do not open.
// Nothing stays nothing.
[[nodiscard]] absl::StatusOr<std::string> SealTracking(const Cipher& cipher, int64_t despatch_id,
                                                       std::string_view tracking);
[[nodiscard]] absl::StatusOr<std::string> OpenTracking(const Cipher& cipher, const DespatchRecord& package);
[[nodiscard]] absl::StatusOr<std::string> SealDespatchRequest(const Cipher& cipher, int64_t despatch_id,
                                                              std::string_view request);
[[nodiscard]] absl::StatusOr<std::string> OpenDespatchRequest(const Cipher& cipher, const DespatchRecord& package);

}  // namespace quayside
