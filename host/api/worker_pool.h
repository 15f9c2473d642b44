// Threads for calls that may block, so that gRPC's own are never blocked. The queue is bounded: what does not fit is
// refused at once instead of waiting beyond its deadline.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace quayside {

// Thread-safe.
class WorkerPool {
 public:
  WorkerPool(int threads, size_t max_waiting);
  ~WorkerPool() { Stop(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False, and `job` is dropped, when the queue is full or the pool stopped.
  [[nodiscard]] bool TryRun(std::function<void()> job);
  // Drops waiting jobs and waits for those that run.
  void Stop();

 private:
  void Work();

  const size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace quayside
