#include "host/api/calls.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/alarm.h"
#include "host/api/changes.h"
#include "host/api/rpc_status.h"
#include "host/base/errors.h"
#include "host/security/redact.h"

namespace quayside {
namespace {

std::vector<std::string_view> MetadataValues(const grpc::ServerContextBase& context, const char* name) {
  std::vector<std::string_view> values;
  const auto range = context.client_metadata().equal_range(name);
  for (auto each = range.first; each != range.second; ++each) {
    values.emplace_back(each->second.data(), each->second.size());
  }
  return values;
}

// One unary call on a pool. Its request and response are copies: gRPC's own die with the call, which may end before the
// method.
class QueuedCall {
 public:
  // Lives until gRPC is done with the call.
  class Reactor final : public grpc::ServerUnaryReactor {
   public:
    Reactor(std::shared_ptr<QueuedCall> call, const absl::Status& on_deadline, CallTime deadline,
            const std::function<grpc::Status(const absl::Status&)>& answer)
        : call_(std::move(call)) {
      alarm_.Set(deadline, [call = call_, on_deadline, answer](bool expired) {
        if (expired && !call->Ended()) call->Finish(answer(on_deadline));
      });
    }
    void OnCancel() override { call_->Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the caller is gone")); }
    void OnDone() override { delete this; }

   private:
    const std::shared_ptr<QueuedCall> call_;
    grpc::Alarm alarm_;
  };

  QueuedCall(const google::protobuf::Message& request, google::protobuf::Message* wire_response)
      : request_(request.New()), response_(wire_response->New()), wire_response_(wire_response) {
    request_->CopyFrom(request);
  }

  void Bind(Reactor* reactor) {
    const std::lock_guard<std::mutex> guard(mutex_);
    reactor_ = reactor;
  }

  [[nodiscard]] bool Ended() {
    const std::lock_guard<std::mutex> guard(mutex_);
    return reactor_ == nullptr;
  }

  // The first one counts.
  void Finish(const grpc::Status& status) {
    Reactor* reactor = nullptr;
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      reactor = std::exchange(reactor_, nullptr);
      if (reactor == nullptr) return;
      if (status.ok()) wire_response_->GetReflection()->Swap(wire_response_, response_.get());
    }
    reactor->Finish(status);
  }

  const google::protobuf::Message& request() const { return *request_; }
  google::protobuf::Message& response() { return *response_; }

 private:
  const std::unique_ptr<google::protobuf::Message> request_;
  const std::unique_ptr<google::protobuf::Message> response_;
  google::protobuf::Message* const wire_response_;
  std::mutex mutex_;
  Reactor* reactor_ = nullptr;  // null once answered
};

}  // namespace

Calls::Calls(const CallParts& parts, const ApiOptions& options)
    : parts_(parts),
      options_(options),
      trace_ids_(options.trace_seed),
      writes_(options.write_threads, static_cast<size_t>(options.max_waiting_calls)),
      slow_(options.slow_threads, static_cast<size_t>(options.max_waiting_calls)) {}

TraceContext Calls::SpanOf(const grpc::ServerContextBase& context) {
  std::optional<TraceContext> parent =
      TraceOfHeaders(MetadataValues(context, "traceparent"), MetadataValues(context, "tracestate"));
  return parent.has_value() ? trace_ids_.ChildOf(*std::move(parent)) : trace_ids_.Fresh();
}

void Calls::Arrived(grpc::CallbackServerContext* context, const google::protobuf::Message& request) const {
  context->AddInitialMetadata(kTimeMetadata, absl::StrCat(parts_.clock.Now()));
  if (!parts_.logger.Writes(LogLevel::kDebug)) return;
  parts_.logger.Debug("API call",
                      {Field("call", request.GetDescriptor()->full_name()), Field("request", RedactedText(request))});
}

grpc::Status Calls::Answer(const absl::Status& status) const {
  if (status.ok()) return grpc::Status::OK;
  const std::string request_id = absl::StrCat(absl::Hex(parts_.ids.Next()));
  if (!HasDocumentedReason(status) || HasReason(status, Reason::kInternal)) {
    parts_.logger.Error("an API call failed", {Field("request", request_id), Field("error", status)});
  } else {
    parts_.logger.Debug("an API call was refused", {Field("request", request_id), Field("reason", ReasonOf(status))});
  }
  const TraceContext* trace = CurrentTrace();
  return ToRpcStatus(status, parts_.clock.Now(), request_id, trace == nullptr ? "" : TraceIdText(*trace));
}

grpc::Status Calls::AnswerTo(grpc::CallbackServerContext* context, const absl::Status& status) {
  const TraceContext trace = SpanOf(*context);
  const TraceScope scope(&trace);
  context->AddInitialMetadata(kTimeMetadata, absl::StrCat(parts_.clock.Now()));
  return Answer(status);
}

grpc::ServerUnaryReactor* Calls::Refused(grpc::CallbackServerContext* context, const absl::Status& status) const {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(Answer(status));
  return reactor;
}

grpc::Status Calls::Run(const std::function<absl::Status()>& body) const {
  if (refusing()) return Answer(ShuttingDown());
  try {
    return Answer(body());
  } catch (const std::exception& error) {
    // Ours throw nothing; this is memory, or a library.
    return Answer(absl::InternalError(error.what()));
  }
}

grpc::ServerUnaryReactor* Calls::Queue(WorkerPool& pool, grpc::CallbackServerContext* context, const Message& request,
                                       Message* response, Body body) {
  const TraceContext trace = SpanOf(*context);
  const TraceScope scope(&trace);
  Arrived(context, request);
  const absl::StatusOr<Principal> caller = parts_.gate.Admit(*context, request);
  if (!caller.ok()) return Refused(context, caller.status());
  const CallTime deadline = DeadlineOf(*context);
  auto call = std::make_shared<QueuedCall>(request, response);
  auto* reactor = new QueuedCall::Reactor(
      call, MakeError(absl::StatusCode::kDeadlineExceeded, Reason::kDeadlineExceeded, "the call took too long"),
      deadline, [this, trace](const absl::Status& status) {
        const TraceScope late(&trace);
        return Answer(status);
      });
  call->Bind(reactor);
  const bool queued = pool.TryRun([this, call, deadline, trace, actor = caller->actor, body = std::move(body)] {
    if (call->Ended()) return;
    const TraceScope work(&trace);
    const Callers::Scope who(parts_.callers, call->request(), actor);
    call->Finish(
        Run([&] { return WithRequestId(call->request(), body(deadline, call->request(), call->response())); }));
  });
  if (!queued) call->Finish(Answer(NoRoom()));
  return reactor;
}

CallTime Calls::DeadlineOf(const grpc::ServerContextBase& context) const {
  const CallTime now = std::chrono::system_clock::now();
  const CallTime asked = context.deadline();
  return asked == CallTime::max() ? now + options_.default_deadline
                                  : std::min<CallTime>(asked, now + options_.max_deadline);
}

absl::Status Calls::NoRoom() const {
  if (refusing()) return ShuttingDown();
  return MakeError(absl::StatusCode::kResourceExhausted, Reason::kOverloaded,
                   "too many calls are waiting; try again in a moment",
                   {{std::string(kRetryAtKey), absl::StrCat(parts_.clock.Now() + kSecondUs)}});
}

absl::Status Calls::QueueWrite(std::function<void()> work) {
  if (refusing()) return ShuttingDown();
  const bool queued = writes_.TryRun([work = std::move(work), trace = KeepTrace()] {
    const TraceScope scope(trace);
    work();
  });
  return queued ? absl::OkStatus() : NoRoom();
}

void Calls::Stop() {
  Refuse();
  writes_.Stop();
  slow_.Stop();
}

DurationUs TimeLeft(const Clock& clock, CallTime deadline) {
  return std::max(kMillisecondUs, clock.DurationOfReal(RealTimeUntil(deadline)));
}

DurationUs RealTimeUntil(CallTime deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::microseconds>(deadline - std::chrono::system_clock::now());
  return std::max<DurationUs>(kMillisecondUs, left.count() * 9 / 10);
}

absl::Status ShuttingDown() {
  return MakeError(absl::StatusCode::kUnavailable, Reason::kShuttingDown, "the host is stopping");
}

}  // namespace quayside
