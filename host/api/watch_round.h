// One look of the pump at the event log, for all streams: those that are at the same place with the same filter share
// one read and one message, so that many watchers cost little more than one, and what a slow one holds back is held
// once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message_lite.h"
#include "grpcpp/support/byte_buffer.h"
#include "host/api/event_batch.h"
#include "host/store/store.h"

namespace quayside {

// What comes after a revision.
struct WatchBatch {
  int64_t revision = 0;  // to go on from
  bool has_events = false;
  grpc::ByteBuffer message;  // a WatchResponse
};

// As it goes over the wire: much smaller than the message.
[[nodiscard]] grpc::ByteBuffer ToBytes(const google::protobuf::MessageLite& message);

// Not thread-safe.
class WatchRound {
 public:
  explicit WatchRound(Store& store) : store_(store) {}

  // The revisions there are, as of the first call, or of the last LookAgain.
  [[nodiscard]] absl::StatusOr<EventSpan> Span();
  [[nodiscard]] absl::StatusOr<EventSpan> LookAgain();
  // Without events when nothing that is wanted happened. OUT_OF_RANGE HISTORY_GONE.
  [[nodiscard]] absl::StatusOr<WatchBatch> Next(int64_t after_revision, const std::vector<std::string>& type_prefixes);

 private:
  Store& store_;
  std::optional<EventSpan> span_;
  std::map<std::pair<int64_t, std::vector<std::string>>, WatchBatch> batches_;
};

}  // namespace quayside
