// Many watchers of one host, of which some stop reading: how soon the others hear of a change.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace quayside::watch {

struct CrowdOptions {
  int watchers = 1000;
  int stalled = 10;  // of them
  int changes = 100;
  uint64_t seed = 1;
  std::string folder;  // empty
};

struct CrowdReport {
  // From the commit's begin to the client, of the watchers that read.
  int64_t p50_us = 0;
  int64_t p99_us = 0;
  int64_t delivered = 0;
  // Stalled watchers that, when they read on, got what they had missed until they were cut, and were told where.
  int stalled_cut = 0;
  std::vector<std::string> problems;
};

[[nodiscard]] CrowdReport RunCrowd(const CrowdOptions& options);

}  // namespace quayside::watch
