// The least a unary call could cost here: a bare gRPC server with the same methods, which does nothing but copy a
// ready reply.
#pragma once

#include <string>
#include <vector>

#include "quayside/v1/channel_service.pb.h"
#include "quayside/v1/event_service.pb.h"
#include "quayside/v1/order_service.pb.h"

namespace quayside {

struct EchoReplies {
  quayside::v1::GetChannelResponse channel;
  quayside::v1::GetOrderResponse order;
  quayside::v1::ListChannelsResponse channels;
  // What a watcher gets, one message after the other; then its stream ends.
  std::vector<quayside::v1::WatchResponse> watched;
};

// Serves on the Unix socket until the process is ended.
void ServeEcho(const std::string& socket_path, const EchoReplies& replies);

}  // namespace quayside
