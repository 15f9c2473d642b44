// The services of quayside.v1, one file each (plugin_service.cc, ...), and how they are made.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "grpcpp/impl/service_type.h"
#include "host/api/calls.h"
#include "host/api/changes.h"
#include "host/api/operations.h"
#include "host/api/server.h"
#include "quayside/v1/common.pb.h"

namespace quayside {

namespace api = quayside::v1;

// The listener on TCP, as it came to be.
struct RemoteFacts {
  std::string address = {};  // with the port that was taken; empty: there is none
  int32_t max_connections = 0;
};

// Outlives the services.
struct ApiContext {
  const ApiParts parts;
  const ApiOptions options;
  Calls& calls;
  Changes& changes;
  Operations& operations;
  Gate& gate;
  Callers& callers;
  TokenTable& tokens;
  const RemoteFacts& remote;
};

[[nodiscard]] std::unique_ptr<grpc::Service> MakeAccountService(const ApiContext& context);
[[nodiscard]] std::unique_ptr<grpc::Service> MakeChannelService(const ApiContext& context);
[[nodiscard]] std::unique_ptr<grpc::Service> MakeDeadLetterService(const ApiContext& context);
[[nodiscard]] std::unique_ptr<grpc::Service> MakeInventoryService(const ApiContext& context);
[[nodiscard]] std::unique_ptr<grpc::Service> MakeListingService(const ApiContext& context);
[[nodiscard]] std::unique_ptr<grpc::Service> MakeOrderService(const ApiContext& context);
[[nodiscard]] std::unique_ptr<grpc::Service> MakeRuleImportService(const ApiContext& context);
[[nodiscard]] std::unique_ptr<grpc::Service> MakeShippingService(const ApiContext& context);
[[nodiscard]] std::unique_ptr<grpc::Service> MakeSyncService(const ApiContext& context);
[[nodiscard]] std::unique_ptr<grpc::Service> MakeAuditService(const ApiContext& context);

// Services with streams: ended by EndStreams, before the server shuts down.
class StreamingService {
 public:
  virtual ~StreamingService() = default;
  virtual grpc::Service& service() = 0;
  virtual void EndStreams() = 0;
};
[[nodiscard]] std::unique_ptr<StreamingService> MakePluginService(const ApiContext& context);
[[nodiscard]] std::unique_ptr<StreamingService> MakeAdminService(const ApiContext& context);
[[nodiscard]] std::unique_ptr<StreamingService> MakeOperationService(const ApiContext& context);
[[nodiscard]] std::unique_ptr<StreamingService> MakeEventService(const ApiContext& context);
// grpc.health.v1 for the whole host ("") and each of `service_names`: SERVING until EndStreams.
[[nodiscard]] std::unique_ptr<StreamingService> MakeHealthService(const ApiContext& context,
                                                                  std::vector<std::string> service_names);

}  // namespace quayside
