#include "host/api/server.h"

#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "host/api/calls.h"
#include "host/api/changes.h"
#include "host/api/services.h"
#include "host/api/socket.h"
#include "host/base/errors.h"

namespace quayside {
namespace {

// A bulk change of 1000 levels is well below; whatever is larger is a mistake.
constexpr int kMaxReceiveBytes = 4 * 1024 * 1024;
constexpr int kMaxSendBytes = 16 * 1024 * 1024;
constexpr int kMaxStreamsPerConnection = 1000;
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
constexpr int kShortestClientPingMs = 10'000;

class GrpcApiServer final : public ApiServer {
 public:
  GrpcApiServer(ApiParts parts, const ApiOptions& options, std::unique_ptr<SocketPlace> place)
      : place_(std::move(place)),
        calls_(parts.logger, parts.clock, parts.ids, options),
        changes_(parts.store, parts.clock),
        context_{parts, options, calls_, changes_} {
    services_.push_back(MakeAccountService(context_));
    services_.push_back(MakeChannelService(context_));
    services_.push_back(MakeDeadLetterService(context_));
    services_.push_back(MakeInventoryService(context_));
    services_.push_back(MakeListingService(context_));
    services_.push_back(MakeOrderService(context_));
    services_.push_back(MakeShippingService(context_));
    services_.push_back(MakeSyncService(context_));
    services_.push_back(MakeAdminService(context_));
    plugins_ = MakePluginService(context_);
    events_ = MakeEventService(context_);
    health_ = MakeHealthService(
        context_, {"quayside.v1.PluginService", "quayside.v1.AccountService", "quayside.v1.ChannelService",
                   "quayside.v1.InventoryService", "quayside.v1.ListingService", "quayside.v1.OrderService",
                   "quayside.v1.ShippingService", "quayside.v1.SyncService", "quayside.v1.DeadLetterService",
                   "quayside.v1.EventService", "quayside.v1.AdminService"});
  }

  ~GrpcApiServer() override { Stop(0); }

  absl::Status Start(const std::string& socket_path) {
    // Adds the reflection service (v1alpha) to every server built from now on; doing it twice is harmless.
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    builder.AddListeningPort(absl::StrCat("unix:", socket_path), grpc::InsecureServerCredentials());
    for (const auto& service : services_) builder.RegisterService(service.get());
    builder.RegisterService(&plugins_->service());
    builder.RegisterService(&events_->service());
    builder.RegisterService(&health_->service());
    builder.SetMaxReceiveMessageSize(kMaxReceiveBytes);
    builder.SetMaxSendMessageSize(kMaxSendBytes);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsPerConnection);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kShortestClientPingMs);
    // Only reflection is synchronous; it needs few threads.
    builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
    builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
    builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) {
      return MakeFieldError(Reason::kInvalidConfiguration,
                            {{"socket", absl::StrCat("cannot listen on '", socket_path, "'")}});
    }
    return place_->Protect();
  }

  void Stop(DurationUs grace_us) override {
    const std::lock_guard<std::mutex> guard(stop_mutex_);
    if (stopped_) return;
    stopped_ = true;
    calls_.Refuse();
    health_->EndStreams();
    // A reload under way ends first: whoever watches it sees how.
    plugins_->EndStreams();
    events_->EndStreams();
    // Waits for the calls under way and cancels what is left after the grace.
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now() + std::chrono::microseconds(grace_us));
    calls_.Stop();
  }

 private:
  const std::unique_ptr<SocketPlace> place_;  // given back last
  Calls calls_;
  Changes changes_;
  const ApiContext context_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<StreamingService> plugins_;
  std::unique_ptr<StreamingService> events_;
  std::unique_ptr<StreamingService> health_;
  std::unique_ptr<grpc::Server> server_;
  std::mutex stop_mutex_;
  bool stopped_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ApiServer>> StartApiServer(ApiParts parts, const std::string& socket_path,
                                                          ApiOptions options) {
  QS_ASSIGN_OR_RETURN(std::unique_ptr<SocketPlace> place, SocketPlace::Take(socket_path));
  auto server = std::make_unique<GrpcApiServer>(parts, options, std::move(place));
  QS_RETURN_IF_ERROR(server->Start(socket_path));
  return server;
}

}  // namespace quayside
