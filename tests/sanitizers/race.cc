// A race that the thread sanitizer has to find, or its silence about everything else means nothing: the same shape as a
// handler that forgets its lock.
#include <cstdio>
#include <thread>

namespace quayside::seeded {

class Counter {
 public:
  void Add() { ++count_; }
  [[nodiscard]] int count() const { return count_; }

 private:
  int count_ = 0;
};

void Race() {
  Counter counter;
  std::thread other([&] {
    for (int i = 0; i < 10'000; ++i) counter.Add();
  });
  for (int i = 0; i < 10'000; ++i) counter.Add();
  other.join();
  std::printf("%d\n", counter.count());
}

}  // namespace quayside::seeded

int main() { quayside::seeded::Race(); }
