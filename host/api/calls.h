// From gRPC to a method of ours and back: where a unary call runs, its deadline, its cancellation, and its status.
//
// Every unary call has a deadline: the client's, without one 10 s, at most 60 s. Read: at once on gRPC's thread; its
// queries end with the deadline, or when the client is gone (host/base/call_limit.h). Write and Slow: on a pool; the
// call is answered once, by the method or by its deadline or its cancellation, whichever is first. A method that was
// overtaken runs to its end and its answer is dropped: what it committed stays, and request_id tells the client.
//
// Whatever the kind, Gate decides first whether the call comes in; a method never sees a request that did not. Each
// call is a span of the trace its metadata `traceparent` names, or of a fresh one, and what is done for it knows that
// (host/base/trace_scope.h).
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "host/api/callers.h"
#include "host/api/gate.h"
#include "host/api/server.h"
#include "host/api/worker_pool.h"
#include "host/base/call_limit.h"
#include "host/base/trace_ids.h"
#include "host/base/trace_scope.h"

namespace quayside {

using CallTime = std::chrono::system_clock::time_point;

// Sent with every answer: the host's clock when the call arrived, microseconds UTC in decimal. All times of the API are
// of this clock, which in development may run with a simulator's.
inline constexpr char kTimeMetadata[] = "quayside-time-us";

// A stream that is not let in: ends with its status. gRPC owns it.
template <class Response>
class RefusedStream final : public grpc::ServerWriteReactor<Response> {
 public:
  explicit RefusedStream(const grpc::Status& status) { this->Finish(status); }
  void OnDone() override { delete this; }
};

// The same for a client's stream.
class RefusedUpload final : public grpc::ServerReadReactor<grpc::ByteBuffer> {
 public:
  explicit RefusedUpload(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

struct CallParts {
  Logger& logger;
  const Clock& clock;
  IdSource& ids;
  Gate& gate;
  Callers& callers;
};

// Thread-safe.
class Calls {
 public:
  Calls(const CallParts& parts, const ApiOptions& options);

  template <class Service, class Request, class Response>
  grpc::ServerUnaryReactor* Read(grpc::CallbackServerContext* context, const Request* request, Response* response,
                                 Service* service, absl::Status (Service::*method)(const Request&, Response&)) {
    const TraceContext trace = SpanOf(*context);
    const TraceScope scope(&trace);
    Arrived(context, *request);
    const absl::StatusOr<Principal> caller = parts_.gate.Admit(*context, *request);
    if (!caller.ok()) return Refused(context, caller.status());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const CallLimit limit(DeadlineOf(*context), [context] { return context->IsCancelled(); });
    const CallLimitScope limited(limit);
    reactor->Finish(Run([&] { return (service->*method)(*request, *response); }));
    return reactor;
  }

  // `open` makes the reactor of a caller that is let in; what it leaves to other threads it gives the trace along.
  template <class Response, class Request, class Open>
  grpc::ServerWriteReactor<Response>* Stream(grpc::CallbackServerContext* context, const Request* request, Open open) {
    const TraceContext trace = SpanOf(*context);
    const TraceScope scope(&trace);
    Arrived(context, *request);
    absl::StatusOr<StreamCaller> caller = parts_.gate.AdmitStream(*context, *request);
    if (!caller.ok()) return new RefusedStream<Response>(Answer(caller.status()));
    return open(*std::move(caller));
  }

  // A client's stream, whose messages come as bytes: gRPC ends a stream alike whether the client is done or a message
  // cannot be read. The method is the one that takes `Request`; the caller is let in before anything of it is read.
  template <class Request, class Open>
  grpc::ServerReadReactor<grpc::ByteBuffer>* Upload(grpc::CallbackServerContext* context, Open open) {
    const TraceContext trace = SpanOf(*context);
    const TraceScope scope(&trace);
    const Request nothing;
    Arrived(context, nothing);
    absl::StatusOr<StreamCaller> caller = parts_.gate.AdmitStream(*context, nothing);
    if (!caller.ok()) return new RefusedUpload(Answer(caller.status()));
    return open(*std::move(caller));
  }
  // Has a stream's piece of work done on the threads of writes, in the caller's trace. SHUTTING_DOWN, or
  // RESOURCE_EXHAUSTED OVERLOADED: it is not done, and `work` never runs.
  [[nodiscard]] absl::Status QueueWrite(std::function<void()> work);
  // Runs the body here and says what the client gets to see of it.
  [[nodiscard]] grpc::Status Run(const std::function<absl::Status()>& body) const;

  template <class Service, class Request, class Response>
  grpc::ServerUnaryReactor* Write(grpc::CallbackServerContext* context, const Request* request, Response* response,
                                  Service* service, absl::Status (Service::*method)(const Request&, Response&)) {
    return Queue(writes_, context, *request, response, [service, method](CallTime, const auto& in, auto& out) {
      return (service->*method)(static_cast<const Request&>(in), static_cast<Response&>(out));
    });
  }

  template <class Service, class Request, class Response>
  grpc::ServerUnaryReactor* Slow(grpc::CallbackServerContext* context, const Request* request, Response* response,
                                 Service* service,
                                 absl::Status (Service::*method)(CallTime, const Request&, Response&)) {
    return Queue(slow_, context, *request, response, [service, method](CallTime deadline, const auto& in, auto& out) {
      return (service->*method)(deadline, static_cast<const Request&>(in), static_cast<Response&>(out));
    });
  }

  // What the client gets to see of a status; a fault of ours is logged under the request id it is told.
  [[nodiscard]] grpc::Status Answer(const absl::Status& status) const;

  // The same of a call that is none of a method's: in its trace, with the host's time.
  [[nodiscard]] grpc::Status AnswerTo(grpc::CallbackServerContext* context, const absl::Status& status);

  // New calls are refused from now on.
  void Refuse() { refusing_.store(true); }
  [[nodiscard]] bool refusing() const { return refusing_.load(); }
  // After the server has shut down.
  void Stop();

 private:
  using Message = google::protobuf::Message;
  using Body = std::function<absl::Status(CallTime deadline, const Message& request, Message& response)>;

  [[nodiscard]] TraceContext SpanOf(const grpc::ServerContextBase& context);
  // Tells the client the host's time (initial metadata kTimeMetadata), and the log at level debug what is asked,
  // redacted.
  void Arrived(grpc::CallbackServerContext* context, const google::protobuf::Message& request) const;
  grpc::ServerUnaryReactor* Refused(grpc::CallbackServerContext* context, const absl::Status& status) const;
  // As the host counts it, whatever the client asks for.
  [[nodiscard]] CallTime DeadlineOf(const grpc::ServerContextBase& context) const;
  // Nobody has taken the work.
  [[nodiscard]] absl::Status NoRoom() const;
  grpc::ServerUnaryReactor* Queue(WorkerPool& pool, grpc::CallbackServerContext* context, const Message& request,
                                  Message* response, Body body);

  const CallParts parts_;
  const ApiOptions options_;
  TraceIds trace_ids_;
  std::atomic<bool> refusing_{false};
  WorkerPool writes_;
  WorkerPool slow_;
};

// With a tenth kept for the answer: what a plugin says of its failure tells more than the end of the call. As the
// host's clock counts it, and in real time.
[[nodiscard]] DurationUs TimeLeft(const Clock& clock, CallTime deadline);
[[nodiscard]] DurationUs RealTimeUntil(CallTime deadline);

// UNAVAILABLE SHUTTING_DOWN.
[[nodiscard]] absl::Status ShuttingDown();

}  // namespace quayside
