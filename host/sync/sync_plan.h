// The dry run of a whole sync: what would be sent for each linked listing of a channel, judged by the rules
// that the inventory lane decides with, and applied row by row as far as that is still so. Parts of transactions.
//
//   SyncPlanRecord: kPlanning -- PlanNext, TakePlanned ... --> kReady -- ApplyNext ... --> kApplied
//
// Nothing that a row says is sent by itself: a row that is let go is decided once more by the lane, with everything
// that a number always passes (a raise waits for orders), but the brake: a person has approved it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/store/store.h"
#include "host/sync/target_reader.h"

namespace quayside {

inline constexpr size_t kPlanHashDigits = 12;

// What a sync would send for the SKU by this channel's rules; nullopt: nothing. What travels with that number already
// is not sent again. `channel`: as `reader` knows it, a supposed one too.
[[nodiscard]] absl::StatusOr<std::optional<SyncPlanRowRecord>> PlanTarget(ReadTx& tx, TargetReader& reader,
                                                                          const ChannelRecord& channel,
                                                                          const std::string& sku, bool force,
                                                                          TimeUs now);

// Do both write the same, in place of the same?
[[nodiscard]] bool SameWrite(const SyncPlanRowRecord& a, const SyncPlanRowRecord& b);

// It takes a listing to zero that may show more now.
[[nodiscard]] inline bool TakesToZero(const SyncPlanRowRecord& row) { return row.quantity == 0 && row.shown != 0; }

// The channel as the plan takes it: with its switches on, and the plan's options.
[[nodiscard]] ChannelRecord PlannedFor(ChannelRecord channel, const SyncPlanRecord& plan);

struct PlannedPiece {
  std::vector<SyncPlanRowRecord> rows;
  int64_t listings = 0;
  std::string through_sku;
  bool last = false;
};

// Looks at the next listings, at most `at_most`, after the plan's through_sku.
[[nodiscard]] absl::StatusOr<PlannedPiece> PlanNext(ReadTx& tx, TargetReader& reader, const ChannelRecord& channel,
                                                    const SyncPlanRecord& plan, TimeUs now, int at_most);

// Adds the piece to the plan, which the caller read in this transaction, and stores both.
[[nodiscard]] absl::Status TakePlanned(Tx& tx, SyncPlanRecord& plan, const PlannedPiece& piece, TimeUs now);

// Lets the next rows go, at most `at_most` (some reads and a write each: hundreds, not thousands), skips those that are
// not as planned any more, and stores how far it is: kApplied when there are no more. The last piece opens the gate of
// a channel whose first quantities these were; whatever else waits behind it is decided anew.
[[nodiscard]] absl::Status ApplyNext(Tx& tx, TargetReader& reader, SyncPlanRecord& plan, TimeUs now, int at_most);

}  // namespace quayside
