#include "tests/bench/runner_calls.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "host/base/file_descriptor.h"
#include "host/plugin/isolation/frame.h"
#include "quayside/plugin/v1/inventory_push.pb.h"
#include "tests/bench/figures.h"
#include "tests/bench/plugin_world.h"

namespace quayside {
namespace {

constexpr int kCalls = 50'000;

// The median of so many runs of `work`, in microseconds.
template <typename Work>
double MedianUs(int count, Work work) {
  std::vector<double> times;
  times.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) times.push_back(SecondsOf(work) * 1e6);
  return Median(std::move(times));
}

// What goes to and fro for an empty push: a head, two names, and nothing of a request or of a reply.
constexpr size_t kCallBytes = sizeof(FrameHeader) + sizeof(CallHead) + sizeof("inventory_push/1") + sizeof("push");

double PingPongUs() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw std::runtime_error("socketpair failed");
  std::array<char, 4096> bytes{};
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    while (recv(ends[1], bytes.data(), bytes.size(), 0) > 0) {
      if (send(ends[1], bytes.data(), sizeof(FrameHeader), MSG_NOSIGNAL) <= 0) break;
    }
    _exit(0);
  }
  close(ends[1]);
  double median = 0;
  {
    const FileDescriptor socket(ends[0]);
    median = MedianUs(kCalls, [&] {
      if (send(socket.get(), bytes.data(), kCallBytes, MSG_NOSIGNAL) <= 0 ||
          recv(socket.get(), bytes.data(), bytes.size(), 0) <= 0) {
        throw std::runtime_error("the other end is gone");
      }
    });
  }
  waitpid(child, nullptr, 0);
  return median;
}

}  // namespace

void MeasureRunnerCalls(const std::string& bundle, const std::string& scratch, const Clock& clock) {
  const double limit = PingPongUs();
  RunnerOptions runner;
  runner.program = (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "quayside-runner").string();
  PluginWorld world(bundle, scratch, clock, {.runner = &runner});
  const auto push = [&] {
    Check(CallPlugin<plugin::v1::PushReply>(world, "inventory_push/1", "push", plugin::v1::PushRequest()).status());
  };
  double median = 0;
  world.OnWorker([&] {
    for (int i = 0; i < 1000; ++i) push();
    median = MedianUs(kCalls, push);
  });
  PrintRow("plugin_call_runner", median, "us", limit);

  double restart = 0;
  world.OnWorker([&] {
    restart = MedianUs(15, [&] {
      world.KillRunner();
      // The first call after a kill may still find the old process dying.
      while (!CallPlugin<plugin::v1::PushReply>(world, "inventory_push/1", "push", plugin::v1::PushRequest()).ok()) {
      }
    });
  });
  PrintRow("runner_restart", restart / 1000, "ms");
}

}  // namespace quayside
