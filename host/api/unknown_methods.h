// Calls of methods that nobody has: gRPC by itself answers them without details.
#pragma once

#include "grpcpp/generic/async_generic_service.h"
#include "host/api/calls.h"

namespace quayside {

// UNIMPLEMENTED METHOD_UNKNOWN to everybody, before anything of the request is read: what methods there are is no
// secret, and nothing else is told. Thread-safe.
class UnknownMethods final : public grpc::CallbackGenericService {
 public:
  // The calls outlive the server.
  explicit UnknownMethods(Calls& calls) : calls_(calls) {}

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override;

 private:
  Calls& calls_;
};

}  // namespace quayside
