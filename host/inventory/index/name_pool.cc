#include "host/inventory/index/name_pool.h"

#include <algorithm>
#include <cstring>

namespace quayside {
namespace {

constexpr size_t kPageBytes = 32 * 1024;

}  // namespace

std::string_view NamePool::Copy(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > free_) {
    free_ = std::max(kPageBytes, text.size());
    pages_.push_back(std::make_unique<char[]>(free_));
    next_ = pages_.back().get();
  }
  std::memcpy(next_, text.data(), text.size());
  const std::string_view copy(next_, text.size());
  next_ += text.size();
  free_ -= text.size();
  return copy;
}

uint32_t NamePool::Intern(std::string_view text) {
  if (const auto found = numbers_.find(text); found != numbers_.end()) return *found;
  const uint32_t number = texts_.Add(Copy(text));
  numbers_.insert(number);
  return number;
}

std::optional<uint32_t> NamePool::Find(std::string_view text) const {
  const auto found = numbers_.find(text);
  return found == numbers_.end() ? std::nullopt : std::optional<uint32_t>(*found);
}

}  // namespace quayside
