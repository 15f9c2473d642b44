#include "host/api/watch_round.h"

#include "grpcpp/support/slice.h"
#include "host/base/errors.h"

namespace quayside {

grpc::ByteBuffer ToBytes(const google::protobuf::MessageLite& message) {
  const grpc::Slice bytes(message.SerializeAsString());
  return {&bytes, 1};
}

absl::StatusOr<EventSpan> WatchRound::Span() {
  if (span_.has_value()) return *span_;
  EventSpan span;
  QS_RETURN_IF_ERROR(store_.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(span, ReadEventSpan(tx));
    return absl::OkStatus();
  }));
  span_ = span;
  return span;
}

absl::StatusOr<EventSpan> WatchRound::LookAgain() {
  span_.reset();
  return Span();
}

absl::StatusOr<WatchBatch> WatchRound::Next(int64_t after_revision, const std::vector<std::string>& type_prefixes) {
  const auto key = std::pair(after_revision, type_prefixes);
  const auto found = batches_.find(key);
  if (found != batches_.end()) return found->second;
  quayside::v1::WatchResponse response;
  response.set_revision(after_revision);
  QS_ASSIGN_OR_RETURN(const EventSpan known, Span());
  if (known.last > after_revision) {
    QS_RETURN_IF_ERROR(store_.Read([&](ReadTx& tx) -> absl::Status {
      // In one look with the events: old ones may be deleted at any time.
      QS_ASSIGN_OR_RETURN(const EventSpan span, ReadEventSpan(tx));
      QS_RETURN_IF_ERROR(CheckHistory(span, after_revision));
      QS_ASSIGN_OR_RETURN(response, ReadEventBatch(tx, after_revision, type_prefixes));
      return absl::OkStatus();
    }));
  }
  WatchBatch batch{
      .revision = response.revision(), .has_events = !response.events().empty(), .message = ToBytes(response)};
  batches_.emplace(key, batch);
  return batch;
}

}  // namespace quayside
