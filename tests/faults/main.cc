// quayside_faults --calls N --seed S --seeds K --bundle DIR --folder DIR [--rate PERCENT] [--document-from N]: K
// worlds, each with the real engine and plugin around a simulated Amazon in this process, live until N calls were made
// in all while PERCENT of them fail. Then the trouble stops, orders, listings and quantities have two cycles, and the
// worlds are compared; packages, whose documents Amazon takes long for, are waited for and compared afterwards.
// With --document-from, N quantities that wait already go into a document; with --more-listings, N listings stand
// beside those that something happens to. Prints one JSON object per world.
#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/listings/mapping.h"
#include "tests/engine_world/trouble.h"
#include "tests/engine_world/world_program.h"
#include "tests/faults/judge.h"
#include "tests/faults/shop_life.h"

namespace quayside {
namespace {

namespace json = boost::json;

// A person comes by every so often: "forbidden" and the second "expired-token" in a row wait for one.
constexpr DurationUs kOperatorEvery = 20 * kMinuteUs;
// Between two things that happen, on average.
constexpr DurationUs kPaceUs = 15 * kSecondUs;

bool IsOfPackages(const LaneStatus& lane) {
  return lane.record.job == Job::kDespatch || lane.record.job == Job::kPostSale;
}

std::vector<LaneStatus> LanesWithoutPackages(EngineWorld& world) {
  std::vector<LaneStatus> lanes = world.Lanes();
  std::erase_if(lanes, IsOfPackages);
  return lanes;
}

// Orders and listings are taken over up to `mark`, and nothing waits to be sent.
bool CaughtUp(const std::vector<LaneStatus>& lanes, TimeUs mark) {
  for (const LaneStatus& lane : lanes) {
    if (lane.activity != LaneActivity::kIdle) return false;
    const bool rests = lane.record.next_run_us == 0;
    const bool reads = lane.record.job == Job::kOrders || lane.record.job == Job::kListings;
    if (reads ? lane.record.cursor.watermark_us < mark : !rests) return false;
  }
  return true;
}

// The longest wait that trouble leaves behind (a quantity put off for a quarter of an hour), and the longest interval
// between two looks after it.
constexpr DurationUs kLongestCycleUs = 20 * kMinuteUs;
// Amazon's own time for a document, seconds in its queue and in work; and for the one under way and the next after it.
constexpr int kLongestQueueSeconds = 120;
constexpr int kLongestWorkSeconds = 300;
// From its hand-over until a package shows in its order.
constexpr int kPackagesShowSeconds = 90;
// Until what became of an untracked package is certain: its feed, and ten minutes for it to show; and as long again if
// it must be told anew.
constexpr DurationUs kPackagesCertainUs = 2 * (kLongestQueueSeconds + kLongestWorkSeconds) * kSecondUs + 40 * kMinuteUs;
constexpr DurationUs kTwoDocumentsUs = 2 * (kLongestQueueSeconds + kLongestWorkSeconds) * kSecondUs;

std::string Describe(const LaneStatus& lane, TimeUs now) {
  std::string text = Concat(lane.record.id, " is ", static_cast<int>(lane.activity), ", its watermark ",
                            (now - lane.record.cursor.watermark_us) / kSecondUs, " s old");
  if (lane.record.next_run_us > 0) text += Concat(", due in ", (lane.record.next_run_us - now) / kSecondUs, " s");
  if (!lane.record.last_error.empty()) text += Concat(": ", lane.record.last_error);
  return text;
}

// What the quantities wait for: documents that are not over, and a few of the targets that are not settled.
std::vector<std::string> DescribeQuantities(EngineWorld& world) {
  constexpr size_t kMostTargets = 10;
  const TimeUs now = world.clock().Now();
  const auto since = [now](TimeUs time) {
    return time == 0 ? std::string("never") : Concat((now - time) / kSecondUs, " s ago");
  };
  std::vector<std::string> lines;
  const absl::Status read = world.store().Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::vector<BulkRecord> bulks, tx.ListOpenBulks(EngineWorld::kAccount));
    for (const BulkRecord& bulk : bulks) {
      lines.push_back(Concat("document ", bulk.id, " in state ", static_cast<int>(bulk.state), ", ", bulk.items,
                             " items, made ", since(bulk.created_us), ", sent ", since(bulk.sent_us), ", next poll ",
                             since(bulk.next_poll_us), ": ", bulk.progress));
    }
    QS_ASSIGN_OR_RETURN(const std::optional<TimeUs> read_back, tx.NextReadBack(EngineWorld::kAccount));
    if (read_back.has_value())
      lines.push_back(Concat("a quantity is to be read back in ", (*read_back - now) / kSecondUs, " s"));
    return tx.ScanTargets([&](const TargetRecord& target) {
      if (target.state == TargetState::kCurrent || target.state == TargetState::kNone) return;
      if (lines.size() > kMostTargets + bulks.size()) return;
      lines.push_back(Concat("target ", target.sku, " in state ", static_cast<int>(target.state), ", changed ",
                             since(target.changed_us), ", due ", since(target.due_us), ", ", target.failures,
                             " failures, document ", target.bulk_id, ": ", target.note));
    });
  });
  if (!read.ok()) lines.emplace_back(read.message());
  return lines;
}

struct Cycles {
  DurationUs took = 0;
  std::vector<std::string> late;  // not in time, in words
};

// A cycle is over when everything that was there at its begin is taken over and sent.
Cycles RunTwoCycles(EngineWorld& world, DurationUs longest) {
  Cycles cycles;
  const TimeUs begin = world.clock().Now();
  for (int cycle = 1; cycle <= 2; ++cycle) {
    const TimeUs mark = world.clock().Now();
    while ((world.ApprovePlans() || !CaughtUp(LanesWithoutPackages(world), mark)) &&
           world.clock().Now() - mark < longest)
      world.RunFor(10 * kSecondUs);
    if (CaughtUp(LanesWithoutPackages(world), mark)) continue;
    for (const LaneStatus& lane : LanesWithoutPackages(world))
      cycles.late.push_back(Concat("late: cycle ", cycle, " is not over after ", longest / kMinuteUs,
                                   " minutes: ", Describe(lane, world.clock().Now())));
    for (const std::string& line : DescribeQuantities(world)) cycles.late.push_back(Concat("late: ", line));
  }
  cycles.took = world.clock().Now() - begin;
  return cycles;
}

// What two cycles must have brought about already. An order's state follows from its packages, which may be under way.
std::vector<std::string> UnequalAfterTwoCycles(EngineWorld& world) {
  const Judgement judgement = Judge(world);
  std::vector<std::string> unequal;
  for (const auto* found : {&judgement.orders_lost, &judgement.orders_doubled, &judgement.quantities_wrong,
                            &judgement.listings_wrong, &judgement.fba_violations}) {
    for (const std::string& problem : *found) unequal.push_back(Concat("after two cycles: ", problem));
  }
  return unequal;
}

// Everything is over, packages too: what trouble wore out is asked for again, as long as anything fails.
Cycles RunUntilPackagesAreOver(EngineWorld& world, ShopLife& life) {
  constexpr int kMostRetries = 3;
  constexpr DurationUs kLongest = kLongestCycleUs + kPackagesCertainUs;
  Cycles rest;
  const TimeUs begin = world.clock().Now();
  for (int tries = 0; tries <= kMostRetries; ++tries) {
    const bool again = tries < kMostRetries && life.RetryFailed();
    if (!again && tries > 0) break;
    const TimeUs mark = world.clock().Now();
    while ((world.ApprovePlans() || !CaughtUp(world.Lanes(), mark)) && world.clock().Now() - mark < kLongest)
      world.RunFor(10 * kSecondUs);
  }
  // What became of a package shows in its order's state: one more look at the orders.
  const TimeUs mark = world.clock().Now();
  while (!CaughtUp(world.Lanes(), mark) && world.clock().Now() - mark < kLongestCycleUs) world.RunFor(10 * kSecondUs);
  for (const LaneStatus& lane : world.Lanes()) {
    if (!CaughtUp({lane}, mark))
      rest.late.push_back(Concat("late: with the packages: ", Describe(lane, world.clock().Now())));
  }
  rest.took = world.clock().Now() - begin;
  return rest;
}

// What was asked of Amazon so far.
struct Calls {
  int64_t made = 0;
  int64_t faulty = 0;  // that a fault struck, or that never got there
  int64_t feeds = 0;
  int64_t reports_read = 0;
};

Calls CallsSoFar(EngineWorld& world) {
  Calls calls{.made = world.amazon().calls(), .faulty = world.amazon().refused()};
  const json::value ledger = world.amazon().Look("ledger?section=calls");
  for (const auto& seller : ledger.at("calls").as_object()) {
    for (const auto& operation : seller.value().as_object()) {
      const auto count = operation.value().at("calls").to_number<int64_t>();
      if (operation.key() == "createFeed") calls.feeds += count;
      if (operation.key() == "getReportDocument") calls.reports_read += count;
      for (const auto& fault : operation.value().at("faults").as_object())
        calls.faulty += fault.value().to_number<int64_t>();
    }
  }
  return calls;
}

int64_t Known(EngineWorld& world, const std::string& channel) {
  int64_t known = 0;
  const absl::Status read = world.store().Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const ListingTotals totals, tx.CountListings(channel));
    known = totals.total;
    return absl::OkStatus();
  });
  if (!read.ok()) throw std::runtime_error(std::string(read.message()));
  return known;
}

void RunUntilListed(EngineWorld& world, const std::string& channel, int64_t listed) {
  const TimeUs given_up = world.clock().Now() + 2 * kHourUs;
  while (Known(world, channel) < listed) {
    if (world.clock().Now() > given_up)
      throw std::runtime_error(Concat(channel, " has ", Known(world, channel), " listings of ", listed));
    world.RunFor(kMinuteUs);
  }
}

bool Live(const WorldArguments& arguments) {
  const auto began = std::chrono::steady_clock::now();
  const uint64_t seed = arguments.seed;
  EngineWorld world({.folder = arguments.folder,
                     .amazon_bundle = arguments.bundle,
                     .seed = seed,
                     .scenario = {{"seed", seed},
                                  {"clock", {{"base", "now"}, {"speed", 0}}},
                                  {"accounts", {EngineWorld::Account()}},
                                  {"listings", ShopLife::Listings(arguments.more_listings)}},
                     .document_from = arguments.document_from});
  world.amazon().Act("settings", {{"feeds",
                                   {{"queue_s", json::array{20, kLongestQueueSeconds}},
                                    {"work_s", json::array{30, kLongestWorkSeconds}},
                                    {"retention_days", 3650}}},  // those of the first day are judged, too
                                  {"reports", {{"queue_s", json::array{5, 30}}, {"work_s", json::array{5, 60}}}},
                                  {"packages_show_after_s", kPackagesShowSeconds}});
  world.AddChannel("uk", "A1F83G8C2ARO7P");
  world.AddChannel("de", "A1PA6795UKMFR9");
  world.RunFor(20 * kMinuteUs);
  const auto listed = world.amazon().Look("listings?limit=1").at("total").to_number<int64_t>();
  for (const char* channel : {"uk", "de"}) {
    RunUntilListed(world, channel, listed);
    world.Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
      // All of them: no shop of a campaign lists so many.
      QS_ASSIGN_OR_RETURN(LinkedPiece linked,
                          LinkPieceBySku(tx, world.ids(), world.clock().Now(), channel, true, "", 10'000));
      return std::move(linked.accounts);
    });
  }
  ShopLife life(world, seed + 10);
  life.CountEverything();
  world.RunFor(10 * kMinuteUs);
  if (!world.ApprovePlans()) throw std::runtime_error("the first quantities did not wait for a person");
  world.RunFor(10 * kMinuteUs);

  SeededRng pace(seed + 20);
  const Calls before = CallsSoFar(world);
  BeginTrouble(world, arguments.percent, true);
  TimeUs operator_comes = world.clock().Now() + kOperatorEvery;
  int64_t operator_visits = 0;
  const TimeUs trouble_began = world.clock().Now();
  while (world.amazon().calls() < arguments.length) {
    life.Act();
    world.RunFor(static_cast<DurationUs>(pace.Below(2 * kPaceUs)));
    if (world.clock().Now() < operator_comes) continue;
    operator_comes += kOperatorEvery;
    (void)world.ApprovePlans();
    if (!NeedsOperator(world)) continue;
    ++operator_visits;
    world.engine().AccountChanged(EngineWorld::kAccount);
  }
  const DurationUs trouble_lasted = world.clock().Now() - trouble_began;
  const Calls after = CallsSoFar(world);

  // Orders that show late are trouble too: it ends when the last of them can be seen.
  world.amazon().Act("clear-faults", {});
  BeginTrouble(world, arguments.percent, false);
  world.RunFor(kLatestShowSeconds * kSecondUs);
  EndTrouble(world);
  const Cycles cycles = RunTwoCycles(world, kLongestCycleUs + (arguments.document_from > 0 ? kTwoDocumentsUs : 0));
  const std::vector<std::string> unequal = UnequalAfterTwoCycles(world);
  const Cycles rest = RunUntilPackagesAreOver(world, life);
  const Judgement judgement = Judge(world);
  std::vector<std::string> problems = judgement.All();
  for (const auto* found : {&cycles.late, &unequal, &rest.late})
    problems.insert(problems.end(), found->begin(), found->end());

  const auto orders = world.amazon().Look("ledger?section=orders").at("orders").as_array().size();
  json::object line{{"seed", seed},
                    {"calls", after.made},
                    {"calls_in_trouble", after.made - before.made},
                    {"faulty", after.faulty - before.faulty},
                    {"listings", listed},
                    {"reports_read", after.reports_read - before.reports_read},
                    {"orders", orders},
                    {"actions", life.actions()},
                    {"feed_calls", CallsSoFar(world).feeds},
                    {"operator_visits", operator_visits},
                    {"simulated_hours", trouble_lasted / kHourUs},
                    {"converged_s", cycles.took / kSecondUs},
                    {"packages_over_s", rest.took / kSecondUs},
                    {"late", cycles.late.size() + rest.late.size()},
                    {"unequal_after_two_cycles", unequal.size()},
                    {"orders_lost", judgement.orders_lost.size()},
                    {"orders_doubled", judgement.orders_doubled.size()},
                    {"orders_wrong", judgement.orders_wrong.size()},
                    {"reservations_wrong", judgement.reservations_wrong.size()},
                    {"quantities_wrong", judgement.quantities_wrong.size()},
                    {"listings_wrong", judgement.listings_wrong.size()},
                    {"documents_wrong", judgement.documents_wrong.size()},
                    {"fba_violations", judgement.fba_violations.size()},
                    {"despatched", life.despatched()},
                    {"packages_wrong", judgement.packages_wrong.size()},
                    {"dead_letters", judgement.dead_letters.size()},
                    {"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count()}};
  json::array texts;
  for (const std::string& problem : problems) texts.emplace_back(problem);
  line["problems"] = std::move(texts);
  std::cout << json::serialize(line) << std::endl;
  return problems.empty();
}

}  // namespace
}  // namespace quayside

int main(int argc, char** argv) {
  return quayside::RunWorldProgram("quayside_faults", "--calls", {.length = 20'000, .percent = 30}, argc, argv,
                                   &quayside::Live);
}
