// Documents that were handed over: asked for until they end, taken back or passed by when they take too long.
#pragma once

#include "absl/status/statusor.h"
#include "host/store/store.h"
#include "host/sync/step.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// Nobody asks for a document any longer than this after its hand-over; what is open then is unknown.
inline constexpr DurationUs kDocumentGivenUpUs = 3 * kDayUs;

// kInWork or kStuck, with a handle. Answers it as stored.
[[nodiscard]] absl::StatusOr<BulkRecord> PollDocument(const StepInputs& in, BulkRecord bulk);

// A document that has not ended by its deadline: withdrawn if the marketplace still can, else its quantities go by item
// (kStuck) while it is watched.
[[nodiscard]] absl::StatusOr<BulkRecord> EscapeDocument(const StepInputs& in, BulkRecord bulk);

// BulkRecord::freed_through when there is nothing left to free.
inline constexpr int64_t kAllFreed = INT64_MAX;

// The next piece of a stuck document's targets is to be decided anew. `more`: there may be others.
struct Freed {
  BulkRecord bulk;
  bool more = false;
};
[[nodiscard]] absl::StatusOr<Freed> FreeDocumentPage(const StepInputs& in, BulkRecord bulk);

// After kDocumentGivenUpUs: whatever is open becomes unknown and is sent again.
[[nodiscard]] absl::StatusOr<BulkRecord> GiveDocumentUp(const StepInputs& in, BulkRecord bulk);

}  // namespace quayside
