// An account of the shop of cancellations and refunds (post_sale_shop.h) with its channel and orders, in a store a test
// gives, and steps of its post-sale lane on a clock that a test moves.
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
#include "host/orders/order_document.h"
#include "host/orders/post_sale_order.h"
#include "host/security/plain_cipher_for_tests.h"
#include "host/sync/step.h"
#include "host/sync/testing/post_sale_shop.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {

class PostSaleWorld {
 public:
  static constexpr const char* kLane = "acc.post-sale";

  PostSaleWorld(Store& store, ManualClock& clock, Rng& rng, IdSource& ids, const std::string& journal = "")
      : shop(journal), budgets(clock), store_(store), clock_(clock), rng_(rng), ids_(ids) {
    contract = manifest_.add_contracts();
    contract->set_id("post_sale/1");
    contract->set_max_items(5);
    for (const char* method : {"cancel", "refund", "poll", "find"}) contract->add_methods(method);
  }

  void Write(const std::function<absl::Status(Tx&)>& fn) {
    const absl::Status written = store_.Write(fn);
    EXPECT_TRUE(written.ok()) << written;
  }
  // An account with an enabled channel "de".
  void Open(bool enabled = true) {
    Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutAccount({.id = "acc", .plugin_id = "shop"}));
      return tx.PutChannel({.id = "de", .account_id = "acc", .marketplace = "mp", .enabled = enabled}, "test");
    });
  }
  // An order of two with one line "1" that cost 20 EUR; its number.
  int64_t Order(const std::string& external_id, OrderState state = OrderState::kOpen) {
    const int64_t id = ids_.Next();
    quayside::plugin::v1::Order document;
    document.set_external_id(external_id);
    quayside::plugin::v1::OrderLine& line = *document.add_lines();
    line.set_external_id("1");
    line.mutable_line_total()->set_currency_code("EUR");
    line.mutable_line_total()->set_units(20);
    Write([&](Tx& tx) -> absl::Status {
      OrderRecord order{.id = id,
                        .account_id = "acc",
                        .channel_id = "de",
                        .marketplace = "mp",
                        .external_id = external_id,
                        .state = state,
                        .fulfilment = Fulfilment::kMerchant,
                        .location_id = "default"};
      QS_ASSIGN_OR_RETURN(order.document, SealOrderDocument(cipher_, "acc", document));
      const int32_t shipped = state == OrderState::kDespatched ? 2 : 0;
      return tx.PutOrder(order, {{.external_id = "1", .sku = "MUG", .quantity = 2, .shipped = shipped}});
    });
    return id;
  }
  absl::Status Cancel(int64_t order, int32_t units = 0) {
    CancelWish wish{.cause = quayside::plugin::v1::CANCEL_REASON_NO_INVENTORY, .lines = {}};
    if (units > 0) wish.lines = {{.external_id = "1", .quantity = units}};
    return store_.Write([&](Tx& tx) { return CancelOrder(Parts(tx), order, wish).status(); });
  }
  absl::Status Refund(int64_t order, int64_t amount) {
    const RefundWish wish{
        .cause = quayside::plugin::v1::REFUND_REASON_GOODWILL,
        .currency = "EUR",
        .lines = {{.external_id = "1", .parts = {{quayside::plugin::v1::REFUND_COMPONENT_ITEM, amount, 0}}}}};
    return store_.Write([&](Tx& tx) { return RefundOrder(Parts(tx), order, wish).status(); });
  }
  absl::Status Retry(int64_t order, int32_t number = 1) {
    return store_.Write([&](Tx& tx) { return RetryPostSale(Parts(tx), order, number).status(); });
  }
  PostSaleRecord Action(int64_t order, int32_t number = 1) {
    std::vector<PostSaleRecord> found;
    EXPECT_TRUE(store_
                    .Read([&](ReadTx& tx) -> absl::Status {
                      QS_ASSIGN_OR_RETURN(found, tx.ListPostSalesOfOrder(order));
                      return absl::OkStatus();
                    })
                    .ok());
    return static_cast<int>(found.size()) < number ? PostSaleRecord() : found[static_cast<size_t>(number - 1)];
  }
  PostSaleState State(int64_t order, int32_t number = 1) { return Action(order, number).state; }

  StepInputs Inputs(int64_t epoch = 1) {
    std::optional<LaneRecord> stored;
    EXPECT_TRUE(store_
                    .Read([&](ReadTx& tx) -> absl::Status {
                      QS_ASSIGN_OR_RETURN(stored, tx.FindLane(kLane));
                      return absl::OkStatus();
                    })
                    .ok());
    LaneRecord lane = stored.value_or(LaneRecord{.id = kLane, .account_id = "acc", .job = Job::kPostSale});
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
  StepOutcome Step(int64_t epoch = 1) { return RunPostSaleStep(Inputs(epoch)); }
  // Steps until none is due now; answers when the next one is. A step that fails is tried again after a minute.
  TimeUs Settle() {
    for (int step = 0; step < 1000; ++step) {
      const StepOutcome outcome = Step();
      if (!outcome.status.ok()) return clock_.Now() + kMinuteUs;
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

  PostSaleShop shop;
  quayside::plugin::v1::Contract* contract = nullptr;
  RateBudgets budgets;

 private:
  PostSaleInputs Parts(Tx& tx) {
    return {.tx = tx, .ids = ids_, .cipher = cipher_, .now = clock_.Now(), .cancels = true, .refunds = true};
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
