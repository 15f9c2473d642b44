#include "tests/bench/echo_server.h"

#include <stdexcept>

#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "quayside/v1/channel_service.grpc.pb.h"
#include "quayside/v1/event_service.grpc.pb.h"
#include "quayside/v1/inventory_service.grpc.pb.h"
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
  grpc::ServerUnaryReactor* ListChannels(grpc::CallbackServerContext* context, const api::ListChannelsRequest*,
                                         api::ListChannelsResponse* response) override {
    *response = replies_.channels;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const EchoReplies& replies_;
};

// Reads as fast as it can, and counts. gRPC owns it.
class EchoImport final : public grpc::ServerReadReactor<api::ImportLevelsRequest> {
 public:
  explicit EchoImport(api::ImportLevelsResponse* response) : response_(response) { StartRead(&chunk_); }
  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
      return;
    }
    response_->set_levels(response_->levels() + chunk_.changes_size());
    StartRead(&chunk_);
  }
  void OnDone() override { delete this; }

 private:
  api::ImportLevelsResponse* const response_;
  api::ImportLevelsRequest chunk_;
};

class EchoInventory final : public api::InventoryService::CallbackService {
 public:
  grpc::ServerReadReactor<api::ImportLevelsRequest>* ImportLevels(grpc::CallbackServerContext*,
                                                                  api::ImportLevelsResponse* response) override {
    return new EchoImport(response);
  }
};

// Writes as fast as its reader takes. gRPC owns it.
class EchoStream final : public grpc::ServerWriteReactor<api::WatchResponse> {
 public:
  explicit EchoStream(const std::vector<api::WatchResponse>& messages) : messages_(messages) { WriteNext(); }
  void OnWriteDone(bool ok) override {
    if (ok) {
      WriteNext();
    } else {
      Finish(grpc::Status::CANCELLED);
    }
  }
  void OnDone() override { delete this; }

 private:
  void WriteNext() {
    if (next_ == messages_.size()) {
      Finish(grpc::Status::OK);
    } else {
      StartWrite(&messages_[next_++]);
    }
  }

  const std::vector<api::WatchResponse>& messages_;
  size_t next_ = 0;
};

class EchoEvents final : public api::EventService::CallbackService {
 public:
  explicit EchoEvents(const EchoReplies& replies) : replies_(replies) {}
  grpc::ServerWriteReactor<api::WatchResponse>* Watch(grpc::CallbackServerContext*, const api::WatchRequest*) override {
    return new EchoStream(replies_.watched);
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
  EchoInventory inventory;
  EchoEvents events(replies);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket_path, grpc::InsecureServerCredentials());
  builder.RegisterService(&channels);
  builder.RegisterService(&orders);
  builder.RegisterService(&inventory);
  builder.RegisterService(&events);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) throw std::runtime_error("the echo server cannot listen on " + socket_path);
  server->Wait();
}

}  // namespace quayside
