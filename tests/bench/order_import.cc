#include "tests/bench/order_import.h"

#include <boost/json.hpp>
#include <stdexcept>
#include <vector>

#include "host/security/cipher.h"
#include "host/store/sqlite_store.h"
#include "tests/bench/amazon_page.h"
#include "tests/bench/figures.h"
#include "tests/bench/raw_insert.h"

namespace quayside {
namespace {

constexpr int kPages = 60;

// A host's order lane of one account, over a database of its own.
class OrderLane {
 public:
  OrderLane(PluginWorld& world, ManualClock& clock, const std::string& data_dir) : world_(world), clock_(clock) {
    auto store = OpenSqliteStore({.data_dir = data_dir});
    Check(store.status());
    store_ = *std::move(store);
    auto cipher = OpenEnvelopeCipher(*store_, clock, data_dir + "-master.key", true);
    Check(cipher.status());
    cipher_ = *std::move(cipher);
    Check(store_->Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutAccount({.id = "bench", .plugin_id = "amazon"}));
      return tx.PutChannel({.id = "uk", .account_id = "bench", .marketplace = "A1F83G8C2ARO7P", .enabled = true},
                           "bench");
    }));
  }

  // Seconds of one step that brings `page`.
  double Import(const std::string& page) {
    world_.transport().body = page;
    clock_.Advance(200 * kSecondUs);  // what the allowance asks for
    double seconds = 0;
    world_.OnWorker([&] {
      const StepInputs in{.lane = lane_,
                          .manifest = world_.manifest(),
                          .plugin = world_,
                          .store = *store_,
                          .clock = clock_,
                          .rng = rng_,
                          .ids = ids_,
                          .logger = world_.logger(),
                          .budgets = world_.budgets(),
                          .cipher = *cipher_,
                          .brings_orders = [](const std::string&) { return true; }};
      StepOutcome outcome;
      seconds = SecondsOf([&] { outcome = RunOrderStep(in); });
      Check(outcome.status);
      if (outcome.items != kOrdersPerPage) throw std::runtime_error("a page was not imported whole");
      lane_ = outcome.lane;
    });
    return seconds;
  }

 private:
  PluginWorld& world_;
  ManualClock& clock_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Cipher> cipher_;
  SeededRng rng_{1};
  IdSource ids_{clock_, rng_};
  LaneRecord lane_{.id = "bench.orders", .account_id = "bench", .job = Job::kOrders, .epoch = 1};
};

void ParseJson(const std::string& page) {
  boost::json::monotonic_resource memory;
  if (!boost::json::parse(page, &memory).is_object()) throw std::runtime_error("no object");
}

}  // namespace

void MeasureOrderImport(PluginWorld& world, ManualClock& clock, const std::string& scratch) {
  std::vector<std::string> pages;
  for (int i = 0; i < kPages; ++i) pages.push_back(AmazonPage(i));
  // Once before, for the rows the limit inserts.
  OrderLane before(world, clock, scratch + "/before");
  RawInsert raw(scratch + "/before/quayside.db", scratch + "/raw.db");
  for (const std::string& page : pages) {
    static_cast<void>(before.Import(page));
    raw.LearnPage();
  }
  OrderLane lane(world, clock, scratch + "/import");
  std::vector<double> ours;
  std::vector<double> limit;
  for (int i = 0; i < kPages; ++i) {
    const std::string& page = pages[static_cast<size_t>(i)];
    ours.push_back(lane.Import(page));
    limit.push_back(SecondsOf([&] {
      ParseJson(page);
      raw.InsertPage(i);
    }));
  }
  PrintRow("order_import", kOrdersPerPage / Median(ours), "orders/s", kOrdersPerPage / Median(limit));
}

}  // namespace quayside
