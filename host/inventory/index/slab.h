// Values with numbers, which never move: grown in chunks, so that growing copies nothing and never needs twice the
// room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace quayside {

template <typename T>
class Slab {
 public:
  // The number of the new value: 0, 1, 2...
  uint32_t Add(T value) {
    if (size_ % kChunk == 0) chunks_.push_back(std::make_unique<T[]>(kChunk));
    (*this)[size_] = std::move(value);
    return size_++;
  }
  T& operator[](uint32_t number) { return chunks_[number / kChunk][number % kChunk]; }
  const T& operator[](uint32_t number) const { return chunks_[number / kChunk][number % kChunk]; }
  [[nodiscard]] uint32_t size() const { return size_; }

 private:
  static constexpr uint32_t kChunk = 1024;
  std::vector<std::unique_ptr<T[]>> chunks_;
  uint32_t size_ = 0;
};

}  // namespace quayside
