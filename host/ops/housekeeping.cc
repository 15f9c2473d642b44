#include "host/ops/housekeeping.h"

#include <algorithm>
#include <utility>

namespace quayside {

Housekeeping::Housekeeping(const Clock& clock, DurationUs interval_us, std::function<void()> work)
    : clock_(clock), interval_us_(interval_us), work_(std::move(work)), thread_([this] { Loop(); }) {}

Housekeeping::~Housekeeping() {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    ending_ = true;
  }
  ending_changed_.notify_all();
  thread_.join();
}

void Housekeeping::Loop() {
  std::unique_lock<std::mutex> lock(mutex_);
  TimeUs due = clock_.Now() + interval_us_;
  while (!ending_) {
    clock_.WaitUntil(lock, ending_changed_, due);
    const TimeUs now = clock_.Now();
    // A clock that was set back would keep it waiting for as long.
    due = std::min(due, now + interval_us_);
    if (ending_ || now < due) continue;
    lock.unlock();
    work_();
    lock.lock();
    due = clock_.Now() + interval_us_;
  }
}

}  // namespace quayside
