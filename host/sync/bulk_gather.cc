#include "host/sync/bulk_gather.h"

#include <algorithm>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/sync/bulk_settle.h"
#include "host/sync/quantity_decider.h"

namespace quayside {
namespace {

struct Page {
  BulkRecord bulk;
  int64_t skip = 0;
  bool dry = false;
};

absl::Status Lock(Tx& tx, BulkRecord& bulk, ReadyQuantity ready) {
  ready.intent.state = IntentState::kInBulk;
  ready.intent.bulk_id = bulk.id;
  ready.target.state = TargetState::kInBulk;
  ready.target.intent_id = ready.intent.id;
  ready.target.bulk_id = bulk.id;
  ready.target.bulk_quantity = ready.intent.quantity;
  ready.target.passed_bulk = false;
  ready.target.note = "travels in a document";
  ++bulk.items;
  QS_RETURN_IF_ERROR(tx.PutIntent(ready.intent));
  return tx.PutTarget(ready.target);
}

absl::Status GatherPage(Tx& tx, const StepInputs& in, int64_t most, Page& page) {
  const int room = static_cast<int>(std::min<int64_t>(kBulkPage, most - page.bulk.items));
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> due,
                      tx.ListDueSkus(in.lane.account_id, in.clock.Now(), page.skip, room));
  page.dry = due.empty();
  QuantityDecider decider(tx, in);
  for (const std::string& sku : due) {
    QS_ASSIGN_OR_RETURN(std::optional<TargetRecord> target, tx.FindTarget(in.lane.account_id, sku));
    if (!target.has_value()) continue;
    if (target->bulk_id != 0) {
      // On its way past another document, by item; it stays where it stands in the order.
      ++page.skip;
      continue;
    }
    QS_ASSIGN_OR_RETURN(std::optional<ReadyQuantity> ready, decider.Take(*std::move(target)));
    if (ready.has_value()) QS_RETURN_IF_ERROR(Lock(tx, page.bulk, *std::move(ready)));
  }
  QS_RETURN_IF_ERROR(decider.Finish());
  if (page.bulk.items > 0) QS_RETURN_IF_ERROR(tx.PutBulk(page.bulk));
  return StayFenced(tx, in);
}

}  // namespace

absl::StatusOr<Gathered> GatherDocument(const StepInputs& in, BulkRecord bulk, const GatherLimits& limits) {
  Gathered gathered{.bulk = std::move(bulk)};
  int64_t skip = limits.skip;
  for (int n = 0; n < limits.pages && !gathered.dry && gathered.bulk.items < limits.most; ++n) {
    Page page;
    QS_RETURN_IF_ERROR(in.store.Write([&](Tx& tx) {
      page = {.bulk = gathered.bulk, .skip = skip};
      return GatherPage(tx, in, limits.most, page);
    }));
    gathered.bulk = page.bulk;
    gathered.dry = page.dry;
    skip = page.skip;
    FailPoint("bulk-after-gather");
  }
  return gathered;
}

}  // namespace quayside
