// quayside-powercut --rounds N --seed S --folder F [--lie contents|database|names] [--life L]: N power cuts, spread
// over lives of up to 25; ends with one JSON object. --life repeats one life, which a finding names.
#include <boost/json.hpp>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>

#include "CLI/CLI.hpp"
#include "tests/powercut/campaign.h"

namespace {

using quayside::DiskLies;
using namespace quayside::powercut;

DiskLies LiesOf(const std::string& word) {
  return {.contents = word == "contents", .database = word == "database", .names = word == "names"};
}

boost::json::object Report(const Tally& tally) {
  boost::json::object report{{"cuts", tally.cuts},
                             {"acknowledged", tally.acknowledged},
                             {"under_way", tally.under_way},
                             {"under_way_kept", tally.under_way_kept},
                             {"disk_steps", tally.steps}};
  for (size_t i = 0; i < kPhaseNames.size(); ++i) report[std::string("cut_") + kPhaseNames[i]] = tally.cuts_in[i];
  for (size_t i = 0; i < kWrongNames.size(); ++i) report[kWrongNames[i]] = tally.findings.count(static_cast<Wrong>(i));
  boost::json::array texts;
  for (const std::string& text : tally.findings.texts()) texts.emplace_back(text);
  report["findings"] = std::move(texts);
  return report;
}

}  // namespace

int main(int argc, char** argv) {
  CampaignOptions options;
  std::string lie;
  CLI::App app("Power cuts under the store");
  app.add_option("--rounds", options.rounds)->required()->check(CLI::PositiveNumber);
  app.add_option("--seed", options.seed)->required();
  app.add_option("--folder", options.folder)->required();
  app.add_option("--life", options.only_life);
  app.add_option("--lie", lie)->check(CLI::IsMember({"contents", "database", "names"}));
  CLI11_PARSE(app, argc, argv);
  options.lies = LiesOf(lie);
  const Tally tally = RunCampaign(options, [](int64_t cuts) { std::cout << "cuts " << cuts << std::endl; });
  std::cout << Report(tally) << std::endl;
  return tally.findings.total() == 0 ? 0 : 1;
}
