#include "host/api/unreadable_requests.h"

#include "absl/strings/str_cat.h"
#include "host/api/message_limits.h"
#include "host/base/errors.h"

namespace quayside {
namespace {

using grpc::experimental::InterceptionHookPoints;

class UnreadableRequest final : public grpc::experimental::Interceptor {
 public:
  explicit UnreadableRequest(const Calls& calls) : calls_(calls) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    // Nothing was received: gRPC could not parse it.
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE)) {
      unreadable_ = methods->GetRecvMessage() == nullptr;
    }
    if (unreadable_ && methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS) &&
        methods->GetSendStatus().error_code() == grpc::StatusCode::UNIMPLEMENTED) {
      methods->ModifySendStatus(calls_.Answer(NotAMessage()));
    }
    methods->Proceed();
  }

 private:
  const Calls& calls_;
  bool unreadable_ = false;
};

}  // namespace

absl::Status NotAMessage() {
  return MakeError(absl::StatusCode::kInvalidArgument, Reason::kInvalidArgument,
                   absl::StrCat("the request is no message of this method: its bytes are broken, a text is not UTF-8, "
                                "or its messages nest more than ",
                                kMaxMessageDepth, " deep"));
}

grpc::experimental::Interceptor* UnreadableRequests::CreateServerInterceptor(grpc::experimental::ServerRpcInfo*) {
  return new UnreadableRequest(calls_);  // gRPC deletes it with the call
}

}  // namespace quayside
