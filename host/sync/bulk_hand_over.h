// Hands a gathered document over, at most once: that it is about to be is durable before the plugin is asked, and
// whoever finds it so afterwards asks whether it was before anything is sent again.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/store/store.h"
#include "host/sync/bulk_settle.h"
#include "host/sync/step.h"
#include "quayside/plugin/v1/inventory_push.pb.h"

namespace quayside {

// The plugin's answer to push_bulk, as a whole.
struct HandOver {
  enum class Result { kTaken, kNothing, kUnknown } result = Result::kUnknown;
  std::string handle;
  TimeUs retry_at_us = 0;
  std::string words;
  // Of items that are not in the document, or already settled.
  std::vector<BulkOutcome> settled;
};
[[nodiscard]] HandOver ReadHandOver(const quayside::plugin::v1::PushReply& reply, const std::vector<BulkItem>& items);

// A kGathering document. Answers it as stored. The status is of the store, or tells that the plugin's credentials were
// refused (then the document is stored as what it is, too).
[[nodiscard]] absl::StatusOr<BulkRecord> HandOverDocument(const StepInputs& in, BulkRecord bulk);

// A document of which nobody knows whether it was handed over: kUnknown, or kStuck without a handle.
[[nodiscard]] absl::StatusOr<BulkRecord> FindDocument(const StepInputs& in, BulkRecord bulk);

}  // namespace quayside
