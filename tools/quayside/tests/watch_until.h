// A command that follows events until somebody presses Ctrl-C.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {

// Runs the command and presses Ctrl-C once the host has seen `streams` Watch calls.
inline CliResult WatchUntil(CliWorld& world, FakeHost& host, std::size_t streams,
                            const std::vector<std::string>& arguments) {
  std::atomic<bool> over = false;
  std::thread stopper([&] {
    while (!over && host.ledger.All<v1::WatchRequest>().size() < streams) std::this_thread::yield();
    world.interrupt.Trigger();
  });
  CliResult result = world.Run(arguments);
  over = true;
  stopper.join();
  return result;
}

}  // namespace quayside::cli
