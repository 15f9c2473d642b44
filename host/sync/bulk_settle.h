// What became of numbers in a document, stored: intents settle, targets are released, the document counts. In pieces
// that a host may stop between: what has no outcome yet is still open, and is asked for again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/store/store.h"
#include "host/sync/bulk_target.h"
#include "host/sync/oversell_log.h"
#include "host/sync/step.h"
#include "quayside/plugin/v1/inventory_push.pb.h"

namespace quayside {

// Rows of a transaction: some thousandths of a second each hundred.
inline constexpr int kBulkPage = 500;

struct BulkOutcome {
  BulkItem item;
  NumberInDocument became = NumberInDocument::kUnknown;
  IntentOutcome intent;
};

// What the plugin says of an item; nullopt: it is still in work.
[[nodiscard]] std::optional<BulkOutcome> ReadOutcome(const BulkItem& item,
                                                     const quayside::plugin::v1::Outcome& outcome);

// Part of a transaction: one outcome. Counts in `bulk`, which the caller stores, and in `log`, which it commits.
[[nodiscard]] absl::Status SettleBulkItem(Tx& tx, const StepInputs& in, OversellLog& log, BulkRecord& bulk,
                                          const BulkOutcome& outcome);

// Stores `bulk` and the outcomes (there may be none yet) in pieces; with the last open one the document is over.
// Answers it as it is then. Every `read_back_every`-th number in force is read back later (0 = none).
[[nodiscard]] absl::StatusOr<BulkRecord> SettleBulk(const StepInputs& in, BulkRecord bulk,
                                                    const std::vector<BulkOutcome>& outcomes, int64_t read_back_every);

// Every how manyth number to read back: a sample, or all while the last document showed mismatches.
[[nodiscard]] int64_t ReadBackEvery(int64_t items, const std::vector<BulkRecord>& documents);

// The next piece of a document that never comes into force: its open intents go back. Answers it as it is then
// (kWithdrawn when nothing is left).
[[nodiscard]] absl::StatusOr<BulkRecord> ReleaseBulkPage(const StepInputs& in, BulkRecord bulk);

[[nodiscard]] absl::Status AppendDocumentEvent(Tx& tx, const StepInputs& in, std::string type, const BulkRecord& bulk);

}  // namespace quayside
