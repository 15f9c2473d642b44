// quayside_bench BUNDLES_DIR SCRATCH_DIR: measures and prints one JSON object per row; tools/bench judges and formats.
//        quayside_bench --make-channels DATA_DIR MASTER_KEY COUNT: a database with that many idle channels.
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

#include "tests/bench/file_import.h"
#include "tests/bench/idle_channels.h"
#include "tests/bench/load_cycle.h"
#include "tests/bench/order_import.h"
#include "tests/bench/plugin_calls.h"
#include "tests/bench/plugin_world.h"
#include "tests/bench/runner_calls.h"

int main(int argc, char** argv) {
  try {
    if (argc == 5 && std::string(argv[1]) == "--make-channels") {
      quayside::MakeIdleChannels(argv[2], argv[3], std::stoi(argv[4]));
      return 0;
    }
    if (argc != 3) {
      std::cerr << "usage: quayside_bench BUNDLES_DIR SCRATCH_DIR\n";
      return 2;
    }
    // 21 September 2026: the pages' time.
    quayside::ManualClock clock(1'790'000'000'000'000);
    const std::string bundles = argv[1];
    const std::string scratch = argv[2];
    quayside::PluginWorld world(bundles + "/amazon", scratch, clock);
    quayside::MeasureLoadCycle(bundles + "/amazon", scratch);
    quayside::MeasureSmallCall(world);
    std::filesystem::create_directory(scratch + "/page");
    quayside::PluginWorld pages(bundles + "/bench_page", scratch + "/page", clock);
    quayside::MeasurePageCall(pages);
    std::filesystem::create_directory(scratch + "/runner");
    quayside::MeasureRunnerCalls(bundles + "/amazon", scratch + "/runner", clock);
    quayside::MeasureOrderImport(world, clock, scratch);
    quayside::MeasureFileImport(bundles + "/flatfile", scratch, clock);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "quayside_bench: " << e.what() << "\n";
    return 1;
  }
}
