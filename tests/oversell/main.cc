// quayside_oversell --hours N --seed S --bundle DIR --folder DIR [--rate PERCENT] [--document-from N]: one world, the
// real engine and plugin around a simulated Amazon in this process, in which three channels on two accounts sell the
// same items for N simulated hours while PERCENT of all calls fail. Every number that is sent is worked out once more
// by an independent calculation at its revision of the stock; every unit that is sold and not there gets its cause.
// Then the trouble stops, and host, marketplaces and shelf must agree. Prints one JSON object.
#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/inventory/channel_oversell.h"
#include "tests/engine_world/trouble.h"
#include "tests/engine_world/world_program.h"
#include "tests/oversell/market_day.h"
#include "tests/oversell/wire_check.h"

namespace quayside {
namespace {

namespace json = boost::json;

constexpr DurationUs kOperatorEvery = 20 * kMinuteUs;
// Between two things that happen, on average.
constexpr DurationUs kPaceUs = kMinuteUs;
// From the end of the trouble until everything must have come to rest.
constexpr DurationUs kLongestRestUs = 3 * kHourUs;

// Channels that show the numbers which this one decides: the other ones of its account.
json::array SharedWith(const std::string& channel_id) {
  const auto* const deciding = std::find_if(std::begin(kMarketChannels), std::end(kMarketChannels),
                                            [&](const MarketChannel& channel) { return channel.id == channel_id; });
  json::array others;
  for (const MarketChannel& channel : kMarketChannels) {
    const bool shares = std::string_view(channel.account) == deciding->account && channel.id != channel_id;
    if (shares) others.emplace_back(channel.id);
  }
  return others;
}

// A rule that never decided a number was not tried.
void DemandEveryRule(const std::vector<OracleSubmission>& submissions, std::vector<std::string>& problems) {
  for (const MarketChannel& channel : kMarketChannels) {
    const bool decided = std::any_of(submissions.begin(), submissions.end(),
                                     [&](const OracleSubmission& sent) { return sent.channel_id == channel.id; });
    if (!decided) problems.push_back(Concat("no quantity was sent by the rules of ", channel.id));
  }
  const bool capped = std::any_of(submissions.begin(), submissions.end(), [](const OracleSubmission& sent) {
    return sent.channel_id == "uk" && sent.quantity == kUkCeiling;
  });
  if (!capped) problems.emplace_back("the ceiling of uk was never in force");
}

json::array Windows(EngineWorld& world) {
  json::array shown;
  const absl::Status read = world.store().Read([&](ReadTx& tx) -> absl::Status {
    shown.clear();
    for (const char* account : {EngineWorld::kAccount, EngineWorld::kSecondAccount}) {
      QS_ASSIGN_OR_RETURN(const std::vector<ChannelOversell> channels, ReadOversells(tx, account, world.clock().Now()));
      for (const ChannelOversell& channel : channels) {
        const auto seconds = [](std::optional<DurationUs> time) {
          return static_cast<double>(time.value_or(0)) / kSecondUs;
        };
        shown.push_back(json::object{{"channel", channel.channel_id},
                                     {"shared_with", SharedWith(channel.channel_id)},
                                     {"closed", channel.closed.count()},
                                     {"p50_s", seconds(channel.closed.Quantile(500))},
                                     {"p99_s", seconds(channel.closed.Quantile(990))},
                                     {"longest_s", seconds(channel.closed.longest())},
                                     {"open", channel.open}});
      }
    }
    return absl::OkStatus();
  });
  if (!read.ok()) throw std::runtime_error(read.ToString());
  return shown;
}

void LiveThroughTrouble(EngineWorld& world, MarketDay& day, const WorldArguments& arguments) {
  SeededRng pace(arguments.seed + 20);
  BeginTrouble(world, arguments.percent, true);
  const TimeUs end = world.clock().Now() + arguments.length * kHourUs;
  TimeUs operator_comes = world.clock().Now() + kOperatorEvery;
  while (world.clock().Now() < end) {
    day.Act();
    world.RunFor(static_cast<DurationUs>(pace.Below(2 * kPaceUs)));
    if (world.clock().Now() < operator_comes) continue;
    operator_comes += kOperatorEvery;
    (void)world.ApprovePlans();
    if (NeedsOperator(world)) world.HelpLanes();
  }
}

// What still differs when time is up.
std::vector<std::string> ComeToRest(EngineWorld& world, MarketDay& day) {
  EndTrouble(world);
  world.RunFor(kLatestShowSeconds * kSecondUs);
  const TimeUs latest = world.clock().Now() + kLongestRestUs;
  std::vector<std::string> differences = day.Differences();
  while (!differences.empty() && world.clock().Now() < latest) {
    (void)world.ApprovePlans();
    world.RunFor(kMinuteUs);
    differences = day.Differences();
  }
  return differences;
}

bool Live(const WorldArguments& arguments) {
  const auto began = std::chrono::steady_clock::now();
  StockOracle oracle;
  EngineWorld world({.folder = arguments.folder,
                     .amazon_bundle = arguments.bundle,
                     .seed = arguments.seed,
                     .scenario = {{"seed", arguments.seed},
                                  {"clock", {{"base", "now"}, {"speed", 0}}},
                                  {"accounts", json::array{EngineWorld::Account(), EngineWorld::SecondAccount()}},
                                  {"listings", MarketDay::Listings()}},
                     .document_from = arguments.document_from,
                     .two_accounts = true,
                     .follower = &oracle});
  oracle.SetClock(&world.clock());
  MarketDay day(world, oracle, arguments.seed + 10);
  day.Open();
  LiveThroughTrouble(world, day, arguments);
  const json::array windows = Windows(world);
  std::vector<std::string> problems = ComeToRest(world, day);
  const size_t not_at_rest = problems.size();
  const json::value ledger = world.amazon().Look("ledger?section=quantities");
  const std::vector<OracleSubmission> submissions = oracle.submissions();
  DemandEveryRule(submissions, problems);
  const WireCheck wire = CheckWire(submissions, ledger.at("quantities").as_array());
  problems.insert(problems.end(), wire.problems.begin(), wire.problems.end());
  problems.insert(problems.end(), day.unexplained().begin(), day.unexplained().end());
  if (oracle.lost()) problems.emplace_back("more happened to the inventory than was told");
  // A day without any of these proves nothing.
  if (wire.submissions == 0 || wire.arrived == 0 || day.sums().orders == 0) problems.emplace_back("nothing happened");
  if (windows.empty()) problems.emplace_back("no oversell window was measured");

  int64_t oversold = 0;
  json::object causes;
  for (const auto& [cause, units] : day.oversold()) {
    causes[OversellCauseName(cause)] = units;
    oversold += units;
  }
  json::object by_channel;
  for (const auto& [channel, units] : day.sums().units_by_channel) by_channel[channel] = units;
  json::array texts;
  for (const std::string& problem : problems) texts.emplace_back(problem);
  const json::object line{{"seed", arguments.seed},
                          {"hours", arguments.length},
                          {"orders", day.sums().orders},
                          {"units", day.sums().units},
                          {"units_by_channel", by_channel},
                          {"lost_sales", day.sums().lost_sales},
                          {"cancelled", day.sums().cancelled},
                          {"deliveries", day.sums().deliveries},
                          {"counter_sales", day.sums().counter_sales},
                          {"oversold", oversold},
                          {"causes", causes},
                          {"submissions", wire.submissions},
                          {"exceeded", wire.exceeded},
                          {"below", wire.below},
                          {"arrived", wire.arrived},
                          {"arrived_older", wire.older},
                          {"not_at_rest", not_at_rest},
                          {"calls", world.amazon().calls()},
                          {"windows", windows},
                          {"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count()},
                          {"problems", texts}};
  std::cout << json::serialize(line) << std::endl;
  oracle.SetClock(nullptr);
  return problems.empty();
}

}  // namespace
}  // namespace quayside

int main(int argc, char** argv) {
  return quayside::RunWorldProgram("quayside_oversell", "--hours", {.length = 24, .percent = 10}, argc, argv,
                                   &quayside::Live);
}
