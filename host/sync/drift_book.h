// What is known of a channel's drift, changed inside a transaction: suspicions, differences that were confirmed, and
// their end, each counted and told. Who found it and how is the caller's.
#pragma once

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/store/store.h"

namespace quayside {

// There was another number than was accepted last, seen at `now`: counted and told ("drift.found"), once more when it
// was confirmed before. The channel's quantity is the caller's to send again.
[[nodiscard]] absl::Status ConfirmDrift(Tx& tx, TimeUs now, DriftRecord drift, std::optional<int32_t> shown);

// It is over: the right number was seen ("drift.repaired"), or the suspicion came to nothing, which is only counted.
[[nodiscard]] absl::Status CloseDrift(Tx& tx, TimeUs now, const DriftRecord& drift);

// The channel shows that for the target, whatever was accepted: it is decided anew from there, and goes the way of
// every quantity: a lowering at once, a raise when the orders are known.
[[nodiscard]] absl::Status TakeForShown(Tx& tx, TimeUs now, TargetRecord target, std::optional<int32_t> shown);

// It cannot be compared any more: forgotten, counted as one that came to nothing.
[[nodiscard]] absl::Status DropDrift(Tx& tx, const DriftRecord& drift);

// The marketplace was asked for a settled target, and the answer is compared with what was accepted. `sells`: buyers
// may have bought since, so that less proves little. True: the difference is told as drift.
[[nodiscard]] absl::StatusOr<bool> SettleDrift(Tx& tx, TimeUs now, const TargetRecord& target,
                                               std::string_view channel_id, std::optional<int32_t> shown, bool sells);

}  // namespace quayside
