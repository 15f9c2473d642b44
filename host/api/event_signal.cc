#include <condition_variable>
#include <mutex>

#include "host/api/server.h"

namespace quayside {
namespace {

class CountingSignal final : public EventSignal {
 public:
  void Notify() override {
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      ++count_;
    }
    changed_.notify_all();
  }

  uint64_t Wait(uint64_t seen, std::chrono::steady_clock::time_point until) override {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_until(lock, until, [&] { return count_ > seen; });
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t count_ = 0;
};

}  // namespace

std::unique_ptr<EventSignal> MakeEventSignal() { return std::make_unique<CountingSignal>(); }

}  // namespace quayside
