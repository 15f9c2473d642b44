// The streams of InventoryService.ImportLevels. A chunk is read when the one before it is stored, so that a stream
// holds one message at most, whatever its client sends.
#pragma once

#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "host/api/services.h"

namespace quayside {

// gRPC owns it. `response` is the stream's answer, as bytes.
[[nodiscard]] grpc::ServerReadReactor<grpc::ByteBuffer>* OpenLevelUpload(const ApiContext& context,
                                                                         grpc::CallbackServerContext& call,
                                                                         StreamCaller caller,
                                                                         grpc::ByteBuffer* response);

}  // namespace quayside
