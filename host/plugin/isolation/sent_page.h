// A page of memory that both ends of a runner's socket map: each counts there what it has sent. Who waits for a frame
// looks at a number instead of asking the system again and again, which costs the other end time as well.
//
// It is a hint and no more: the runner's end is not trusted, and whatever it writes there, the host at worst asks the
// system once too often or sleeps. Like frames, this file needs nothing but the standard library.
#pragma once

#include <atomic>
#include <cstdint>

namespace quayside {

// Changes with every frame that was sent; the number itself means nothing.
using SentCount = std::atomic<uint64_t>;
static_assert(SentCount::is_always_lock_free, "two processes share it");

class SentPage {
 public:
  // None: there are no counts, and whoever waits asks the system.
  SentPage() = default;
  // The host's end. None when the system has no such memory.
  [[nodiscard]] static SentPage Make();
  // The runner's end, of the descriptor it was started with, which is closed. None when it cannot be mapped.
  [[nodiscard]] static SentPage Take(int descriptor);

  SentPage(SentPage&& other) noexcept { Swap(other); }
  SentPage& operator=(SentPage&& other) noexcept {
    Swap(other);
    return *this;
  }
  ~SentPage();

  // For the runner; -1: none.
  [[nodiscard]] int descriptor() const { return descriptor_; }
  // The runner has it; the page stays.
  void CloseDescriptor();
  // Null: none.
  [[nodiscard]] SentCount* by_host() const { return counts_ == nullptr ? nullptr : &counts_->by_host; }
  [[nodiscard]] SentCount* by_runner() const { return counts_ == nullptr ? nullptr : &counts_->by_runner; }

 private:
  // Each where the other's writing does not disturb it.
  struct Counts {
    alignas(64) SentCount by_host;
    alignas(64) SentCount by_runner;
  };

  void Swap(SentPage& other) noexcept;
  void Map();

  int descriptor_ = -1;
  Counts* counts_ = nullptr;
};

// Where there is one.
inline void CountSent(SentCount* count) {
  if (count != nullptr) count->fetch_add(1, std::memory_order_release);
}

}  // namespace quayside
