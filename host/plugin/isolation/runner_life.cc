#include "host/plugin/isolation/runner_life.h"

#include "host/base/text.h"

namespace quayside {

void RunnerLife::Kill(std::string_view why) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (ended_) return;
  if (killed_for_.empty()) killed_for_ = why;
  KillRunner(process_);
}

bool RunnerLife::IsKilled() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ended_ || !killed_for_.empty();
}

std::string RunnerLife::End() {
  const RunnerEnd end = ReapRunner(process_);
  mux_.Break("");
  const std::lock_guard<std::mutex> lock(mutex_);
  ended_ = true;
  how_ = end.killed && !killed_for_.empty() ? Concat("was killed: ", killed_for_) : end.text;
  changed_.notify_all();
  return how_;
}

std::string RunnerLife::AwaitEnd() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [&] { return ended_; });
  return how_;
}

}  // namespace quayside
