#include "tests/bench/plugin_calls.h"

#include "tests/bench/figures.h"

namespace quayside {

void MeasureSmallCall(PluginWorld& world) {
  constexpr int kRounds = 15;
  constexpr int kCalls = 20'000;
  std::vector<double> rounds;
  for (int round = 0; round < kRounds; ++round) {
    world.OnWorker([&] {
      const double seconds = SecondsOf([&] {
        for (int i = 0; i < kCalls; ++i) Check(world.Call("inventory_push/1", "poll", "").status());
      });
      rounds.push_back(seconds / kCalls * 1e6);
    });
  }
  PrintRow("plugin_call_small", Median(rounds), "us");
}

}  // namespace quayside
