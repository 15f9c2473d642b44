// Many short texts that live as long as their owner, without an allocation each.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace amazon_sim {

class TextArena {
 public:
  // A copy that stays where it is.
  std::string_view Keep(std::string_view text) {
    if (text.empty()) return {};
    if (text.size() > left_) {
      left_ = std::max(kBlock, text.size());
      blocks_.push_back(std::make_unique<char[]>(left_));
      next_ = blocks_.back().get();
    }
    char* const kept = next_;
    std::memcpy(kept, text.data(), text.size());
    next_ += text.size();
    left_ -= text.size();
    return {kept, text.size()};
  }
  // The same copy every time; for texts that many share.
  std::string_view KeepWord(std::string_view word) {
    const auto known = words_.find(word);
    return known != words_.end() ? *known : *words_.insert(Keep(word)).first;
  }

 private:
  static constexpr std::size_t kBlock = 64U << 10;

  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::set<std::string_view> words_;
};

}  // namespace amazon_sim
