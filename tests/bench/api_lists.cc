#include "tests/bench/api_lists.h"

#include <memory>
#include <utility>
#include <vector>

#include "quayside/v1/channel_service.grpc.pb.h"
#include "quayside/v1/inventory_service.grpc.pb.h"
#include "tests/bench/api_client.h"
#include "tests/bench/api_replies.h"
#include "tests/bench/api_watchers.h"
#include "tests/bench/figures.h"

namespace quayside {
namespace {

namespace api = quayside::v1;

constexpr int kTurns = 20;
constexpr int kLists = 20;
constexpr int kBulkCalls = 4;
constexpr int kWatchTurns = 5;

double ListsPerSecond(api::ChannelService::Stub& stub) {
  api::ListChannelsRequest request;
  request.set_page_size(kListedAtOnce);
  return kLists / SecondsOf([&] {
           for (int i = 0; i < kLists; ++i) {
             grpc::ClientContext context;
             api::ListChannelsResponse response;
             Check(stub.ListChannels(&context, request, &response));
           }
         });
}

// Two levels in turn, so that each call changes every one.
double LevelsPerSecond(api::InventoryService::Stub& stub) {
  const std::pair<api::SetLevelsRequest, api::SetLevelsRequest> requests = {LevelsOf(10), LevelsOf(11)};
  return kBulkCalls * kLevelsAtOnce / SecondsOf([&] {
           for (int i = 0; i < kBulkCalls; ++i) {
             grpc::ClientContext context;
             api::SetLevelsResponse response;
             Check(stub.SetLevels(&context, i % 2 == 0 ? requests.first : requests.second, &response));
           }
         });
}

}  // namespace

void MeasureApiLists(const std::string& host_socket, const std::string& echo_socket, const EchoReplies& replies) {
  const auto host = ConnectTo(host_socket);
  const auto bare = ConnectTo(echo_socket);
  const auto host_channels = api::ChannelService::NewStub(host);
  const auto bare_channels = api::ChannelService::NewStub(bare);
  PrintInTurns(
      "api_list_100", "calls/s", kTurns, [&] { return ListsPerSecond(*host_channels); },
      [&] { return ListsPerSecond(*bare_channels); });
  // Before levels add to the history.
  const int64_t last = replies.watched.back().revision();
  PrintInTurns(
      "api_watch_fan_out", "events/s", kWatchTurns,
      [&] { return EventsPerSecond(host_socket, last - kEventsToWatch, last); },
      [&] { return EventsPerSecond(echo_socket, last - kEventsToWatch, last); });
  const auto host_inventory = api::InventoryService::NewStub(host);
  const auto bare_inventory = api::InventoryService::NewStub(bare);
  PrintInTurns(
      "api_levels_bulk", "levels/s", kTurns, [&] { return LevelsPerSecond(*host_inventory); },
      [&] { return LevelsPerSecond(*bare_inventory); });
}

}  // namespace quayside
