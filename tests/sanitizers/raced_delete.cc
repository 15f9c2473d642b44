// A free that nothing orders after a use by another thread: the same shape as an object whose last owner does not wait
// for whoever still looks at it. The thread sanitizer has to find it although the free is on top of its stack.
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

namespace quayside::seeded {

class Shelf {
 public:
  explicit Shelf(int first) { places_[0] = first; }
  [[nodiscard]] int Sum() const {
    int sum = 0;
    for (const int place : places_) sum += place;
    return sum;
  }

 private:
  int places_[64] = {};
};

void RaceADelete(int first) {
  auto shelf = std::make_unique<Shelf>(first);
  std::thread reader([used = shelf.get()] { std::printf("%d\n", used->Sum()); });
  // Late enough that the reader is through, mostly: what is missing is the order, not the time.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  shelf.reset();
  reader.join();
}

}  // namespace quayside::seeded

int main(int argc, char**) { quayside::seeded::RaceADelete(argc); }
