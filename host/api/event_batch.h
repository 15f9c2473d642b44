// Reading the event log for one watcher.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/store/store.h"
#include "quayside/v1/event_service.pb.h"

namespace quayside {

[[nodiscard]] quayside::v1::Event ToProto(const EventRecord& record);
// INVALID_ARGUMENT with every violation.
[[nodiscard]] absl::Status CheckEventFilter(int64_t after_revision, const std::vector<std::string>& type_prefixes);

// The revisions the log has.
struct EventSpan {
  int64_t first = 0;  // 0 = none
  int64_t last = 0;
};
[[nodiscard]] absl::StatusOr<EventSpan> ReadEventSpan(ReadTx& tx);
// OUT_OF_RANGE HISTORY_GONE when events after `after_revision` are compacted, or when it is of a future that a restored
// backup does not have.
[[nodiscard]] absl::Status CheckHistory(const EventSpan& span, int64_t after_revision);

// The next events after a revision, whole transactions only, with the revision to go on from. No events and a revision
// further on: none of those in between was wanted.
[[nodiscard]] absl::StatusOr<quayside::v1::WatchResponse> ReadEventBatch(ReadTx& tx, int64_t after_revision,
                                                                         const std::vector<std::string>& type_prefixes);

}  // namespace quayside
