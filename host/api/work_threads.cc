#include "host/api/work_threads.h"

#include <utility>

#include "host/api/calls.h"
#include "host/base/errors.h"
#include "host/base/trace_scope.h"

namespace quayside {

WorkThreads::Place::~Place() {
  if (threads_ != nullptr) threads_->GiveBack();
}

absl::StatusOr<std::unique_ptr<WorkThreads::Place>> WorkThreads::Take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stopping_) return ShuttingDown();
  Sweep();
  if (taken_ >= most_) return MakeError(absl::StatusCode::kResourceExhausted, Reason::kOverloaded, busy_);
  ++taken_;
  return std::make_unique<Place>(*this);
}

void WorkThreads::Start(std::unique_ptr<Place> place, std::function<void()> work) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Running& running = running_.emplace_back();
  running.thread = std::thread([this, work = std::move(work), &running, trace = KeepTrace()]() mutable {
    {
      const TraceScope scope(trace);
      work();
      work = nullptr;  // what it holds goes before anybody stops waiting for it
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    running.done = true;
    --taken_;
    given_back_.notify_all();
  });
  // The thread gives it back. Without one it does so itself, when it dies.
  place->threads_ = nullptr;
}

absl::Status WorkThreads::Start(std::function<void()> work) {
  QS_ASSIGN_OR_RETURN(std::unique_ptr<Place> place, Take());
  Start(std::move(place), std::move(work));
  return absl::OkStatus();
}

void WorkThreads::Refuse() {
  const std::lock_guard<std::mutex> lock(mutex_);
  stopping_ = true;
}

void WorkThreads::Stop() {
  std::unique_lock<std::mutex> lock(mutex_);
  stopping_ = true;
  given_back_.wait(lock, [this] { return taken_ == 0; });
  Sweep();
}

void WorkThreads::Sweep() {
  running_.remove_if([](Running& running) {
    if (!running.done) return false;
    running.thread.join();  // it has left the mutex, or is about to: it needs it no more
    return true;
  });
}

void WorkThreads::GiveBack() {
  const std::lock_guard<std::mutex> lock(mutex_);
  --taken_;
  given_back_.notify_all();
}

}  // namespace quayside
