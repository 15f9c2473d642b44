#include "tests/bench/plugin_calls.h"

#include "host/orders/order_page.h"
#include "host/sync/step_call.h"
#include "quayside/plugin/v1/inventory_push.pb.h"
#include "tests/bench/figures.h"
#include "tests/bench/sample_page.h"

namespace quayside {

void MeasureSmallCall(PluginWorld& world) {
  constexpr int kRounds = 15;
  constexpr int kCalls = 20'000;
  std::vector<double> rounds;
  for (int round = 0; round < kRounds; ++round) {
    world.OnWorker([&] {
      const double seconds = SecondsOf([&] {
        for (int i = 0; i < kCalls; ++i) {
          Check(
              CallPlugin<plugin::v1::PushReply>(world, "inventory_push/1", "push", plugin::v1::PushRequest()).status());
        }
      });
      rounds.push_back(seconds / kCalls * 1e6);
    });
  }
  PrintRow("plugin_call_small", Median(rounds), "us");
}

void MeasurePageCall(PluginWorld& world) {
  constexpr int kRounds = 200;
  plugin::v1::PullOrdersReply page;
  FillSamplePage(page);
  const std::string request = plugin::v1::PullOrdersRequest().SerializeAsString();
  std::vector<double> ours;
  std::vector<double> limit;
  const auto read = [](std::string bytes) {
    const auto parsed = OrderPage::Parse(std::move(bytes));
    if (parsed == nullptr || parsed->reply().orders_size() != kOrdersOfSamplePage) throw std::runtime_error("no page");
  };
  for (int round = 0; round < kRounds; ++round) {
    world.OnWorker([&] {
      Check(CallPlugin<plugin::v1::CheckReply>(world, "plugin/1", "check", plugin::v1::CheckRequest()).status());
      ours.push_back(SecondsOf([&] {
        for (size_t i = 0; i < kPagesAhead; ++i) {
          auto bytes = world.Call("order_sync/1", "pull", request);
          Check(bytes.status());
          read(*std::move(bytes));
        }
      }));
      limit.push_back(SecondsOf([&] {
        for (size_t i = 0; i < kPagesAhead; ++i) read(page.SerializeAsString());
      }));
    });
  }
  PrintRow("plugin_page_100", Median(ours) / kPagesAhead * 1e6, "us", Median(limit) / kPagesAhead * 1e6);
}

}  // namespace quayside
