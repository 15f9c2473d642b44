// Who waits for the one writer, and whose turn is next. Not thread-safe: it lives under its owner's lock.
#pragma once

#include <utility>
#include <vector>

namespace quayside {

enum class WriteTurn {
  kInOrder,
  kFirst,  // before all that are in order, whenever those came
};

template <typename Item>
class WriteQueue {
 public:
  void Push(Item item, WriteTurn turn) { (turn == WriteTurn::kFirst ? first_ : in_order_).push_back(std::move(item)); }
  [[nodiscard]] bool empty() const { return first_.empty() && in_order_.empty(); }

  // All whose turn it is together: those that are first, alone; without one of them everybody.
  [[nodiscard]] std::vector<Item> Take() { return std::exchange(first_.empty() ? in_order_ : first_, {}); }
  // Those that are first.
  [[nodiscard]] std::vector<Item> TakeFirst() { return std::exchange(first_, {}); }

 private:
  std::vector<Item> first_;
  std::vector<Item> in_order_;
};

}  // namespace quayside
