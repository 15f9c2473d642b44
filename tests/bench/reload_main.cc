// quayside_bench_reload: what a reload costs with 100 channels at work, and the longest that a lane waits because of
// one. One JSON object per row; tools/bench judges.
#include <algorithm>
#include <exception>
#include <iostream>
#include <vector>

#include "tests/bench/figures.h"
#include "tests/reload/load_world.h"

namespace quayside {
namespace {

constexpr int kReloads = 60;
constexpr int kChannels = 100;

void Measure() {
  LoadWorld world({.shops = kChannels, .pace_us = 100 * kMillisecondUs});
  Check(world.catalog().Install(ReloadWorld::Bundle("v1_next"), {}).status());
  while (world.Orders() < 5 * kChannels) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::vector<double> control;
  std::vector<double> prepare;
  std::vector<double> flip;
  double longest = 0;
  for (int i = 0; i < kReloads; ++i) {
    const auto report = world.catalog().Reload({.plugin_id = LoadWorld::kPlugin,
                                                .version = i % 2 == 0 ? "1.0.1" : "1.0.0",
                                                .canary = {.good_steps = 3},
                                                .allow_downgrade = true},
                                               nullptr);
    Check(report.status());
    control.push_back(static_cast<double>(report->control_us()) / 1000);
    prepare.push_back(static_cast<double>(report->prepare_us) / 1000);
    flip.push_back(static_cast<double>(report->flip_us) / 1000);
    longest = std::max(longest, static_cast<double>(report->longest_stall_us) / 1000);
  }
  world.StopLoad();
  const Ledger ledger = world.Count();
  if (ledger.lost + ledger.doubled + world.client_failures() > 0) Check(absl::InternalError("a reload cost something"));
  for (std::vector<double>* each : {&control, &prepare, &flip}) std::sort(each->begin(), each->end());
  PrintRow("reload_control_p50", control[control.size() / 2], "ms");
  PrintRow("reload_control_p99", control[control.size() * 99 / 100], "ms");
  // Where it goes: reading, checking, loading and asking; and the transaction.
  PrintRow("reload_prepare_p50", prepare[prepare.size() / 2], "ms");
  PrintRow("reload_flip_p50", flip[flip.size() / 2], "ms");
  PrintRow("reload_longest_stall", longest, "ms");
}

}  // namespace
}  // namespace quayside

int main() {
  try {
    quayside::Measure();
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "quayside_bench_reload: " << e.what() << "\n";
    return 1;
  }
}
