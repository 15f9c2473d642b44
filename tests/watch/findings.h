// What a watcher of events has to say against the host.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace quayside::watch {

// The promises of EventService.Watch.
enum class Promise {
  kOrdered,     // revisions grow
  kUnique,      // each event comes once
  kReliable,    // each comes, and nothing that did not happen
  kAtomic,      // the events of a transaction come together
  kResumable,   // from a revision that was given out, however the stream ended; what is gone is said
  kBookmarked,  // a stream that nothing happens to says how far it is
  kSnapshot,    // a snapshot and the events after it are what there is, with nothing missing in between
};
inline constexpr std::array kPromiseNames = {"ordered",   "unique",     "reliable", "atomic",
                                             "resumable", "bookmarked", "snapshot"};

// Not thread-safe.
class Findings {
 public:
  void Add(Promise promise, std::string text) {
    ++counts_[static_cast<size_t>(promise)];
    if (texts_.size() < kTextsKept)
      texts_.push_back(kPromiseNames[static_cast<size_t>(promise)] + (": " + std::move(text)));
  }
  [[nodiscard]] int64_t count(Promise promise) const { return counts_[static_cast<size_t>(promise)]; }
  [[nodiscard]] int64_t total() const {
    int64_t sum = 0;
    for (const int64_t count : counts_) sum += count;
    return sum;
  }
  [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

 private:
  static constexpr size_t kTextsKept = 50;
  std::array<int64_t, kPromiseNames.size()> counts_ = {};
  std::vector<std::string> texts_;
};

}  // namespace quayside::watch
