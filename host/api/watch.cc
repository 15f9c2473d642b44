#include "host/api/watch.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "host/api/event_batch.h"
#include "host/api/event_snapshot.h"
#include "host/base/errors.h"
#include "host/base/trace_scope.h"

namespace quayside {

using SteadyTime = std::chrono::steady_clock::time_point;

// Between gRPC's threads and the pump. The stream is the pump's (kClaimed), gRPC's (kWriting), nobody's (kIdle), or
// over (kEnded); who takes it out of kIdle alone touches it. It ends only out of kIdle, after the last write is done.
class WatchStream {
 public:
  class Reactor final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
   public:
    Reactor(std::shared_ptr<WatchStream> stream, StreamPlace place)
        : stream_(std::move(stream)), place_(std::move(place)) {}
    void OnWriteDone(bool ok) override { stream_->Written(ok); }
    void OnCancel() override { stream_->Cancel(); }
    void OnDone() override { delete this; }

   private:
    const std::shared_ptr<WatchStream> stream_;
    const StreamPlace place_;  // free as soon as gRPC is done with the stream
  };

  WatchStream(const api::WatchRequest& request, std::string caller, EventSignal& signal)
      : actor(std::move(caller)),
        prefixes(request.type_prefixes().begin(), request.type_prefixes().end()),
        wants_snapshot(request.include_snapshot()),
        signal_(signal) {
    if (request.after_revision() > 0) position = request.after_revision();
  }

  void Bind(Reactor* reactor) {
    const std::lock_guard<std::mutex> guard(mutex_);
    reactor_ = reactor;
  }

  // For the pump: kIdle becomes kClaimed.
  [[nodiscard]] bool Claim() {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (state_ != State::kIdle) return false;
    state_ = State::kClaimed;
    return true;
  }
  // Out of kClaimed, one of these three.
  void Release() { BackToIdle(); }
  void Write(grpc::ByteBuffer message) {
    message_ = std::move(message);
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      state_ = State::kWriting;
    }
    reactor_->StartWrite(&message_);
  }
  void End(const grpc::Status& status) {
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      end_ = status;
    }
    BackToIdle();
  }

  // From any thread: as soon as it is nobody's.
  void EndWhenIdle(const grpc::Status& status) {
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      if (!end_.has_value()) end_ = status;
      if (state_ != State::kIdle) return;
      state_ = State::kEnded;
    }
    reactor_->Finish(*end_);
  }

  [[nodiscard]] bool ended() {
    const std::lock_guard<std::mutex> guard(mutex_);
    return state_ == State::kEnded;
  }

  const std::string actor;                                // whose it is
  const std::optional<TraceContext> trace = KeepTrace();  // of the call that opened it
  // The pump's while claimed.
  const std::vector<std::string> prefixes;
  const bool wants_snapshot;
  std::optional<int64_t> position;         // everything up to here is delivered; unset: from now on
  std::optional<SnapshotReader> snapshot;  // what comes before the events after the position
  std::optional<EventSpan> gap;            // to be told with its first page: events are missing, these are kept
  bool opened = false;
  int64_t least_lag = 0;  // the closest it has been to the newest event
  SteadyTime bookmark_due{};

 private:
  enum class State { kIdle, kClaimed, kWriting, kEnded };

  void Written(bool ok) {
    message_.Clear();
    if (!ok) return EndAfterWrite(grpc::Status(grpc::StatusCode::CANCELLED, "the caller is gone"));
    BackToIdle();
    // What happened meanwhile was not read for this stream.
    signal_.Notify();
  }
  void EndAfterWrite(const grpc::Status& status) {
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      if (!end_.has_value()) end_ = status;
    }
    BackToIdle();
  }
  void Cancel() { EndWhenIdle(grpc::Status(grpc::StatusCode::CANCELLED, "the caller is gone")); }
  void BackToIdle() {
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      state_ = end_.has_value() ? State::kEnded : State::kIdle;
      if (state_ == State::kIdle) return;
    }
    reactor_->Finish(*end_);
  }

  EventSignal& signal_;
  Reactor* reactor_ = nullptr;  // alive until kEnded
  grpc::ByteBuffer message_;
  std::mutex mutex_;
  State state_ = State::kIdle;
  std::optional<grpc::Status> end_;  // how it ends as soon as it can
};

WatchPump::WatchPump(const ApiContext& context) : context_(context), thread_([this] { Work(); }) {}

grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchPump::Open(const api::WatchRequest& request, StreamCaller caller) {
  auto stream = std::make_shared<WatchStream>(request, std::move(caller.principal.actor), context_.parts.events);
  auto* reactor = new WatchStream::Reactor(stream, std::move(caller.place));
  stream->Bind(reactor);
  absl::Status status = CheckEventFilter(request.after_revision(), stream->prefixes);
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (stopping_.load()) status = ShuttingDown();
    if (status.ok()) streams_.push_back(stream);
  }
  if (status.ok()) {
    context_.parts.events.Notify();
  } else {
    stream->EndWhenIdle(context_.calls.Answer(status));
  }
  return reactor;
}

void WatchPump::Stop() {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    stopping_.store(true);
  }
  context_.parts.events.Notify();
  if (thread_.joinable()) thread_.join();
  // The pump holds none of them any more.
  std::list<std::shared_ptr<WatchStream>> streams;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    streams.swap(streams_);
  }
  for (const auto& stream : streams) {
    const TraceScope scope(stream->trace);
    stream->EndWhenIdle(context_.calls.Answer(ShuttingDown()));
  }
}

void WatchPump::Work() {
  uint64_t seen = 0;
  SteadyTime next = std::chrono::steady_clock::now();
  while (!stopping_.load()) {
    seen = context_.parts.events.Wait(seen, next);
    if (stopping_.load()) return;
    next = ServeAll();
  }
}

SteadyTime WatchPump::ServeAll() {
  std::vector<std::shared_ptr<WatchStream>> streams;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    streams_.remove_if([](const auto& stream) { return stream->ended(); });
    streams.assign(streams_.begin(), streams_.end());
  }
  SteadyTime next = std::chrono::steady_clock::now() + context_.options.bookmark_interval;
  WatchRound round(context_.parts.store);
  for (const auto& stream : streams) {
    if (!stream->Claim()) continue;
    const TraceScope scope(stream->trace);
    const SteadyTime due = stream->bookmark_due;
    const absl::Status status = Serve(*stream, round);
    if (!status.ok()) stream->End(context_.calls.Answer(status));
    if (due > std::chrono::steady_clock::now()) next = std::min(next, due);
  }
  if (context_.parts.watch_load != nullptr) Measure(streams, round, *context_.parts.watch_load);
  return next;
}

void WatchPump::Measure(const std::vector<std::shared_ptr<WatchStream>>& streams, WatchRound& round, WatchLoad& load) {
  load.watchers = static_cast<int64_t>(streams.size());
  if (streams.empty()) {
    load.lag = 0;
    return;
  }
  // A store that cannot be read ends the streams; until then the figure stays as it was.
  const absl::StatusOr<EventSpan> span = round.Span();
  if (!span.ok()) return;
  int64_t lag = 0;
  for (const auto& stream : streams) lag = std::max(lag, span->last - stream->position.value_or(span->last));
  load.lag = lag;
}

absl::Status WatchPump::Place(WatchStream& stream, const EventSpan& span) {
  if (stream.position.has_value()) {
    const absl::Status kept = CheckHistory(span, *stream.position);
    if (kept.ok() || !stream.wants_snapshot) return kept;
    stream.gap = span;
  }
  stream.position = span.last;
  if (stream.wants_snapshot) stream.snapshot.emplace(stream.prefixes);
  return absl::OkStatus();
}

absl::Status WatchPump::ServeSnapshot(WatchStream& stream, WatchRound& round) {
  api::WatchResponse response;
  QS_RETURN_IF_ERROR(context_.parts.store.Read([&](ReadTx& tx) { return stream.snapshot->ReadPage(tx, response); }));
  if (stream.gap.has_value()) {
    response.mutable_gap()->set_first_revision(stream.gap->first);
    response.mutable_gap()->set_last_revision(stream.gap->last);
    stream.gap.reset();
  }
  if (response.snapshot_complete()) {
    response.set_revision(*stream.position);
    stream.snapshot.reset();
    // What happened meanwhile is no sign of a slow reader.
    QS_ASSIGN_OR_RETURN(const EventSpan span, round.Span());
    stream.least_lag = span.last - *stream.position;
  }
  stream.opened = true;
  stream.bookmark_due = std::chrono::steady_clock::now() + context_.options.bookmark_interval;
  stream.Write(ToBytes(response));
  return absl::OkStatus();
}

absl::Status WatchPump::Serve(WatchStream& stream, WatchRound& round) {
  QS_RETURN_IF_ERROR(context_.gate.StillSignedIn(stream.actor));
  QS_ASSIGN_OR_RETURN(const EventSpan span, round.Span());
  if (!stream.snapshot.has_value()) QS_RETURN_IF_ERROR(Place(stream, span));
  if (stream.snapshot.has_value()) return ServeSnapshot(stream, round);
  const int64_t lag = span.last - *stream.position;
  // Who begins far behind may catch up; who falls back from where it was is too slow.
  if (!stream.opened) stream.least_lag = lag;
  if (lag > stream.least_lag + context_.options.max_watch_lag) {
    return MakeError(absl::StatusCode::kResourceExhausted, Reason::kWatchTooSlow,
                     absl::StrCat("the reader is ", lag, " events behind; resume after revision ", *stream.position),
                     {{"revision", absl::StrCat(*stream.position)}});
  }
  stream.least_lag = std::min(stream.least_lag, lag);
  absl::StatusOr<WatchBatch> next = round.Next(*stream.position, stream.prefixes);
  if (HasReason(next.status(), Reason::kHistoryGone) && stream.wants_snapshot) {
    // Deleted since the round began.
    QS_ASSIGN_OR_RETURN(const EventSpan left, round.LookAgain());
    QS_RETURN_IF_ERROR(Place(stream, left));
    return ServeSnapshot(stream, round);
  }
  QS_ASSIGN_OR_RETURN(WatchBatch batch, std::move(next));
  const SteadyTime now = std::chrono::steady_clock::now();
  stream.position = batch.revision;
  // The first message says where the stream begins, even when nothing happened yet.
  if (!batch.has_events && stream.opened && now < stream.bookmark_due) {
    stream.Release();
    return absl::OkStatus();
  }
  stream.opened = true;
  stream.bookmark_due = now + context_.options.bookmark_interval;
  stream.Write(std::move(batch.message));
  return absl::OkStatus();
}

}  // namespace quayside
