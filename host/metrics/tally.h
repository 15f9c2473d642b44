// What is counted while the host works, for whoever looks later. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "host/base/time.h"

namespace quayside {

// Counts by two words. Words come from plugins and marketplaces, so that there are at most kMostPairs: what comes later
// is counted under "other", "other".
class PairTally {
 public:
  static constexpr size_t kMostPairs = 500;
  using Counts = std::map<std::pair<std::string, std::string>, int64_t>;

  void Count(const std::string& first, const std::string& second) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = counts_.find({first, second});
    if (found != counts_.end()) {
      ++found->second;
    } else if (counts_.size() < kMostPairs) {
      counts_.emplace(std::pair(first, second), 1);
    } else {
      ++counts_[{"other", "other"}];
    }
  }
  [[nodiscard]] Counts Snapshot() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return counts_;
  }

 private:
  mutable std::mutex mutex_;
  Counts counts_;
};

// How long something took, by powers of two from a quarter of a millisecond on.
class TimeTally {
 public:
  static constexpr std::array<DurationUs, 14> kBounds = {
      250, 500, 1'000, 2'000, 4'000, 8'000, 16'000, 32'000, 64'000, 128'000, 256'000, 512'000, 1'024'000, 8'192'000};
  struct Times {
    // counts[i]: those of at most kBounds[i] that are longer than the bound before.
    std::array<uint64_t, kBounds.size()> counts{};
    uint64_t all = 0;
    DurationUs sum_us = 0;
  };

  void Add(DurationUs time) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++times_.all;
    times_.sum_us += time;
    for (size_t i = 0; i < kBounds.size(); ++i) {
      if (time > kBounds[i]) continue;
      ++times_.counts[i];
      return;
    }
  }
  [[nodiscard]] Times Snapshot() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return times_;
  }

 private:
  mutable std::mutex mutex_;
  Times times_;
};

// All of it.
struct Tallies {
  PairTally marketplace_calls;  // operation, status
  PairTally plugin_restarts;    // plugin, version
  TimeTally commits;
};

}  // namespace quayside
