// Positions that a version left which another one cannot read: after it was taken back, or a canary that was cut short.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// Of all lanes of the plugin, those at a position that the version cannot read and that is newer than its own.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> FindUnreadableLanes(
    ReadTx& tx, const quayside::plugin::v1::Manifest& manifest);

// The same for whoever has read the lanes.
[[nodiscard]] std::vector<std::string> UnreadableLanes(const quayside::plugin::v1::Manifest& manifest,
                                                       const std::vector<LanePlaceRecord>& lanes);

// Their positions are replaced by the newest former one the version can read; of a lane that has another by then, or
// that it can read, nothing is changed. Answers the lanes that moved.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> RestoreReadableCursors(
    Tx& tx, const quayside::plugin::v1::Manifest& manifest, const std::vector<std::string>& lanes);

// The same for one lane as its step begins: whatever was missed is healed here. Answers the lane with the position its
// step begins at; without a former one that can be read that is its own, and the plugin is asked to upgrade it.
[[nodiscard]] absl::StatusOr<LaneRecord> WithReadableCursor(Store& store,
                                                            const quayside::plugin::v1::Manifest& manifest,
                                                            const LaneRecord& claimed);

}  // namespace quayside
