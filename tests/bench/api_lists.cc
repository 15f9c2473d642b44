#include "tests/bench/api_lists.h"

#include <memory>
#include <stdexcept>
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
constexpr int kBulkChunks = 8;
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

// Two levels in turn, so that each chunk changes every one.
double LevelsPerSecond(api::InventoryService::Stub& stub) {
  const std::pair<api::ImportLevelsRequest, api::ImportLevelsRequest> chunks = {LevelsOf(10), LevelsOf(11)};
  return kBulkChunks * kLevelsAtOnce / SecondsOf([&] {
           grpc::ClientContext context;
           api::ImportLevelsResponse response;
           const auto stream = stub.ImportLevels(&context, &response);
           bool going = true;
           for (int i = 0; going && i < kBulkChunks; ++i)
             going = stream->Write(i % 2 == 0 ? chunks.first : chunks.second);
           stream->WritesDone();
           Check(stream->Finish());
           if (response.levels() != kBulkChunks * kLevelsAtOnce) throw std::runtime_error("levels are missing");
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
