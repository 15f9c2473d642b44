// Life after life until the power has gone often enough.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "host/store/testing/power_cut_disk.h"
#include "tests/powercut/life.h"

namespace quayside::powercut {

struct CampaignOptions {
  int64_t rounds = 0;
  uint64_t seed = 0;
  std::string folder;  // exists; what is made in it is removed
  DiskLies lies;
  std::optional<int64_t> only_life;
  // 1: the seed repeats every cut. With more, every other life has several, whose turns no seed fixes.
  int most_writers = 4;
};

// `progress` hears of the cuts after each life. Ends early when there are many findings.
[[nodiscard]] Tally RunCampaign(const CampaignOptions& options, const std::function<void(int64_t cuts)>& progress);

}  // namespace quayside::powercut
