#include "host/api/unknown_methods.h"

#include "host/base/errors.h"

namespace quayside {
namespace {

// Deletes itself when gRPC is done with it.
class UnknownCall final : public grpc::ServerGenericBidiReactor {
 public:
  explicit UnknownCall(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerGenericBidiReactor* UnknownMethods::CreateReactor(grpc::GenericCallbackServerContext* context) {
  // Without its name: that is the client's text.
  return new UnknownCall(calls_.AnswerTo(
      context, MakeError(absl::StatusCode::kUnimplemented, Reason::kMethodUnknown,
                         "this host has no such method; it may be of another version than its client")));
}

}  // namespace quayside
