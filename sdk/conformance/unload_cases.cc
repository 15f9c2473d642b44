// Two hundred lives in one process: each ends with nothing left of it.
#include <exception>
#include <memory>
#include <thread>

#include "sdk/conformance/process_state.h"
#include "sdk/conformance/reading.h"

namespace quayside::conformance {
namespace {

constexpr int kCycles = 200;
// What is taken once, by the C library for instance, is taken by then.
constexpr int kWarmUp = 20;
constexpr int64_t kMostGrowthBytes = 16 << 20;
// Warming up or not: what takes so much is not waited for.
constexpr int64_t kMostEverBytes = 256 << 20;
constexpr int kSeconds = 120;

// On a thread of its own, which has ended when this returns.
template <typename Work>
void OnPassingThread(Work work) {
  std::exception_ptr thrown;
  std::thread([&] {
    try {
      work();
    } catch (...) {
      thrown = std::current_exception();
    }
  }).join();
  if (thrown) std::rethrow_exception(thrown);
}

void CallEverything(const Trial& trial, Plugin& plugin) {
  World world(trial.bundle, trial.cassette);
  Instance instance(plugin, world);
  for (const Method& method : DeclaredMethods(trial.bundle)) {
    (void)instance.Call(method.contract, method.name, FirstRequest(trial, method));
  }
  (void)instance.Call("order_sync/1", "misbehave", "");
}

// As the host does it: every thread that ran code of the plugin has been joined before the library goes.
void LiveOnce(const Trial& trial) {
  std::unique_ptr<Plugin> plugin;
  OnPassingThread([&] { plugin = std::make_unique<Plugin>(trial); });
  OnPassingThread([&] { CallEverything(trial, *plugin); });
  OnPassingThread([&] { plugin->Leave(); });
  plugin->Close();
}

void Cycles(const Trial& trial) {
  ProcessState before = LookAtProcess();
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    if (cycle == kWarmUp) before = LookAgain(before);
    LiveOnce(trial);
    const bool is_warm = cycle >= kWarmUp;
    trial.log.At("looking at the process after cycle " + std::to_string(cycle + 1));
    const ProcessState after = is_warm ? LookAgain(before) : LookAtProcess();
    const auto changes = is_warm ? Changes(before, after) : std::vector<std::string>();
    for (const std::string& change : changes)
      trial.log.Fail("after " + std::to_string(cycle + 1) + " cycles " + change);
    const int64_t growth = after.resident_bytes - before.resident_bytes;
    const bool too_large = growth > (is_warm ? kMostGrowthBytes : kMostEverBytes);
    if (too_large)
      trial.log.Fail("memory grew by " + std::to_string(growth >> 20) + " MiB in " +
                     std::to_string(is_warm ? cycle + 1 - kWarmUp : cycle + 1) + " cycles");
    if (!changes.empty() || too_large) return;
  }
}

// A change that every cycle makes alike would not show between two of them.
void LeavesTheProcess(const Trial& trial) {
  const ProcessState alone = LookAtProcess();
  std::thread([] {}).join();
  const ProcessState before = LookAgain(alone);
  LiveOnce(trial);
  trial.log.At("looking for threads and all else that it may have left");
  for (const std::string& change : Changes(before, LookAgain(before))) trial.log.Fail("after one life " + change);
}

}  // namespace

void AddUnloadCases(const Bundle&, Cases& cases) {
  cases.push_back({"unload/process", "unload", "",
                   "threads, descriptors, signals, locale, directory and environment are left as they were", kSeconds,
                   &LeavesTheProcess});
  cases.push_back({"unload/cycles", "unload", "", "loaded and unloaded 200 times it is gone each time, and its memory",
                   kSeconds, &Cycles});
}

}  // namespace quayside::conformance
