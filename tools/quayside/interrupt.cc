#include "tools/quayside/interrupt.h"

#include <utility>

namespace quayside::cli {

bool Interrupt::Trigger() {
  const std::lock_guard lock(mutex_);
  triggered_ = true;
  changed_.notify_all();
  for (Listener* listener = innermost_; listener != nullptr; listener = listener->outer_) {
    if (listener->on_trigger_) listener->on_trigger_();
  }
  return innermost_ != nullptr;
}

bool Interrupt::triggered() const {
  const std::lock_guard lock(mutex_);
  return triggered_;
}

bool Interrupt::Wait(absl::Duration duration) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, absl::ToChronoNanoseconds(duration), [this] { return triggered_; });
}

Interrupt::Listener::Listener(Interrupt& interrupt, std::function<void()> on_trigger)
    : interrupt_(interrupt), on_trigger_(std::move(on_trigger)) {
  const std::lock_guard lock(interrupt_.mutex_);
  outer_ = interrupt_.innermost_;
  interrupt_.innermost_ = this;
  if (interrupt_.triggered_ && on_trigger_) on_trigger_();
}

Interrupt::Listener::~Listener() {
  const std::lock_guard lock(interrupt_.mutex_);
  interrupt_.innermost_ = outer_;
}

}  // namespace quayside::cli
