#include "tests/bench/order_lane.h"

#include <stdexcept>

#include "host/store/sqlite_store.h"
#include "tests/bench/figures.h"

namespace quayside {

OrderLane::OrderLane(PluginWorld& world, const Clock& clock, const std::string& data_dir, const std::string& plugin_id,
                     const std::string& marketplace)
    : world_(world), clock_(clock) {
  auto store = OpenSqliteStore({.data_dir = data_dir});
  Check(store.status());
  store_ = *std::move(store);
  auto cipher = OpenEnvelopeCipher(*store_, clock, data_dir + "-master.key", true);
  Check(cipher.status());
  cipher_ = *std::move(cipher);
  Check(store_->Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutAccount({.id = "bench", .plugin_id = plugin_id}));
    return tx.PutChannel({.id = "shop", .account_id = "bench", .marketplace = marketplace, .enabled = true}, "bench");
  }));
}

OrderLane::Imported OrderLane::Step() {
  Imported imported;
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
    imported.seconds = SecondsOf([&] { outcome = RunOrderStep(in); });
    Check(outcome.status);
    if (outcome.bad_records > 0) throw std::runtime_error("a record could not be imported");
    imported.orders = outcome.items;
    lane_ = outcome.lane;
  });
  return imported;
}

}  // namespace quayside
