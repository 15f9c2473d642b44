#include "tests/bench/api_reads.h"

#include <memory>
#include <utility>
#include <vector>

#include "quayside/v1/channel_service.grpc.pb.h"
#include "quayside/v1/order_service.grpc.pb.h"
#include "tests/bench/api_client.h"
#include "tests/bench/figures.h"

namespace quayside {
namespace {

namespace api = quayside::v1;

// Turns are short: what else the machine does lasts longer, and meets both alike.
constexpr int kRounds = 200;
constexpr int kCallsAlone = 50;
constexpr int kCallsSaturated = 1'000;
constexpr int kInFlight = 64;
constexpr int kConnections = 4;

UnaryMethod GetChannel(const std::shared_ptr<grpc::Channel>& connection, const std::string& name) {
  const std::shared_ptr<api::ChannelService::Stub> stub = api::ChannelService::NewStub(connection);
  api::GetChannelRequest request;
  request.set_name(name);
  return BindMethod<api::GetChannelResponse>(
      request,
      [stub](auto* context, const auto& asked, auto* reply) { return stub->GetChannel(context, asked, reply); },
      [stub](auto* context, const auto* asked, auto* reply, auto done) {
        stub->async()->GetChannel(context, asked, reply, std::move(done));
      });
}

UnaryMethod GetOrder(const std::shared_ptr<grpc::Channel>& connection, const std::string& name) {
  const std::shared_ptr<api::OrderService::Stub> stub = api::OrderService::NewStub(connection);
  api::GetOrderRequest request;
  request.set_name(name);
  return BindMethod<api::GetOrderResponse>(
      request, [stub](auto* context, const auto& asked, auto* reply) { return stub->GetOrder(context, asked, reply); },
      [stub](auto* context, const auto* asked, auto* reply, auto done) {
        stub->async()->GetOrder(context, asked, reply, std::move(done));
      });
}

}  // namespace

void MeasureApiReads(const std::string& host_socket, const std::string& echo_socket, const EchoReplies& replies) {
  const std::string& channel = replies.channel.channel().name();
  const std::string& order = replies.order.order().name();
  struct Methods {
    std::vector<UnaryMethod> get_channel;
    UnaryMethod get_order;
  };
  Methods host;
  Methods bare;
  for (auto& [methods, socket] : {std::pair(&host, &host_socket), std::pair(&bare, &echo_socket)}) {
    for (int i = 0; i < kConnections; ++i) methods->get_channel.push_back(GetChannel(ConnectTo(*socket), channel));
    methods->get_order = GetOrder(ConnectTo(*socket), order);
  }
  const auto alone = [](const UnaryMethod& method) { return [&method] { return OneInFlight(method, kCallsAlone); }; };
  const auto saturated = [](const std::vector<UnaryMethod>& methods) {
    return [&methods] { return Saturated(methods, kInFlight, kCallsSaturated); };
  };
  PrintInTurns("api_read_1", "calls/s", kRounds, alone(host.get_channel[0]), alone(bare.get_channel[0]));
  PrintInTurns("api_read_saturated", "calls/s", kRounds, saturated(host.get_channel), saturated(bare.get_channel));
  PrintInTurns("api_read_order_1", "calls/s", kRounds, alone(host.get_order), alone(bare.get_order));
}

}  // namespace quayside
