#include "tests/bench/plugin_calls.h"

#include "quayside/plugin/v1/inventory_push.pb.h"
#include "tests/bench/figures.h"

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

}  // namespace quayside
