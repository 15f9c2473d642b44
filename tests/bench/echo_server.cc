#include "tests/bench/echo_server.h"

#include <stdexcept>

#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "quayside/v1/channel_service.grpc.pb.h"
#include "quayside/v1/order_service.grpc.pb.h"

namespace quayside {
namespace {

namespace api = quayside::v1;

class EchoChannels final : public api::ChannelService::CallbackService {
 public:
  explicit EchoChannels(const EchoReplies& replies) : replies_(replies) {}
  grpc::ServerUnaryReactor* GetChannel(grpc::CallbackServerContext* context, const api::GetChannelRequest*,
                                       api::GetChannelResponse* response) override {
    *response = replies_.channel;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const EchoReplies& replies_;
};

class EchoOrders final : public api::OrderService::CallbackService {
 public:
  explicit EchoOrders(const EchoReplies& replies) : replies_(replies) {}
  grpc::ServerUnaryReactor* GetOrder(grpc::CallbackServerContext* context, const api::GetOrderRequest*,
                                     api::GetOrderResponse* response) override {
    *response = replies_.order;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const EchoReplies& replies_;
};

}  // namespace

void ServeEcho(const std::string& socket_path, const EchoReplies& replies) {
  EchoChannels channels(replies);
  EchoOrders orders(replies);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket_path, grpc::InsecureServerCredentials());
  builder.RegisterService(&channels);
  builder.RegisterService(&orders);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) throw std::runtime_error("the echo server cannot listen on " + socket_path);
  server->Wait();
}

}  // namespace quayside
