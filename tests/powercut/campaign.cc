#include "tests/powercut/campaign.h"

#include <algorithm>
#include <filesystem>

namespace quayside::powercut {
namespace {

constexpr int64_t kEnough = 20;  // findings

void Live(const CampaignOptions& options, int64_t number, int64_t most_cuts, Tally& tally) {
  const std::string folder = options.folder + "/life-" + std::to_string(number);
  std::filesystem::create_directories(folder);
  const int64_t wrong_before = tally.findings.total();
  {
    Life life(folder, options.seed * 1'000'003 + static_cast<uint64_t>(number), options.lies, options.most_writers,
              tally);
    most_cuts = std::min(most_cuts, life.MostCuts());
    for (int64_t cut = 0; cut < most_cuts && life.Round(); ++cut) {
    }
  }
  if (tally.findings.total() != wrong_before) tally.findings.Note("in life " + std::to_string(number));
  std::filesystem::remove_all(folder);
}

}  // namespace

Tally RunCampaign(const CampaignOptions& options, const std::function<void(int64_t cuts)>& progress) {
  Tally tally;
  for (int64_t number = options.only_life.value_or(1); tally.cuts < options.rounds; ++number) {
    Live(options, number, options.rounds - tally.cuts, tally);
    progress(tally.cuts);
    if (options.only_life.has_value() || tally.findings.total() >= kEnough) break;
  }
  return tally;
}

}  // namespace quayside::powercut
