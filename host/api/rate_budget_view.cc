#include "host/api/rate_budget_view.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>

#include "host/api/convert.h"
#include "host/base/names.h"
#include "host/plugin/manifest.h"
#include "host/sync/lane_id.h"
#include "host/sync/step.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
namespace api = quayside::v1;

// Counting goes no further: a million takes a hundredth of a second or two.
constexpr int64_t kMostCounted = 1'000'000;
constexpr int kBudgetsAtOnce = 1000;
// Later than any backlog; keeps the sum within the range of TimeUs and of a Timestamp.
constexpr double kLongestWaitSeconds = 100.0 * 365 * 86'400;

api::RateBudget ToProto(const BudgetStatus& status) {
  const BudgetRecord& record = status.record;
  api::RateBudget out;
  out.set_account(AccountName(record.account_id));
  out.set_operation(record.operation);
  out.set_rate_per_second(record.rate_per_second);
  out.set_burst(record.burst);
  out.set_share(record.share);
  SetTime(out, &api::RateBudget::mutable_shared_since_time, record.shared_since_us);
  SetTime(out, &api::RateBudget::mutable_last_refused_time, record.refused_us);
  out.set_refused_last_hour(status.refused_last_hour);
  // What was taken before a restart, or lent by rounding, may leave it a little below nothing.
  out.set_left(std::max(record.tokens, 0.0));
  SetTime(out, &api::RateBudget::mutable_next_call_time, status.next_call_us);
  for (const LaneUsage& user : status.used_by) {
    api::RateBudgetUser* shown = out.add_used_by();
    if (!user.lane_id.empty()) shown->set_lane(LaneName(user.lane_id));
    shown->set_calls_last_minute(user.last_minute);
    shown->set_calls_last_hour(user.last_hour);
  }
  return out;
}

// The quantities of an account that are not at the marketplace yet.
struct Quantities {
  // How the account's plugin sends them; nullopt: it does not, or it is gone.
  std::optional<pb::Contract> contract;
  int64_t waiting = 0;
  int64_t undecided = 0;
  int64_t in_documents = 0;
  int32_t documents = 0;
  TimeUs documents_sent_us = 0;  // the latest; 0 = none
};

absl::StatusOr<Quantities> ReadQuantities(ReadTx& tx, PluginCatalog& catalog, const std::string& account_id) {
  Quantities quantities;
  const auto account = tx.GetAccount(account_id);
  // Deleted a moment ago: its budgets go with the next look.
  if (absl::IsNotFound(account.status())) return quantities;
  if (!account.ok()) return account.status();
  const auto plugin = catalog.Get(account->plugin_id);
  if (!plugin.ok()) return quantities;
  const pb::Contract* contract = FindContract(plugin->manifest, ContractOf(Job::kInventory));
  if (contract == nullptr) return quantities;
  quantities.contract = *contract;
  // Whenever they are due: what the allowance puts off is due when the next call is possible.
  QS_ASSIGN_OR_RETURN(quantities.waiting, tx.CountDueTargets(account_id, kNever, kMostCounted));
  QS_ASSIGN_OR_RETURN(quantities.undecided, tx.CountChangedTargets(account_id, kMostCounted));
  QS_ASSIGN_OR_RETURN(const std::vector<BulkRecord> bulks, tx.ListOpenBulks(account_id));
  for (const BulkRecord& bulk : bulks) {
    ++quantities.documents;
    quantities.in_documents += std::max<int64_t>(bulk.items - bulk.done - bulk.rejected - bulk.unknown, 0);
    quantities.documents_sent_us =
        std::max(quantities.documents_sent_us, bulk.sent_us == 0 ? bulk.created_us : bulk.sent_us);
  }
  return quantities;
}

bool Sends(const std::optional<LaneStatus>& lane) {
  if (!lane.has_value()) return false;
  switch (lane->activity) {
    case LaneActivity::kIdle:
    case LaneActivity::kRunning:
    case LaneActivity::kBackoff:
      return true;
    case LaneActivity::kPaused:
    case LaneActivity::kDisabled:
    case LaneActivity::kNeedsOperator:
      return false;
  }
  return false;
}

// The backlog behind the budget; nullopt for an operation that no quantities are sent with.
std::optional<api::RateBudgetBacklog> BacklogOf(const BudgetStatus& budget, const Quantities& quantities,
                                                const std::optional<LaneStatus>& lane, TimeUs now) {
  if (!quantities.contract.has_value()) return std::nullopt;
  const pb::Contract& contract = *quantities.contract;
  const bool by_item = contract.item_operation() == budget.record.operation;
  const bool by_document = contract.has_bulk() && contract.bulk().operation() == budget.record.operation;
  if (!by_item && !by_document) return std::nullopt;

  api::RateBudgetBacklog backlog;
  backlog.set_lane(LaneName(AccountLaneId(budget.record.account_id, Job::kInventory)));
  if (lane.has_value()) backlog.set_lane_state(ToProto(lane->activity));
  TimeUs done = 0;
  if (by_item) {
    backlog.set_waiting(quantities.waiting);
    backlog.set_undecided(quantities.undecided);
    backlog.set_more(std::max(quantities.waiting, quantities.undecided) >= kMostCounted);
    const int64_t calls = quantities.waiting + quantities.undecided;
    if (calls > 0) done = WhenCallsAreDone(budget, calls, now);
  }
  backlog.set_in_documents(quantities.in_documents);
  backlog.set_documents(quantities.documents);
  if (quantities.documents > 0) {
    const DurationUs usual = contract.bulk().expected_seconds() * kSecondUs;
    done = std::max({done, now, quantities.documents_sent_us + usual});
  }
  if (Sends(lane)) SetTime(backlog, &api::RateBudgetBacklog::mutable_done_time, done);
  return backlog;
}

// The packages of an account that are not over.
struct Packages {
  // How the account's plugin confirms them; nullopt: it does not, or it is gone.
  std::optional<pb::Contract> contract;
  int64_t waiting = 0;
  int64_t unknown = 0;
  int64_t submitted = 0;
};

absl::StatusOr<Packages> ReadPackages(ReadTx& tx, PluginCatalog& catalog, const std::string& account_id) {
  Packages packages;
  const auto account = tx.GetAccount(account_id);
  if (absl::IsNotFound(account.status())) return packages;
  if (!account.ok()) return account.status();
  const auto plugin = catalog.Get(account->plugin_id);
  if (!plugin.ok()) return packages;
  const pb::Contract* contract = FindContract(plugin->manifest, ContractOf(Job::kDespatch));
  if (contract == nullptr) return packages;
  packages.contract = *contract;
  QS_ASSIGN_OR_RETURN(const std::vector<DespatchBacklog> counts, tx.CountOpenDespatches(account_id));
  for (const DespatchBacklog& count : counts) {
    if (count.state == DespatchState::kWaiting) packages.waiting += count.count;
    // Being sent without an outcome yet, it is asked about when none comes.
    if (count.state == DespatchState::kUnknown || count.state == DespatchState::kSending)
      packages.unknown += count.count;
    if (count.state == DespatchState::kAccepted) packages.submitted += count.count;
  }
  return packages;
}

// nullopt for an operation that no package is confirmed with. Each waiting package is looked for before it is sent, and
// each of unknown outcome is looked for again.
std::optional<api::RateBudgetDespatches> DespatchesBehind(const BudgetStatus& budget, const Packages& packages,
                                                          const std::optional<LaneStatus>& lane, TimeUs now) {
  if (!packages.contract.has_value()) return std::nullopt;
  const pb::Contract& contract = *packages.contract;
  const std::string& operation = budget.record.operation;
  const bool by_item = contract.item_operation() == operation;
  const bool by_look = contract.look_operation() == operation;
  const bool by_document = contract.has_bulk() && contract.bulk().operation() == operation;
  if (!by_item && !by_look && !by_document) return std::nullopt;
  api::RateBudgetDespatches out;
  out.set_lane(LaneName(AccountLaneId(budget.record.account_id, Job::kDespatch)));
  if (lane.has_value()) out.set_lane_state(ToProto(lane->activity));
  out.set_waiting(packages.waiting);
  out.set_unknown(packages.unknown);
  out.set_submitted(packages.submitted);
  const int64_t calls = (by_item || by_look ? packages.waiting : 0) + (by_look ? packages.unknown : 0);
  if (calls > 0 && Sends(lane))
    SetTime(out, &api::RateBudgetDespatches::mutable_done_time, WhenCallsAreDone(budget, calls, now));
  return out;
}

absl::StatusOr<std::optional<LaneStatus>> FindLane(Engine& engine, const std::string& lane_id) {
  auto lane = engine.GetLane(lane_id);
  if (absl::IsNotFound(lane.status())) return std::nullopt;
  if (!lane.ok()) return lane.status();
  return *std::move(lane);
}

}  // namespace

std::vector<BudgetStatus> ReadRateBudgets(const RateBudgets& budgets, BudgetQuery query) {
  std::vector<BudgetStatus> read;
  for (int missing = query.limit; missing > 0; missing -= query.limit) {
    query.limit = std::min(missing, kBudgetsAtOnce);
    std::vector<BudgetStatus> piece = budgets.List(query);
    const bool last = static_cast<int>(piece.size()) < query.limit;
    read.insert(read.end(), std::make_move_iterator(piece.begin()), std::make_move_iterator(piece.end()));
    if (last) break;
    query.after_account_id = read.back().record.account_id;
    query.after_operation = read.back().record.operation;
  }
  return read;
}

TimeUs WhenCallsAreDone(const BudgetStatus& budget, int64_t calls, TimeUs now) {
  const TimeUs first = std::max(now, budget.next_call_us);
  // With an empty bucket the first call is that of `first`.
  const double there = budget.next_call_us == 0 ? std::floor(std::max(budget.record.tokens, 1.0)) : 1.0;
  const double missing = std::max(static_cast<double>(calls) - there, 0.0);
  const double seconds = std::min(missing / budget.rate_per_second, kLongestWaitSeconds);
  return first + static_cast<DurationUs>(seconds * kSecondUs);
}

absl::StatusOr<std::vector<api::RateBudget>> ShowRateBudgets(const ApiParts& parts,
                                                             const std::vector<BudgetStatus>& budgets) {
  const TimeUs now = parts.clock.Now();
  std::map<std::string, Quantities> quantities;
  std::map<std::string, Packages> packages;
  QS_RETURN_IF_ERROR(parts.store.Read([&](ReadTx& tx) -> absl::Status {
    for (const BudgetStatus& budget : budgets) {
      const auto [found, is_new] = quantities.try_emplace(budget.record.account_id);
      if (!is_new) continue;
      QS_ASSIGN_OR_RETURN(found->second, ReadQuantities(tx, parts.catalog, budget.record.account_id));
      QS_ASSIGN_OR_RETURN(packages[budget.record.account_id],
                          ReadPackages(tx, parts.catalog, budget.record.account_id));
    }
    return absl::OkStatus();
  }));
  // What follows from a change of rules is known before the store knows.
  for (auto& [account, counts] : quantities)
    counts.undecided = std::max(counts.undecided, parts.engine.CountUndecided(account));
  struct Lanes {
    std::optional<LaneStatus> quantities;
    std::optional<LaneStatus> despatches;
  };
  std::map<std::string, Lanes> lanes;
  std::vector<api::RateBudget> shown;
  for (const BudgetStatus& budget : budgets) {
    const std::string& account = budget.record.account_id;
    const auto [lane, is_new] = lanes.try_emplace(account);
    if (is_new) {
      QS_ASSIGN_OR_RETURN(lane->second.quantities, FindLane(parts.engine, AccountLaneId(account, Job::kInventory)));
      QS_ASSIGN_OR_RETURN(lane->second.despatches, FindLane(parts.engine, AccountLaneId(account, Job::kDespatch)));
    }
    api::RateBudget out = ToProto(budget);
    if (auto backlog = BacklogOf(budget, quantities[account], lane->second.quantities, now))
      *out.mutable_backlog() = *std::move(backlog);
    if (auto despatches = DespatchesBehind(budget, packages[account], lane->second.despatches, now))
      *out.mutable_despatches() = *std::move(despatches);
    shown.push_back(std::move(out));
  }
  return shown;
}

}  // namespace quayside
