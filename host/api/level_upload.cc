#include "host/api/level_upload.h"

#include <string>
#include <utility>

#include "host/api/level_import.h"
#include "host/api/unreadable_requests.h"
#include "host/base/trace_scope.h"

namespace quayside {
namespace {

// At any time either gRPC reads or a thread of writes works, so that nothing needs a lock.
class LevelUpload final : public grpc::ServerReadReactor<grpc::ByteBuffer> {
 public:
  LevelUpload(const ApiContext& context, grpc::CallbackServerContext& call, StreamCaller caller,
              grpc::ByteBuffer* response)
      : context_(context),
        call_(call),
        caller_(std::move(caller)),
        response_(response),
        trace_(KeepTrace()),
        import_({context.changes, context.parts.ids, context.parts.clock, context.parts.engine}) {
    StartRead(&bytes_);
  }

  void OnReadDone(bool ok) override {
    const TraceScope scope(trace_);
    if (!ok) {
      End();
      return;
    }
    if (!Parse()) {
      Finish(context_.calls.Answer(import_.Told(NotAMessage())));
      return;
    }
    const absl::Status queued = context_.calls.QueueWrite([this] { Work(); });
    if (!queued.ok()) Finish(context_.calls.Answer(import_.Told(queued)));
  }
  void OnDone() override { delete this; }

 private:
  bool Parse() {
    grpc::Slice slice;
    const bool whole = bytes_.DumpToSingleSlice(&slice).ok();
    bytes_.Clear();
    return whole && message_.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  }

  void Work() {
    const grpc::Status status = context_.calls.Run([this] { return import_.Told(Take()); });
    // Of a client that takes its time for the next one nothing is held.
    message_ = api::ImportLevelsRequest();
    // The last that is done here: with either of them another thread may go on, and end this.
    if (status.ok()) {
      StartRead(&bytes_);
    } else {
      Finish(status);
    }
  }

  absl::Status Take() {
    QS_RETURN_IF_ERROR(context_.gate.StillSignedIn(caller_.principal.actor));
    const Callers::Scope who(context_.callers, message_, caller_.principal.actor);
    return import_.Take(message_);
  }

  // The client is through with it, or gone.
  void End() {
    if (call_.IsCancelled()) {
      Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the caller is gone"));
      return;
    }
    Finish(context_.calls.Run([this]() -> absl::Status {
      const absl::StatusOr<api::ImportLevelsResponse> answer = import_.End();
      if (!answer.ok()) return import_.Told(answer.status());
      const grpc::Slice slice(answer->SerializeAsString());
      *response_ = grpc::ByteBuffer(&slice, 1);
      return absl::OkStatus();
    }));
  }

  const ApiContext& context_;
  grpc::CallbackServerContext& call_;
  const StreamCaller caller_;
  grpc::ByteBuffer* const response_;
  const std::optional<TraceContext> trace_;
  LevelImport import_;
  grpc::ByteBuffer bytes_;
  api::ImportLevelsRequest message_;
};

}  // namespace

grpc::ServerReadReactor<grpc::ByteBuffer>* OpenLevelUpload(const ApiContext& context, grpc::CallbackServerContext& call,
                                                           StreamCaller caller, grpc::ByteBuffer* response) {
  return new LevelUpload(context, call, std::move(caller), response);
}

}  // namespace quayside
