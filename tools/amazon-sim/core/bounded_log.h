// A list that forgets its oldest entries once there are too many, and knows how many it has forgotten.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

namespace amazon_sim {

template <typename Entry>
class BoundedLog {
 public:
  void Add(Entry entry) {
    entries_.push_back(std::move(entry));
    Trim();
  }
  // 0 keeps nothing and still counts.
  void SetLimit(std::size_t limit) {
    limit_ = limit;
    Trim();
  }

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  const Entry& operator[](std::size_t i) const { return entries_[i]; }
  std::uint64_t forgotten() const { return forgotten_; }

 private:
  void Trim() {
    while (entries_.size() > limit_) {
      entries_.pop_front();
      ++forgotten_;
    }
  }

  std::deque<Entry> entries_;
  std::size_t limit_ = 1'000'000;
  std::uint64_t forgotten_ = 0;
};

}  // namespace amazon_sim
