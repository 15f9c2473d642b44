// Requests whose bytes are no message of their method: gRPC answers them before any code of ours runs, as if the method
// did not exist. This makes INVALID_ARGUMENT with the usual details of that.
#pragma once

#include "grpcpp/support/server_interceptor.h"
#include "host/api/calls.h"

namespace quayside {

// INVALID_ARGUMENT. For methods that take bytes.
[[nodiscard]] absl::Status NotAMessage();

// One for a server; makes an interceptor for each call. Thread-safe.
class UnreadableRequests final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // The calls outlive the server.
  explicit UnreadableRequests(const Calls& calls) : calls_(calls) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* info) override;

 private:
  const Calls& calls_;
};

}  // namespace quayside
