// Does what nobody shall wait for: letting a generation's steps end, joining its workers, unloading it, looking whether
// it is gone. Each job has a thread of its own, so that a plugin that hangs delays no other; there is one for each
// generation that goes, which is not many. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

namespace quayside {

class Reaper {
 public:
  Reaper() = default;
  ~Reaper() { Stop(); }
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;

  // False once stopped: it will not be done.
  bool Post(std::function<void()> job) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) return false;
    running_.remove_if([](Running& each) {
      if (!each.done) return false;
      each.thread.join();
      return true;
    });
    Running& added = running_.emplace_back();
    added.thread = std::thread([&added, job = std::move(job)] {
      job();
      added.done = true;
    });
    return true;
  }

  // Waits for the jobs under way. Not to be called by one.
  void Stop() {
    std::list<Running> running;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
      running.swap(running_);
    }
    for (Running& each : running) each.thread.join();
  }

 private:
  struct Running {
    std::thread thread;
    std::atomic<bool> done{false};
  };

  std::mutex mutex_;
  std::list<Running> running_;
  bool stopping_ = false;
};

}  // namespace quayside
