#include "host/base/failpoint.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

constexpr int kNone = -1;
constexpr int64_t kMostTimes = 1'000'000'000;

// The one piece of global mutable state in the host: a fail point is reached from everywhere, and handing an object
// through every layer for the sake of tests would cost more than it gives. Written at start, before any thread; then
// only counted down.
std::atomic<int> armed_index{kNone};
std::atomic<int64_t> times_left{0};

absl::Status Refused(std::string_view setting, std::string_view problem) {
  std::string names;
  for (const std::string_view name : kFailPoints) names += Concat(names.empty() ? "" : ", ", name);
  return MakeError(
      absl::StatusCode::kInvalidArgument, Reason::kInvalidArgument,
      Concat("QUAYSIDE_FAILPOINT='", setting, "' ", problem, "; it is name[:count] with a name of: ", names));
}

}  // namespace

absl::Status ArmFailPoint(const std::string& setting) {
  armed_index.store(kNone);
  if (setting.empty()) return absl::OkStatus();
  const size_t colon = setting.find(':');
  const std::string_view name = std::string_view(setting).substr(0, colon);
  const auto* const found = std::find(kFailPoints.begin(), kFailPoints.end(), name);
  if (found == kFailPoints.end()) return Refused(setting, "names no fail point");
  int64_t count = 1;
  if (colon != std::string::npos) {
    count = ParseWhole(std::string_view(setting).substr(colon + 1)).value_or(0);
    if (count < 1 || count > kMostTimes) return Refused(setting, "has a count that is not a whole number from 1");
  }
  times_left.store(count);
  armed_index.store(static_cast<int>(found - kFailPoints.begin()));
  return absl::OkStatus();
}

void FailPoint(std::string_view name) {
  const int index = armed_index.load(std::memory_order_relaxed);
  if (index == kNone || kFailPoints[static_cast<size_t>(index)] != name) return;
  // SIGKILL: no destructor, no flush, no handler. What is not on disk by now is lost, as in a power cut of the process.
  if (times_left.fetch_sub(1) == 1) kill(getpid(), SIGKILL);
}

}  // namespace quayside
