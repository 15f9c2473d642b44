// Threads for what outlives the call that asked for it, one each, within bounds. At the end of the host they are waited
// for; whoever gives them work sees to it that it ends then.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace quayside {

// Thread-safe.
class WorkThreads {
 public:
  // A thread that is promised to somebody; given back when it dies unused.
  class Place {
   public:
    explicit Place(WorkThreads& threads) : threads_(&threads) {}
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    friend class WorkThreads;
    WorkThreads* threads_;
  };

  // `busy` is what one more than `most` is told.
  WorkThreads(size_t most, std::string busy) : most_(most), busy_(std::move(busy)) {}
  ~WorkThreads() { Stop(); }
  WorkThreads(const WorkThreads&) = delete;
  WorkThreads& operator=(const WorkThreads&) = delete;

  // UNAVAILABLE SHUTTING_DOWN, RESOURCE_EXHAUSTED OVERLOADED.
  [[nodiscard]] absl::StatusOr<std::unique_ptr<Place>> Take();
  // In the caller's trace, and beyond its deadline: the caller's CallLimit stays with its thread.
  void Start(std::unique_ptr<Place> place, std::function<void()> work);
  // Both.
  [[nodiscard]] absl::Status Start(std::function<void()> work);

  // No place is given any more.
  void Refuse();
  // Refuse, and wait for all places that were given.
  void Stop();

 private:
  struct Running {
    std::thread thread;
    bool done = false;
  };
  // Threads that are through. With the mutex held.
  void Sweep();
  void GiveBack();

  const size_t most_;
  const std::string busy_;
  std::mutex mutex_;
  std::condition_variable given_back_;
  size_t taken_ = 0;
  bool stopping_ = false;
  std::list<Running> running_;
};

}  // namespace quayside
