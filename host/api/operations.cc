#include "host/api/operations.h"

#include <utility>
#include <vector>

#include "host/api/calls.h"
#include "host/api/convert.h"
#include "host/api/operation_view.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/trace_scope.h"

namespace quayside {

namespace api = quayside::v1;

namespace {

constexpr int kKept = 1000;
constexpr size_t kMostInBackground = 16;

api::WatchOperationResponse NewsOf(const api::Operation& operation) {
  api::WatchOperationResponse message;
  *message.mutable_operation() = operation;
  return message;
}

}  // namespace

OperationInHand::~OperationInHand() {
  // It never began, or somebody forgot to end it: then the next start says so.
  if (!ended_) owner_.Forget(record_.id);
}

std::string OperationInHand::name() const { return OperationName(record_.id); }

absl::Status OperationInHand::Begin(Tx& tx) const {
  QS_RETURN_IF_ERROR(tx.PutOperation(record_));
  return AddEvent(tx, record_.started_us, "operation.started", name(),
                  {{"method", record_.method}, {"subject", record_.subject}});
}

void OperationInHand::Tell(const OperationNews& news) {
  record_.done = news.done;
  record_.total = news.total;
  record_.progress = news.progress;
  owner_.Show(record_, false);
}

absl::Status OperationInHand::WriteEnd(Tx& tx) const {
  QS_RETURN_IF_ERROR(tx.PutOperation(record_));
  QS_RETURN_IF_ERROR(tx.TrimOperations(kKept));
  const bool good = record_.state == OperationState::kSucceeded;
  std::map<std::string, std::string> attributes = {
      {"method", record_.method}, {"subject", record_.subject}, {"state", good ? "SUCCEEDED" : "FAILED"}};
  if (!good) attributes["reason"] = record_.error_reason;
  QS_RETURN_IF_ERROR(AddEvent(tx, record_.ended_us, "operation.ended", name(), std::move(attributes)));
  if (!background_) return absl::OkStatus();
  return tx
      .AppendAudit({.time_us = record_.ended_us,
                    .actor = record_.actor,
                    .action = record_.method,
                    .resource = name(),
                    .outcome = good ? "ok" : record_.error_reason,
                    .details = details_})
      .status();
}

absl::Status OperationInHand::Succeed(const api::Operation& result, const InTransaction& also) {
  record_.state = OperationState::kSucceeded;
  record_.ended_us = owner_.parts_.clock.Now();
  record_.result = StoredResult(result);
  const absl::Status written = owner_.parts_.store.Write([&](Tx& tx) -> absl::Status {
    if (also) QS_RETURN_IF_ERROR(also(tx));
    return WriteEnd(tx);
  });
  if (!written.ok()) {
    Fail(written);
    return written;
  }
  End();
  return absl::OkStatus();
}

void OperationInHand::Fail(const absl::Status& why) {
  record_.state = OperationState::kFailed;
  record_.ended_us = owner_.parts_.clock.Now();
  record_.result.clear();
  // As a caller would see it: what is a fault of the host stays in its log.
  record_.error = owner_.parts_.calls.Answer(why).error_message();
  record_.error_reason = ReasonOf(why);
  if (record_.error_reason.empty()) record_.error_reason = std::string(ReasonText(Reason::kInternal));
  const absl::Status written = owner_.parts_.store.Write([this](Tx& tx) { return WriteEnd(tx); });
  if (!written.ok()) {
    owner_.parts_.logger.Error("the end of an operation could not be stored",
                               {Field("operation", name()), Field("error", written)});
    owner_.Show(record_, true);
    ended_ = true;  // known in memory as long as the host runs
    return;
  }
  End();
}

void OperationInHand::End() {
  owner_.Show(record_, true);
  owner_.Forget(record_.id);
  ended_ = true;
}

Operations::Operations(const Parts& parts)
    : parts_(parts),
      threads_(kMostInBackground, "too many operations are under way; try again when some are through") {}

std::unique_ptr<OperationInHand> Operations::New(OperationOrder order) {
  OperationRecord record{.id = parts_.ids.Next(),
                         .method = std::move(order.method),
                         .subject = std::move(order.subject),
                         .actor = std::move(order.actor),
                         .started_us = parts_.clock.Now(),
                         .facts = std::move(order.facts)};
  if (const TraceContext* trace = CurrentTrace(); trace != nullptr) record.trace_id = TraceIdText(*trace);
  {
    // Before its row is there: who finds the row finds this, too, until it has ended.
    const std::lock_guard<std::mutex> lock(mutex_);
    live_[record.id].record = record;
  }
  return std::make_unique<OperationInHand>(*this, std::move(record), order.background);
}

absl::StatusOr<api::Operation> Operations::Get(int64_t id) {
  OperationRecord record;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(record, tx.GetOperation(id));
    return absl::OkStatus();
  }));
  if (record.ended_us == 0) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto found = live_.find(id); found != live_.end()) record = found->second.record;
  }
  return OperationView(record);
}

absl::StatusOr<std::vector<api::Operation>> Operations::List(const OperationQuery& query) {
  std::vector<OperationRecord> records;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(records, tx.ListOperations(query));
    return absl::OkStatus();
  }));
  std::vector<api::Operation> shown;
  for (OperationRecord& record : records) {
    if (record.ended_us == 0) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (const auto found = live_.find(record.id); found != live_.end()) record = found->second.record;
    }
    QS_ASSIGN_OR_RETURN(api::Operation operation, OperationView(record));
    shown.push_back(std::move(operation));
  }
  return shown;
}

grpc::ServerWriteReactor<api::WatchOperationResponse>* Operations::Watch(const std::string& name, StreamCaller caller) {
  const auto stream = std::make_shared<Stream>();
  auto* reactor = new Stream::Reactor(stream, std::move(caller.place));
  stream->Bind(reactor);
  const absl::Status status = [&]() -> absl::Status {
    QS_ASSIGN_OR_RETURN(const int64_t id, ParseOperationName(name));
    // Of one that has no row yet nobody knows the name.
    QS_ASSIGN_OR_RETURN(api::Operation operation, Get(id));
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (stopping_) return ShuttingDown();
      // The token may have been revoked since the call came in; from here on EndSignedOut finds the stream.
      QS_RETURN_IF_ERROR(parts_.gate.StillSignedIn(caller.principal.actor));
      const auto found = live_.find(id);
      if (found != live_.end() && found->second.record.ended_us == 0) {
        std::list<Watcher>& watchers = found->second.watchers;
        watchers.remove_if([](const Watcher& watcher) { return watcher.stream->over(); });
        QS_ASSIGN_OR_RETURN(operation, OperationView(found->second.record));
        stream->Push(NewsOf(operation));
        watchers.push_back({stream, caller.principal.actor});
        return absl::OkStatus();
      }
    }
    // It may have ended meanwhile.
    QS_ASSIGN_OR_RETURN(operation, Get(id));
    stream->Push(NewsOf(operation));
    stream->End(grpc::Status::OK);
    return absl::OkStatus();
  }();
  if (!status.ok()) stream->End(parts_.calls.Answer(status));
  return reactor;
}

void Operations::Show(const OperationRecord& record, bool over) {
  const absl::StatusOr<api::Operation> operation = OperationView(record);
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = live_.find(record.id);
  if (found == live_.end()) return;
  found->second.record = record;
  for (const Watcher& watcher : found->second.watchers) {
    absl::Status status = parts_.gate.StillSignedIn(watcher.actor);
    if (status.ok()) status = operation.status();
    if (!status.ok()) {
      watcher.stream->End(parts_.calls.Answer(status));
      continue;
    }
    watcher.stream->Replace(NewsOf(*operation));
    if (over) watcher.stream->End(grpc::Status::OK);
  }
  if (over) found->second.watchers.clear();
}

void Operations::EndSignedOut() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto& [id, live] : live_) {
    live.watchers.remove_if([this](const Watcher& watcher) {
      const absl::Status status = parts_.gate.StillSignedIn(watcher.actor);
      if (!status.ok()) watcher.stream->End(parts_.calls.Answer(status));
      return !status.ok();
    });
  }
}

void Operations::Forget(int64_t id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  live_.erase(id);
}

void Operations::EndStreams() {
  threads_.Refuse();
  const std::lock_guard<std::mutex> lock(mutex_);
  stopping_ = true;
  for (auto& [id, live] : live_) {
    for (const Watcher& watcher : live.watchers) watcher.stream->End(parts_.calls.Answer(ShuttingDown()));
    live.watchers.clear();
  }
}

void Operations::Stop() {
  EndStreams();
  threads_.Stop();
}

}  // namespace quayside
