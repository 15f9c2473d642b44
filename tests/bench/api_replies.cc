#include "tests/bench/api_replies.h"

#include <memory>
#include <stdexcept>
#include <vector>

#include "quayside/v1/channel_service.grpc.pb.h"
#include "quayside/v1/event_service.grpc.pb.h"
#include "quayside/v1/inventory_service.grpc.pb.h"
#include "quayside/v1/order_service.grpc.pb.h"
#include "tests/bench/api_client.h"

namespace quayside {
namespace {

namespace api = quayside::v1;

void Leave(grpc::ClientContext& context, grpc::ClientReader<api::WatchResponse>& stream) {
  context.TryCancel();
  api::WatchResponse rest;
  while (stream.Read(&rest)) {
  }
  static_cast<void>(stream.Finish());  // cancelled, as asked
}

// The stream of the last events, up to the newest one.
std::vector<api::WatchResponse> Watched(const std::shared_ptr<grpc::Channel>& connection) {
  const auto events = api::EventService::NewStub(connection);
  // A stream from now on begins with where that is.
  api::WatchResponse present;
  {
    grpc::ClientContext context;
    const auto stream = events->Watch(&context, api::WatchRequest());
    if (!stream->Read(&present)) Check(stream->Finish());
    Leave(context, *stream);
  }
  api::WatchRequest request;
  request.set_after_revision(present.revision() - kEventsToWatch);
  grpc::ClientContext context;
  const auto stream = events->Watch(&context, request);
  std::vector<api::WatchResponse> messages;
  for (api::WatchResponse message; stream->Read(&message);) {
    messages.push_back(message);
    if (message.revision() >= present.revision()) break;
  }
  if (messages.empty() || messages.back().revision() < present.revision()) {
    throw std::runtime_error("the host's stream of events ended before its last event");
  }
  Leave(context, *stream);
  return messages;
}

}  // namespace

void PrepareHost(const std::string& host_socket) {
  const auto connection = ConnectTo(host_socket);
  const auto inventory = api::InventoryService::NewStub(connection);
  api::ImportLevelsRequest levels = LevelsOf(1);
  levels.set_create_items(true);
  api::ImportLevelsResponse made;
  grpc::ClientContext context;
  const auto stream = inventory->ImportLevels(&context, &made);
  stream->WriteLast(levels, grpc::WriteOptions());
  Check(stream->Finish());
  api::AdjustLevelRequest sale;
  sale.set_sku(levels.changes(0).sku());
  sale.set_delta(1);
  for (int i = 0; i < kEventsToWatch; ++i) {
    grpc::ClientContext of_sale;
    api::AdjustLevelResponse adjusted;
    Check(inventory->AdjustLevel(&of_sale, sale, &adjusted));
  }
}

api::ImportLevelsRequest LevelsOf(int level) {
  api::ImportLevelsRequest request;
  for (int i = 0; i < kLevelsAtOnce; ++i) {
    api::LevelChange* change = request.add_changes();
    change->set_sku("BENCH-" + std::to_string(i));
    change->set_level(level);
  }
  return request;
}

EchoReplies RepliesOf(const std::string& host_socket) {
  const auto connection = ConnectTo(host_socket);
  const auto channels = api::ChannelService::NewStub(connection);
  const auto orders = api::OrderService::NewStub(connection);
  api::ListChannelsRequest first_channel;
  first_channel.set_page_size(1);
  api::ListOrdersRequest newest_order;
  newest_order.set_page_size(1);
  api::ListChannelsResponse listed_channels;
  api::ListOrdersResponse listed_orders;
  api::ListChannelsRequest page;
  page.set_page_size(kListedAtOnce);
  grpc::ClientContext contexts[5];
  Check(channels->ListChannels(&contexts[0], first_channel, &listed_channels));
  Check(orders->ListOrders(&contexts[1], newest_order, &listed_orders));
  if (listed_channels.channels().empty() || listed_orders.orders().empty()) {
    throw std::runtime_error("the host has no channel or no order to ask for");
  }
  EchoReplies replies;
  api::GetChannelRequest channel;
  channel.set_name(listed_channels.channels(0).name());
  api::GetOrderRequest order;
  order.set_name(listed_orders.orders(0).name());
  Check(channels->GetChannel(&contexts[2], channel, &replies.channel));
  Check(orders->GetOrder(&contexts[3], order, &replies.order));
  Check(channels->ListChannels(&contexts[4], page, &replies.channels));
  replies.watched = Watched(connection);
  return replies;
}

}  // namespace quayside
