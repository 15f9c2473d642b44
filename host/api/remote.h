// What the TCP listener needs before it opens: its settings checked as a whole, and gRPC's credentials made of them.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "grpcpp/security/server_credentials.h"
#include "host/api/gate.h"
#include "host/api/server.h"

namespace quayside {

// Every mistake at once: INVALID_ARGUMENT INVALID_CONFIGURATION. `remote.listen` is not empty.
[[nodiscard]] absl::Status CheckRemoteOptions(const RemoteOptions& remote);

// For options that were checked. Certificates are read anew while the server runs. `gate` outlives the server.
[[nodiscard]] std::shared_ptr<grpc::ServerCredentials> RemoteCredentials(const RemoteOptions& remote, Gate& gate);

}  // namespace quayside
