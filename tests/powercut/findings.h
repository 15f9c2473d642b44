// What a check after a power cut has to say against the store.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace quayside::powercut {

enum class Wrong {
  kLost,     // an acknowledged change is not there
  kHalf,     // a part of a change is there
  kPhantom,  // a change that was refused, or never made, is there
  kCorrupt,  // the database does not open, or its integrity check fails
  kGap,      // event revisions are not 1, 2, 3, ...
  kFence,    // a lane is not where its writer left it, or lets an outdated writer pass
  kError,    // a call failed though the power was on
};
inline constexpr std::array kWrongNames = {"lost", "half", "phantom", "corrupt", "gaps", "fences_broken", "errors"};

// Not thread-safe.
class Findings {
 public:
  void Add(Wrong wrong, std::string text) {
    ++counts_[static_cast<size_t>(wrong)];
    if (texts_.size() < kTextsKept)
      texts_.push_back(kWrongNames[static_cast<size_t>(wrong)] + (": " + std::move(text)));
  }
  // Says more about the last of them.
  void Note(const std::string& text) {
    if (!texts_.empty()) texts_.back() += " (" + text + ")";
  }
  [[nodiscard]] int64_t count(Wrong wrong) const { return counts_[static_cast<size_t>(wrong)]; }
  [[nodiscard]] int64_t total() const {
    int64_t sum = 0;
    for (const int64_t count : counts_) sum += count;
    return sum;
  }
  [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

 private:
  static constexpr size_t kTextsKept = 50;
  std::array<int64_t, kWrongNames.size()> counts_ = {};
  std::vector<std::string> texts_;
};

}  // namespace quayside::powercut
