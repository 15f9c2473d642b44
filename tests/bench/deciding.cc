#include "tests/bench/deciding.h"

#include "host/base/errors.h"
#include "tests/bench/big_catalogue.h"
#include "tests/bench/figures.h"

namespace quayside {

StepInputs Deciding::Inputs(int which) {
  return {.lane = {.account_id = BigAccount(which), .job = Job::kInventory},
          .manifest = manifest_,
          .plugin = plugin_,
          .store = store_,
          .clock = clock_,
          .rng = rng_,
          .ids = ids_,
          .logger = *logger_,
          .budgets = budgets_,
          .cipher = cipher_,
          .brings_orders = [](const std::string&) { return true; }};
}

double Deciding::Decide(int which, const std::vector<std::string>& skus) {
  const StepInputs in = Inputs(which);
  double seconds = 0;
  Check(store_.Write([&](Tx& tx) {
    absl::Status status;
    seconds = SecondsOf([&] {
      QuantityDecider decider(tx, in);
      for (const std::string& sku : skus) status.Update(decider.DecideAgain(sku));
    });
    return status;
  }));
  return seconds;
}

int64_t Deciding::DecideMarked(int which) {
  const StepInputs in = Inputs(which);
  int64_t decided = 0;
  for (int64_t batch = kBatch; batch == kBatch; decided += batch) {
    Check(store_.Write([&](Tx& tx) -> absl::Status {
      QuantityDecider decider(tx, in);
      QS_ASSIGN_OR_RETURN(const std::vector<TargetRecord> marked,
                          tx.ListUndecidedTargets(BigAccount(which), kNowUs, kBatch));
      for (const TargetRecord& target : marked) QS_RETURN_IF_ERROR(decider.Decide(target));
      batch = static_cast<int64_t>(marked.size());
      return decider.Finish();
    }));
  }
  return decided;
}

}  // namespace quayside
