#include "host/api/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "host/access/bootstrap.h"
#include "host/api/calls.h"
#include "host/api/changes.h"
#include "host/api/listener.h"
#include "host/api/message_limits.h"
#include "host/api/remote.h"
#include "host/api/services.h"
#include "host/api/socket.h"
#include "host/api/unknown_methods.h"
#include "host/api/unreadable_requests.h"
#include "host/base/errors.h"

namespace quayside {
namespace {

constexpr int kMaxStreamsPerConnection = 1000;
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
constexpr int kShortestClientPingMs = 10'000;
// Descriptors that stay for files, plugins and answers when callers take the rest.
constexpr rlim_t kDescriptorsForUs = 256;

size_t DescriptorsForCallers() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 65'536;
  return std::max<rlim_t>(limit.rlim_cur / 2,
                          limit.rlim_cur > 2 * kDescriptorsForUs ? limit.rlim_cur - kDescriptorsForUs : 0);
}

using Acceptor = grpc::experimental::ExternalConnectionAcceptor;

Listener::HandOver GiveTo(Acceptor& acceptor) {
  return [&acceptor](int listener_fd, int fd) {
    Acceptor::NewConnectionParameters connection;
    connection.listener_fd = listener_fd;
    connection.fd = fd;
    acceptor.HandleNewConnection(&connection);
  };
}

class GrpcApiServer final : public ApiServer {
 public:
  GrpcApiServer(ApiParts parts, const ApiOptions& options, std::unique_ptr<SocketPlace> place)
      : place_(std::move(place)),
        tokens_(parts.clock),
        certificates_(options.remote.certificate_roles),
        gate_({parts.store, parts.clock, parts.logger, tokens_, certificates_}, options.limits),
        calls_({parts.logger, parts.clock, parts.ids, gate_, callers_}, options),
        changes_(parts.store, parts.clock, callers_),
        operations_({parts.store, parts.clock, parts.ids, parts.logger, gate_, calls_}),
        context_{parts, options, calls_, changes_, operations_, gate_, callers_, tokens_, remote_facts_} {
    services_.push_back(MakeAccountService(context_));
    services_.push_back(MakeChannelService(context_));
    services_.push_back(MakeDeadLetterService(context_));
    services_.push_back(MakeInventoryService(context_));
    services_.push_back(MakeListingService(context_));
    services_.push_back(MakeOrderService(context_));
    services_.push_back(MakeRuleImportService(context_));
    services_.push_back(MakeShippingService(context_));
    services_.push_back(MakeSyncService(context_));
    services_.push_back(MakeAuditService(context_));
    admin_ = MakeAdminService(context_);
    plugins_ = MakePluginService(context_);
    operation_service_ = MakeOperationService(context_);
    events_ = MakeEventService(context_);
    health_ = MakeHealthService(
        context_, {"quayside.v1.PluginService", "quayside.v1.AccountService", "quayside.v1.ChannelService",
                   "quayside.v1.InventoryService", "quayside.v1.ListingService", "quayside.v1.OrderService",
                   "quayside.v1.ShippingService", "quayside.v1.SyncService", "quayside.v1.DeadLetterService",
                   "quayside.v1.RuleImportService", "quayside.v1.EventService", "quayside.v1.AdminService",
                   "quayside.v1.AuditService", "quayside.v1.OperationService"});
  }

  ~GrpcApiServer() override { Stop(0); }

  absl::Status Start(const std::string& socket_path) {
    QS_RETURN_IF_ERROR(tokens_.Load(context_.parts.store));
    QS_RETURN_IF_ERROR(Listen(socket_path));
    // Adds the reflection service (v1alpha) to every server built from now on; doing it twice is harmless.
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    constexpr auto kByDescriptor = grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD;
    local_acceptor_ =
        builder.experimental().AddExternalConnectionAcceptor(kByDescriptor, grpc::InsecureServerCredentials());
    const RemoteOptions& remote = context_.options.remote;
    if (remote_ != nullptr) {
      remote_acceptor_ =
          builder.experimental().AddExternalConnectionAcceptor(kByDescriptor, RemoteCredentials(remote, gate_));
    }
    for (const auto& service : services_) builder.RegisterService(service.get());
    builder.RegisterService(&admin_->service());
    builder.RegisterService(&plugins_->service());
    builder.RegisterService(&operation_service_->service());
    builder.RegisterService(&events_->service());
    builder.RegisterService(&health_->service());
    builder.RegisterCallbackGenericService(&unknown_methods_);
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
    interceptors.push_back(std::make_unique<UnreadableRequests>(calls_));
    builder.experimental().SetInterceptorCreators(std::move(interceptors));
    builder.SetMaxReceiveMessageSize(kMaxReceiveBytes);
    builder.SetMaxSendMessageSize(kMaxSendBytes);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxHeaderBytes);
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                               static_cast<int>(remote.handshake_timeout.count()));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsPerConnection);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, static_cast<int>(context_.options.max_idle.count()));
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
    local_->Start(GiveTo(*local_acceptor_));
    if (remote_ != nullptr) remote_->Start(GiveTo(*remote_acceptor_));
    return absl::OkStatus();
  }

  [[nodiscard]] std::string remote_address() const override { return remote_ == nullptr ? "" : remote_->address(); }

  void Stop(DurationUs grace_us) override {
    const std::lock_guard<std::mutex> guard(stop_mutex_);
    if (stopped_) return;
    stopped_ = true;
    calls_.Refuse();
    // Who comes from here on is refused by the system, not left waiting.
    local_.reset();
    remote_.reset();
    health_->EndStreams();
    // A reload under way ends first: whoever watches it sees how.
    plugins_->EndStreams();
    admin_->EndStreams();
    operation_service_->EndStreams();
    events_->EndStreams();
    // Waits for the calls under way and cancels what is left after the grace.
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now() + std::chrono::microseconds(grace_us));
    operations_.Stop();
    calls_.Stop();
  }

 private:
  // Before gRPC: what is wrong with an address is known before anything is served.
  absl::Status Listen(const std::string& socket_path) {
    const size_t descriptors = DescriptorsForCallers();
    const RemoteOptions& remote = context_.options.remote;
    if (!remote.listen.empty()) {
      QS_RETURN_IF_ERROR(CheckRemoteOptions(remote));
      const size_t most = std::min(static_cast<size_t>(remote.max_connections), descriptors / 2);
      const size_t waiting = remote.tls.certificate.empty() ? 0 : std::max<size_t>(std::min(most, descriptors / 4), 1);
      QS_ASSIGN_OR_RETURN(
          remote_, Listener::OnAddress(remote.listen,
                                       {.max_connections = most,
                                        .max_per_address = static_cast<size_t>(remote.max_connections_per_address),
                                        .max_waiting = waiting,
                                        .patience = remote.handshake_timeout}));
      remote_facts_ = {remote_->address(), static_cast<int32_t>(most)};
      QS_RETURN_IF_ERROR(MakeFirstToken(remote));
    }
    QS_ASSIGN_OR_RETURN(local_, Listener::OnSocket(socket_path, {.max_connections = descriptors, .only_owner = true}));
    return place_->Protect();
  }

  absl::Status MakeFirstToken(const RemoteOptions& remote) {
    if (remote.bootstrap_file.empty()) return absl::OkStatus();
    const ApiParts& parts = context_.parts;
    QS_ASSIGN_OR_RETURN(const bool made, MakeBootstrapToken(parts.store, parts.clock, tokens_, remote.bootstrap_file));
    if (made) parts.logger.Info("the first admin token is made", {Field("file", remote.bootstrap_file)});
    return absl::OkStatus();
  }

  const std::unique_ptr<SocketPlace> place_;  // given back last
  TokenTable tokens_;
  const CertificateRoles certificates_;
  Gate gate_;
  Callers callers_;
  Calls calls_;
  Changes changes_;
  Operations operations_;
  RemoteFacts remote_facts_;  // before anything is served
  const ApiContext context_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<StreamingService> admin_;
  std::unique_ptr<StreamingService> plugins_;
  std::unique_ptr<StreamingService> operation_service_;
  std::unique_ptr<StreamingService> events_;
  std::unique_ptr<StreamingService> health_;
  UnknownMethods unknown_methods_{calls_};
  std::unique_ptr<Acceptor> local_acceptor_;
  std::unique_ptr<Acceptor> remote_acceptor_;
  std::unique_ptr<grpc::Server> server_;
  // Given up first: they hand over to the acceptors.
  std::unique_ptr<Listener> local_;
  std::unique_ptr<Listener> remote_;
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
