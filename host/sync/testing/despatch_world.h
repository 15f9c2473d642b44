// An account of the shop of packages (despatch_shop.h) with its channel and orders, in a store a test gives, and steps
// of its despatch lane on a clock that a test moves.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/base/ids.h"
#include "host/base/rng.h"
#include "host/orders/despatch_order.h"
#include "host/orders/despatch_rules.h"
#include "host/orders/order_document.h"
#include "host/security/plain_cipher_for_tests.h"
#include "host/sync/step.h"
#include "host/sync/testing/despatch_shop.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {

class DespatchWorld {
 public:
  static constexpr const char* kLane = "acc.despatch";

  DespatchWorld(Store& store, ManualClock& clock, Rng& rng, IdSource& ids, const std::string& journal = "")
      : shop(journal), budgets(clock), store_(store), clock_(clock), rng_(rng), ids_(ids) {
    contract = manifest_.add_contracts();
    contract->set_id("despatch/1");
    contract->set_max_items(5);
    contract->set_item_operation("confirm");
  }

  void Write(const std::function<absl::Status(Tx&)>& fn) {
    const absl::Status written = store_.Write(fn);
    EXPECT_TRUE(written.ok()) << written;
  }
  // An account with an enabled channel "de".
  void Open() {
    Write([](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutAccount({.id = "acc", .plugin_id = "shop"}));
      return tx.PutChannel({.id = "de", .account_id = "acc", .marketplace = "mp", .enabled = true}, "test");
    });
  }
  // A paid order with one line "1" of so many; its number.
  int64_t Order(const std::string& external_id, int32_t quantity = 1) {
    const int64_t id = ids_.Next();
    quayside::plugin::v1::Order document;
    document.set_external_id(external_id);
    document.add_programs("PRIME");
    Write([&](Tx& tx) -> absl::Status {
      OrderRecord order{.id = id,
                        .account_id = "acc",
                        .channel_id = "de",
                        .marketplace = "mp",
                        .external_id = external_id,
                        .fulfilment = Fulfilment::kMerchant,
                        .location_id = "default"};
      QS_ASSIGN_OR_RETURN(order.document, SealOrderDocument(cipher_, "acc", document));
      return tx.PutOrder(order, {{.external_id = "1", .sku = "MUG", .quantity = quantity}});
    });
    Sold(external_id, quantity);
    return id;
  }
  void Sold(const std::string& external_id, int32_t quantity) { shop.sold[external_id]["1"] = quantity; }
  absl::StatusOr<DespatchedOrder> Despatch(int64_t order, PackageWish wish) {
    return DespatchEach(order, {std::move(wish)});
  }
  absl::StatusOr<DespatchedOrder> DespatchEach(int64_t order, std::vector<PackageWish> wishes) {
    for (PackageWish& wish : wishes) {
      if (wish.carrier_name.empty()) wish.carrier_name = "DHL";
    }
    std::optional<absl::StatusOr<DespatchedOrder>> done;
    (void)store_.Write([&](Tx& tx) -> absl::Status {
      done = DespatchOrder(Parts(tx), order, wishes);
      return done->status();
    });
    return *std::move(done);
  }
  absl::Status Retry(int64_t order, int32_t number) {
    return store_.Write([&](Tx& tx) { return RetryDespatch(Parts(tx), order, number).status(); });
  }
  DespatchRecord Package(int64_t order, int32_t number = 1) {
    std::vector<DespatchRecord> found;
    EXPECT_TRUE(store_
                    .Read([&](ReadTx& tx) -> absl::Status {
                      QS_ASSIGN_OR_RETURN(found, tx.ListDespatchesOfOrder(order));
                      return absl::OkStatus();
                    })
                    .ok());
    return static_cast<int>(found.size()) < number ? DespatchRecord() : found[static_cast<size_t>(number - 1)];
  }
  DespatchState State(int64_t order, int32_t number = 1) { return Package(order, number).state; }
  // Its number at the marketplace.
  int64_t There(int64_t order, int32_t number = 1) { return PackageNumberThere(Package(order, number).id); }

  StepInputs Inputs(int64_t epoch = 1) {
    std::optional<LaneRecord> stored;
    EXPECT_TRUE(store_
                    .Read([&](ReadTx& tx) -> absl::Status {
                      QS_ASSIGN_OR_RETURN(stored, tx.FindLane(kLane));
                      return absl::OkStatus();
                    })
                    .ok());
    LaneRecord lane = stored.value_or(LaneRecord{.id = kLane, .account_id = "acc", .job = Job::kDespatch});
    lane.epoch = epoch;
    return {.lane = std::move(lane),
            .manifest = manifest_,
            .plugin = shop,
            .store = store_,
            .clock = clock_,
            .rng = rng_,
            .ids = ids_,
            .logger = *logger_,
            .budgets = budgets,
            .cipher = cipher_,
            .brings_orders = [](const std::string&) { return true; }};
  }
  StepOutcome Step(int64_t epoch = 1) { return RunDespatchStep(Inputs(epoch)); }
  // Steps until none is due now; answers when the next one is. A step that fails is counted in its lane, as the engine
  // does, and tried again after a minute.
  TimeUs Settle() {
    for (int step = 0; step < 1000; ++step) {
      const StepOutcome outcome = Step();
      if (!outcome.status.ok()) {
        LaneRecord lane = Inputs().lane;
        ++lane.failures;
        Write([&](Tx& tx) { return tx.PutLaneControl(lane); });
        return clock_.Now() + kMinuteUs;
      }
      if (!outcome.more) return outcome.next_run_us;
    }
    ADD_FAILURE() << "the steps never come to rest";
    return kNever;
  }
  // Follows the lane's own times until nothing is left to do, or so much time has passed.
  void Live(DurationUs most) {
    const TimeUs end = clock_.Now() + most;
    for (TimeUs next = Settle(); next <= end; next = Settle()) {
      ASSERT_GT(next, clock_.Now());
      clock_.Set(next);
    }
    clock_.Set(end);
  }

  DespatchShop shop;
  quayside::plugin::v1::Contract* contract = nullptr;
  RateBudgets budgets;

 private:
  DespatchInputs Parts(Tx& tx) {
    return {.tx = tx, .ids = ids_, .cipher = cipher_, .now = clock_.Now(), .plugin_id = "shop", .offered = true};
  }

  Store& store_;
  ManualClock& clock_;
  Rng& rng_;
  IdSource& ids_;
  quayside::plugin::v1::Manifest manifest_;
  PlainCipher cipher_;
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
};

}  // namespace quayside
