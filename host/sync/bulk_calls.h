// Shared by the calls about documents, and by those that hand work over to a marketplace.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "host/store/store.h"
#include "host/sync/step.h"
#include "quayside/plugin/v1/inventory_push.pb.h"
#include "quayside/plugin/v1/outcome.pb.h"

namespace quayside {

inline constexpr char kPushContract[] = "inventory_push/1";

// How long to wait before the next look at a document handed over `age_us` ago: an eighth of it, between half a minute
// and five.
[[nodiscard]] DurationUs PollDelay(DurationUs age_us);
// When the plugin wants to be asked again, if it says so sensibly; else by the document's age.
[[nodiscard]] TimeUs NextPoll(TimeUs asked_for_us, TimeUs now, DurationUs age_us);

// The marketplace refused the call, or it was not made: nothing happened there.
[[nodiscard]] bool IsRefusedBeforeSending(const absl::Status& failure);
// What a call that failed as a whole says of each thing that it handed over. A refusal before sending leaves them where
// they were; after anything else nobody knows.
[[nodiscard]] quayside::plugin::v1::Outcome OutcomeOfFailure(const absl::Status& failure, TimeUs now);
// No other call would fare better before a person has done something.
[[nodiscard]] bool IsForOperator(const absl::Status& failure);

[[nodiscard]] absl::Status AddIntent(const BulkItem& item,
                                     google::protobuf::RepeatedPtrField<quayside::plugin::v1::QuantityIntent>& intents);
// All items of the document whose outcome is open.
[[nodiscard]] absl::StatusOr<std::vector<BulkItem>> OpenItems(const StepInputs& in, int64_t bulk_id);

// A call about a document failed: it is said where an operator looks, and tried again later. The lane goes on.
void NoteFailedCall(const StepInputs& in, std::string_view method, const absl::Status& failure, BulkRecord& bulk);
// Fenced, with the budgets that changed.
[[nodiscard]] absl::Status StoreBulk(const StepInputs& in, const BulkRecord& bulk);

}  // namespace quayside
