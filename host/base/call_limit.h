// Until when a thread may work on what it was asked for, and whether anybody still waits for it: set where a call comes
// in, heeded where reading may take long, without every function in between handing it over.
#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "absl/status/status.h"

namespace quayside {

class CallLimit {
 public:
  // `is_abandoned` is asked often, on the thread that works.
  explicit CallLimit(
      std::chrono::system_clock::time_point end, std::function<bool()> is_abandoned = [] { return false; })
      : end_(end), is_abandoned_(std::move(is_abandoned)) {}

  [[nodiscard]] std::chrono::system_clock::time_point end() const { return end_; }
  // DEADLINE_EXCEEDED: past its end, or abandoned.
  [[nodiscard]] absl::Status Check() const;

 private:
  const std::chrono::system_clock::time_point end_;
  const std::function<bool()> is_abandoned_;
};

// Of the calling thread; null: there is none.
[[nodiscard]] const CallLimit* CurrentCallLimit();

// While it lives the calling thread works under `limit`, which outlives it. Scopes nest: the inner one counts.
class CallLimitScope {
 public:
  explicit CallLimitScope(const CallLimit& limit);
  ~CallLimitScope();
  CallLimitScope(const CallLimitScope&) = delete;
  CallLimitScope& operator=(const CallLimitScope&) = delete;

 private:
  const CallLimit* const before_;
};

}  // namespace quayside
