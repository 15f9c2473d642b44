// What a process has: compared before and after, it says what somebody left behind.
#pragma once

#include <chrono>
#include <filesystem>
#include <iterator>
#include <thread>

namespace quayside {

// The entries of a folder such as /proc/self/fd.
inline int CountIn(const char* folder) {
  return static_cast<int>(
      std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

inline int CountThreads() { return CountIn("/proc/self/task"); }

// How many threads there are once no more than `expected` are left, else after ten seconds. The kernel wakes who joins
// a thread before it takes the thread out of its list.
inline int CountThreadsDownTo(int expected) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (CountThreads() > expected && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
  return CountThreads();
}

}  // namespace quayside
