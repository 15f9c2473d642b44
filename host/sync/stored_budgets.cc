#include "host/sync/stored_budgets.h"

#include <algorithm>
#include <string>
#include <vector>

#include "host/base/errors.h"

namespace quayside {
namespace {

// Rows of one transaction; 10,000 accounts have twenty operations each.
constexpr size_t kRowsAtOnce = 2000;
constexpr int kAccountsAtOnce = 1000;

absl::Status RestoreAll(ReadTx& tx, RateBudgets& budgets, bool exact) {
  std::string after;
  while (true) {
    QS_ASSIGN_OR_RETURN(const std::vector<AccountRecord> accounts, tx.ListAccounts(after, kAccountsAtOnce));
    for (const AccountRecord& account : accounts) {
      QS_ASSIGN_OR_RETURN(const std::vector<BudgetRecord> stored, tx.ListBudgets(account.id));
      for (const BudgetRecord& record : stored) budgets.Restore(record, exact);
    }
    if (static_cast<int>(accounts.size()) < kAccountsAtOnce) return absl::OkStatus();
    after = accounts.back().id;
  }
}

// An account may have been deleted since its budgets were looked at: nothing of it may come back.
absl::Status PutBudgets(Tx& tx, const BudgetRecord* begin, const BudgetRecord* end) {
  std::string account_id;
  bool exists = false;
  for (const BudgetRecord* record = begin; record != end; ++record) {
    if (record == begin || record->account_id != account_id) {
      account_id = record->account_id;
      const absl::Status found = tx.GetAccount(account_id).status();
      if (!found.ok() && !absl::IsNotFound(found)) return found;
      exists = found.ok();
    }
    if (exists) QS_RETURN_IF_ERROR(tx.PutBudget(*record));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status TakeUpBudgets(Store& store, RateBudgets& budgets) {
  bool exact = false;
  QS_RETURN_IF_ERROR(store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(exact, tx.BudgetsAreExact());
    return RestoreAll(tx, budgets, exact);
  }));
  if (!exact) return absl::OkStatus();
  return store.Write([](Tx& tx) { return tx.SetBudgetsExact(false); });
}

absl::Status LayDownBudgets(Store& store, const RateBudgets& budgets) {
  const std::vector<BudgetRecord> all = budgets.Snapshot("");
  for (size_t done = 0; done < all.size();) {
    const size_t piece = std::min(kRowsAtOnce, all.size() - done);
    const BudgetRecord* begin = all.data() + done;
    QS_RETURN_IF_ERROR(store.Write([&](Tx& tx) { return PutBudgets(tx, begin, begin + piece); }));
    done += piece;
  }
  return store.Write([](Tx& tx) { return tx.SetBudgetsExact(true); });
}

}  // namespace quayside
