#include "host/api/send_cost.h"

#include <optional>
#include <utility>
#include <vector>

#include "host/api/manifests.h"
#include "host/base/errors.h"
#include "host/plugin/job_contract.h"
#include "host/plugin/manifest.h"
#include "host/sync/bulk_choice.h"
#include "host/sync/force_estimate.h"

namespace quayside {
namespace {

constexpr int kDocumentsForEstimate = 20;
constexpr int kBudgetsOfAnAccount = 1000;

}  // namespace

absl::StatusOr<quayside::v1::SendCost> ReckonSendCost(const ApiParts& parts, const std::string& account_id,
                                                      int64_t quantities) {
  quayside::v1::SendCost cost;
  std::string plugin_id;
  std::vector<BulkRecord> documents;
  QS_RETURN_IF_ERROR(parts.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const AccountRecord account, tx.GetAccount(account_id));
    plugin_id = account.plugin_id;
    QS_ASSIGN_OR_RETURN(documents, tx.ListBulks({.account_id = account_id, .limit = kDocumentsForEstimate}));
    return absl::OkStatus();
  }));
  const Manifests manifests(parts.catalog);
  const auto* manifest = manifests.Find(plugin_id);
  const auto* contract = manifest == nullptr ? nullptr : FindContract(*manifest, ContractOf(Job::kInventory));
  if (contract == nullptr) return cost;
  std::optional<BudgetStatus> items;
  for (BudgetStatus& budget : parts.budgets.List({.account_id = account_id, .limit = kBudgetsOfAnAccount})) {
    if (budget.record.operation == contract->item_operation()) items = std::move(budget);
  }
  std::optional<DurationUs> latency;
  if (contract->has_bulk()) latency = TypicalLatency(contract->bulk().expected_seconds() * kSecondUs, documents);
  const auto estimate = EstimateForce(quantities, items, latency, parts.clock.Now());
  if (!estimate.has_value()) return cost;
  cost.set_calls(estimate->calls);
  if (estimate->calls > 0) cost.set_operation(contract->item_operation());
  if (estimate->by_document) {
    const int64_t in_documents = quantities - estimate->calls;
    const int64_t of_one = contract->bulk().max_items() > 0 ? contract->bulk().max_items() : in_documents;
    cost.set_documents((in_documents + of_one - 1) / of_one);
    cost.set_document_operation(contract->bulk().operation());
  }
  cost.mutable_expected_duration()->set_seconds(estimate->duration_us / kSecondUs);
  cost.mutable_expected_duration()->set_nanos(static_cast<int32_t>(estimate->duration_us % kSecondUs * 1000));
  return cost;
}

}  // namespace quayside
