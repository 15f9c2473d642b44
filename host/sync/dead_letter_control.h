// What a person does with a dead letter: parts of a transaction.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/ids.h"
#include "host/security/cipher.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

struct LetterInputs {
  Tx& tx;
  IdSource& ids;
  const Cipher& cipher;
  TimeUs now = 0;
  // What a plugin offers; nullptr: it is not there.
  std::function<const quayside::plugin::v1::Manifest*(const std::string& plugin_id)> manifest_of;
};

struct RetriedLetter {
  DeadLetterRecord letter;
  // Whom to tell when the commit is durable; empty = nobody.
  std::string changed_lane;                            // Engine::LaneChanged
  std::string account_with_despatches;                 // Engine::DespatchesChanged
  std::string account_with_post_sales;                 // Engine::PostSalesChanged
  std::vector<std::string> accounts_with_new_targets;  // Engine::TargetsChanged
};

// An edited record is taken in. Else: an order is asked for by the account's orders lane (kRetrying; again: nothing
// happens), a listing or a centre's stock is read with the next complete pass, a package is confirmed, a cancellation
// or refund handed over again. DEAD_LETTER_NOT_FOUND, DEAD_LETTER_CLOSED, DEAD_LETTER_NOT_RETRYABLE, and what
// RetryDespatch and RetryPostSale give.
[[nodiscard]] absl::StatusOr<RetriedLetter> RetryDeadLetter(const LetterInputs& in, int64_t letter_id);

// `record`: proto JSON. DEAD_LETTER_NOT_FOUND, DEAD_LETTER_CLOSED, DEAD_LETTER_NOT_EDITABLE, INVALID_ARGUMENT.
[[nodiscard]] absl::StatusOr<DeadLetterRecord> EditDeadLetter(const LetterInputs& in, int64_t letter_id,
                                                              const std::string& record);

// DEAD_LETTER_NOT_FOUND, DEAD_LETTER_CLOSED.
[[nodiscard]] absl::StatusOr<DeadLetterRecord> DiscardDeadLetter(const LetterInputs& in, int64_t letter_id,
                                                                 const std::string& note);

}  // namespace quayside
