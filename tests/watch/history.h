// Random histories of changes, resumes and compactions, with followers that are held to the promises.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tests/watch/findings.h"
#include "tests/watch/follower.h"

namespace quayside::watch {

struct HistoryOptions {
  int64_t rounds = 0;  // histories
  uint64_t seed = 1;
  std::string folder;       // empty; each world lives in one below it, which is taken away after it
  int64_t only_world = -1;  // repeats one world, which a finding names
};

struct HistoryTally {
  int64_t histories = 0;
  int64_t transactions = 0;
  int64_t taken_back = 0;
  int64_t compactions = 0;
  int64_t restarts = 0;
  int64_t lists = 0;
  FollowerTally followers;
  Findings findings;
};

// Up to 100 histories happen to one world, one after the other: what is old for one is there already for the next.
// `progress` gets the number of histories so far.
[[nodiscard]] HistoryTally RunHistories(const HistoryOptions& options, const std::function<void(int64_t)>& progress);

}  // namespace quayside::watch
