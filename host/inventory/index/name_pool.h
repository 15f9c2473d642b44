// Texts, each once and packed, known by their numbers 0, 1, 2...: a million SKUs fit into a few tens of megabytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "host/inventory/index/slab.h"

namespace quayside {

// Not thread-safe. Nothing is ever removed.
class NamePool {
 public:
  NamePool() : numbers_(0, Hash{&texts_}, Equal{&texts_}) {}
  NamePool(const NamePool&) = delete;
  NamePool& operator=(const NamePool&) = delete;

  uint32_t Intern(std::string_view text);
  [[nodiscard]] std::optional<uint32_t> Find(std::string_view text) const;
  // Lives as long as the pool.
  [[nodiscard]] std::string_view operator[](uint32_t number) const { return texts_[number]; }
  [[nodiscard]] uint32_t size() const { return texts_.size(); }

 private:
  using Texts = Slab<std::string_view>;
  struct Hash {
    using is_transparent = void;
    const Texts* texts;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    size_t operator()(uint32_t number) const { return (*this)((*texts)[number]); }
  };
  struct Equal {
    using is_transparent = void;
    const Texts* texts;
    bool operator()(uint32_t a, uint32_t b) const { return a == b; }
    bool operator()(uint32_t number, std::string_view text) const { return (*texts)[number] == text; }
    bool operator()(std::string_view text, uint32_t number) const { return (*texts)[number] == text; }
  };

  std::string_view Copy(std::string_view text);

  std::vector<std::unique_ptr<char[]>> pages_;
  size_t free_ = 0;  // bytes left at the end of the last page
  char* next_ = nullptr;
  Texts texts_;
  absl::flat_hash_set<uint32_t, Hash, Equal> numbers_;
};

}  // namespace quayside
