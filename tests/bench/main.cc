// quayside_bench BUNDLE_DIR SCRATCH_DIR: measures and prints one JSON object per row; tools/bench judges and formats.
//        quayside_bench --make-channels DATA_DIR MASTER_KEY COUNT: a database with that many idle channels.
#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <vector>

#include "host/security/cipher.h"
#include "host/store/sqlite_store.h"
#include "quayside/plugin/v1/order_sync.pb.h"
#include "tests/bench/amazon_page.h"
#include "tests/bench/plugin_world.h"
#include "tests/bench/raw_insert.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using SteadyClock = std::chrono::steady_clock;

double SecondsOf(const std::function<void()>& work) {
  const auto begin = SteadyClock::now();
  work();
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void Print(const char* name, double value, const char* unit, double limit) {
  boost::json::object row{{"name", name}, {"value", value}, {"unit", unit}};
  if (limit > 0) row["limit"] = limit;
  std::cout << boost::json::serialize(row) << std::endl;
}

void Check(const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

void MeasureCalls(PluginWorld& world) {
  constexpr int kCalls = 20'000;
  std::vector<double> rounds;
  for (int round = 0; round < 7; ++round) {
    world.OnWorker([&] {
      rounds.push_back(SecondsOf([&] {
                         for (int i = 0; i < kCalls; ++i) (void)world.Call("inventory_push/1", "poll", "");
                       }) /
                       kCalls * 1e6);
    });
  }
  Print("plugin_call_small", Median(rounds), "us", 0);
}

// The import of pages against JSON parse + raw insert of the same rows, page by page in turn.
void MeasureImport(PluginWorld& world, const std::string& scratch, ManualClock& clock) {
  constexpr int kPages = 60;
  std::vector<std::string> pages;
  for (int i = 0; i < kPages; ++i) pages.push_back(AmazonPage(i));

  const auto import = [&](const std::string& data_dir, std::vector<double>& seconds) {
    auto store = OpenSqliteStore({.data_dir = data_dir});
    Check(store.status());
    auto cipher = OpenEnvelopeCipher(**store, clock, data_dir + "-master.key", true);
    Check(cipher.status());
    SeededRng rng(1);
    IdSource ids(clock, rng);
    Check((*store)->Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutAccount({.id = "bench", .plugin_id = "amazon"}));
      return tx.PutChannel({.id = "uk", .account_id = "bench", .marketplace = "A1F83G8C2ARO7P", .enabled = true},
                           "bench");
    }));
    LaneRecord lane{.id = "bench.orders", .account_id = "bench", .job = Job::kOrders, .epoch = 1};
    for (const std::string& page : pages) {
      world.transport().body = page;
      clock.Advance(200 * kSecondUs);  // what the allowance asks for
      world.OnWorker([&] {
        const StepInputs in{.lane = lane,
                            .manifest = world.manifest(),
                            .plugin = world,
                            .store = **store,
                            .clock = clock,
                            .rng = rng,
                            .ids = ids,
                            .logger = world.logger(),
                            .budgets = world.budgets(),
                            .cipher = **cipher,
                            .brings_orders = [](const std::string&) { return true; }};
        StepOutcome outcome;
        seconds.push_back(SecondsOf([&] { outcome = RunOrderStep(in); }));
        Check(outcome.status);
        if (outcome.items != kOrdersPerPage) throw std::runtime_error("a page was not imported whole");
        lane = outcome.lane;
      });
    }
  };

  std::vector<double> first;
  import(scratch + "/rows", first);
  std::vector<double> ours;
  import(scratch + "/import", ours);
  RawInsert raw(scratch + "/rows/quayside.db", scratch + "/raw.db", kPages);
  std::vector<double> limit;
  for (int i = 0; i < kPages; ++i) {
    limit.push_back(SecondsOf([&] {
      boost::json::monotonic_resource memory;
      const auto parsed = boost::json::parse(pages[static_cast<size_t>(i)], &memory);
      if (!parsed.is_object()) throw std::runtime_error("no object");
      raw.InsertPage(i);
    }));
  }
  Print("order_import", kOrdersPerPage / Median(ours), "orders/s", kOrdersPerPage / Median(limit));

  // The crossing alone: what the host decodes of a page the plugin made.
  std::vector<double> crossing;
  std::string bytes;
  world.transport().body = pages[0];
  clock.Advance(200 * kSecondUs);
  world.OnWorker([&] {
    pb::PullOrdersRequest request;
    request.set_changed_from_us(clock.Now() - kDayUs);
    auto reply = world.Call("order_sync/1", "pull", request.SerializeAsString());
    Check(reply.status());
    bytes = *reply;
    for (int i = 0; i < 200; ++i) {
      crossing.push_back(SecondsOf([&] {
                           pb::PullOrdersReply decoded;
                           if (!decoded.ParseFromString(bytes)) throw std::runtime_error("unreadable");
                           std::string again;
                           decoded.SerializeToString(&again);
                         }) *
                         1e6);
    }
  });
  Print("page_100_encode_and_decode", Median(crossing), "us", 0);
}

int MakeChannels(const std::string& data_dir, const std::string& master_key, int count) {
  const SystemClock clock;
  auto store = OpenSqliteStore({.data_dir = data_dir});
  Check(store.status());
  Check(OpenEnvelopeCipher(**store, clock, master_key, true).status());
  const TimeUs far = clock.Now() + 365 * kDayUs;
  constexpr int kPerAccount = 10;
  Check((*store)->Write([&](Tx& tx) -> absl::Status {
    for (int a = 0; a < count / kPerAccount; ++a) {
      const std::string account = "account-" + std::to_string(a);
      QS_RETURN_IF_ERROR(tx.PutAccount(
          {.id = account, .plugin_id = "amazon", .options = {{"region", "eu"}, {"seller_id", "A1BENCHSELLER1"}}}));
      for (const Job job : {Job::kOrders, Job::kInventory}) {
        const std::string id = account + (job == Job::kOrders ? ".orders" : ".inventory");
        QS_RETURN_IF_ERROR(tx.PutLaneControl({.id = id, .account_id = account, .job = job, .next_run_us = far}));
      }
      for (int c = 0; c < kPerAccount; ++c) {
        const std::string channel = account + "-" + std::to_string(c);
        QS_RETURN_IF_ERROR(tx.PutChannel({.id = channel,
                                          .account_id = account,
                                          .marketplace = "M" + std::to_string(c),
                                          .display_name = channel,
                                          .enabled = true},
                                         "bench"));
        QS_RETURN_IF_ERROR(tx.PutLaneControl({.id = account + "." + channel + ".listings",
                                              .account_id = account,
                                              .channel_id = channel,
                                              .job = Job::kListings,
                                              .next_run_us = far}));
      }
    }
    return absl::OkStatus();
  }));
  return 0;
}

}  // namespace
}  // namespace quayside

int main(int argc, char** argv) {
  try {
    if (argc == 5 && std::string(argv[1]) == "--make-channels")
      return quayside::MakeChannels(argv[2], argv[3], std::stoi(argv[4]));
    if (argc != 3) {
      std::cerr << "usage: quayside_bench BUNDLE_DIR SCRATCH_DIR\n";
      return 2;
    }
    // 21 September 2026: the pages' time.
    quayside::ManualClock clock(1'790'000'000'000'000);
    quayside::PluginWorld world(argv[1], argv[2], clock);
    quayside::MeasureCalls(world);
    quayside::MeasureImport(world, argv[2], clock);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "quayside_bench: " << e.what() << "\n";
    return 1;
  }
}
