// An account of the shop of documents (document_shop.h) with its channel, in a store a test gives, and steps of its
// inventory lane on a clock that stands still.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "host/base/ids.h"
#include "host/base/rng.h"
#include "host/base/text.h"
#include "host/security/plain_cipher_for_tests.h"
#include "host/sync/step.h"
#include "host/sync/testing/document_shop.h"

namespace quayside {

class DocumentWorld {
 public:
  static constexpr const char* kLane = "acc.inventory";

  DocumentWorld(Store& store, ManualClock& clock, Rng& rng, IdSource& ids, const std::string& journal = "")
      : shop(journal), budgets(clock), store_(store), clock_(clock), rng_(rng), ids_(ids) {
    contract = manifest_.add_contracts();
    contract->set_id("inventory_push/1");
    contract->set_max_items(5);
    contract->set_item_operation("patch");
    contract->mutable_bulk()->set_max_items(1000);
    contract->mutable_bulk()->set_operation("createFeed");
    contract->mutable_bulk()->set_expected_seconds(600);
    contract->mutable_bulk()->set_stuck_seconds(7200);
    contract->mutable_bulk()->set_min_interval_seconds(60);
  }

  StepInputs Inputs(int64_t epoch = 1) {
    std::optional<LaneRecord> stored;
    EXPECT_TRUE(store_
                    .Read([&](ReadTx& tx) -> absl::Status {
                      QS_ASSIGN_OR_RETURN(stored, tx.FindLane(kLane));
                      return absl::OkStatus();
                    })
                    .ok());
    LaneRecord lane = stored.value_or(LaneRecord{.id = kLane, .account_id = "acc", .job = Job::kInventory});
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
            .brings_orders = [this](const std::string&) { return brings_orders; },
            .index_settled = [this] { return index_settled; },
            .document_from = document_from};
  }

  StepOutcome Step(int64_t epoch = 1) { return RunQuantityStep(Inputs(epoch)); }
  // Steps until none is due now; answers when the next one is.
  TimeUs Settle() {
    for (int step = 0; step < 2000; ++step) {
      const StepOutcome outcome = Step();
      EXPECT_TRUE(outcome.status.ok()) << outcome.status;
      if (!outcome.more || !outcome.status.ok()) return outcome.next_run_us;
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

  DocumentShop shop;
  quayside::plugin::v1::Contract* contract = nullptr;
  bool brings_orders = false;
  bool index_settled = true;
  int64_t document_from = 10;
  RateBudgets budgets;

 private:
  Store& store_;
  ManualClock& clock_;
  Rng& rng_;
  IdSource& ids_;
  quayside::plugin::v1::Manifest manifest_;
  PlainCipher cipher_;
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
};

}  // namespace quayside
