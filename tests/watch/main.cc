// quayside-watch histories --rounds N --seed S --folder F [--world W]: N random histories against the model; --world
// repeats one world, which a finding names.
// quayside-watch crowd --watchers N --stalled M --changes C --seed S --folder F: a crowd, some of whom stop reading.
// Either ends with one JSON object.
#include <boost/json.hpp>
#include <iostream>
#include <string>

#include "CLI/CLI.hpp"
#include "tests/watch/crowd.h"
#include "tests/watch/history.h"

namespace {

using namespace quayside::watch;

boost::json::array Texts(const std::vector<std::string>& texts) {
  boost::json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

boost::json::object Report(const HistoryTally& tally) {
  boost::json::object report{{"histories", tally.histories},         {"transactions", tally.transactions},
                             {"taken_back", tally.taken_back},       {"compactions", tally.compactions},
                             {"restarts", tally.restarts},           {"lists", tally.lists},
                             {"messages", tally.followers.messages}, {"bookmarks", tally.followers.bookmarks},
                             {"events", tally.followers.events},     {"resumes", tally.followers.resumes},
                             {"gone", tally.followers.gone},         {"cut", tally.followers.cut},
                             {"ended", tally.followers.ended},       {"snapshots", tally.followers.snapshots},
                             {"gaps", tally.followers.gaps},         {"pictures", tally.followers.pictures}};
  boost::json::object violations;
  for (size_t i = 0; i < kPromiseNames.size(); ++i) {
    violations[kPromiseNames[i]] = tally.findings.count(static_cast<Promise>(i));
  }
  report["violations"] = std::move(violations);
  report["problems"] = Texts(tally.findings.texts());
  return report;
}

boost::json::object Report(const CrowdReport& crowd) {
  return {{"p50_us", crowd.p50_us},
          {"p99_us", crowd.p99_us},
          {"delivered", crowd.delivered},
          {"stalled_cut", crowd.stalled_cut},
          {"problems", Texts(crowd.problems)}};
}

}  // namespace

int main(int argc, char** argv) {
  HistoryOptions histories;
  CrowdOptions crowd;
  CLI::App app("Watchers of events, held to their promises");
  app.require_subcommand(1);
  CLI::App* one = app.add_subcommand("histories");
  one->add_option("--rounds", histories.rounds)->required()->check(CLI::PositiveNumber);
  one->add_option("--seed", histories.seed)->required();
  one->add_option("--folder", histories.folder)->required();
  one->add_option("--world", histories.only_world);
  CLI::App* other = app.add_subcommand("crowd");
  other->add_option("--watchers", crowd.watchers)->required()->check(CLI::PositiveNumber);
  other->add_option("--stalled", crowd.stalled)->required();
  other->add_option("--changes", crowd.changes)->required()->check(CLI::PositiveNumber);
  other->add_option("--seed", crowd.seed)->required();
  other->add_option("--folder", crowd.folder)->required();
  CLI11_PARSE(app, argc, argv);
  try {
    if (one->parsed()) {
      const HistoryTally tally =
          RunHistories(histories, [](int64_t done) { std::cout << "histories " << done << std::endl; });
      std::cout << Report(tally) << std::endl;
      return tally.findings.total() == 0 ? 0 : 1;
    }
    const CrowdReport report = RunCrowd(crowd);
    std::cout << Report(report) << std::endl;
    return report.problems.empty() ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "quayside-watch: " << error.what() << "\n";
    return 2;
  }
}
