// A step: one bounded piece of a lane's work. It asks the plugin once or twice and commits what it learnt together with
// the lane's position, behind the fence. Steps know no threads: everything they need comes in, everything that follows
// comes out.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/clock.h"
#include "host/base/ids.h"
#include "host/base/rng.h"
#include "host/net/rate_budget.h"
#include "host/ops/log.h"
#include "host/security/cipher.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/plugin.pb.h"
#include "quayside/plugin/v1/types.pb.h"

namespace quayside {

class QuantityIndex;

// The plugin as a step sees it.
class PluginCaller {
 public:
  virtual ~PluginCaller() = default;
  [[nodiscard]] virtual absl::StatusOr<std::string> Call(const char* contract, const char* method,
                                                         const std::string& request) = 0;
  // A serialized Cursor of an older schema in the current one.
  [[nodiscard]] virtual absl::StatusOr<std::string> UpgradeCursor(const char* contract, const std::string& cursor) = 0;
};

struct StepInputs {
  LaneRecord lane;  // as claimed: `epoch` is this claim's
  const quayside::plugin::v1::Manifest& manifest;
  PluginCaller& plugin;
  Store& store;
  const Clock& clock;
  Rng& rng;
  IdSource& ids;
  Logger& logger;
  RateBudgets& budgets;
  const Cipher& cipher;
  // Does this account bring orders (an enabled channel, a plugin that offers them)?
  std::function<bool(const std::string& account_id)> brings_orders;
  // Which quantities are to be decided, the most urgent first; nullptr: the store alone says, in the order of changes.
  QuantityIndex* index = nullptr;
  // False: there may be more to be decided than the index and the store say. Empty: never.
  std::function<bool()> index_settled;
  // 0: a document is taken when a backlog is through sooner that way. n: already from n quantities on.
  int64_t document_from = 0;
  // How far back a fresh orders lane reads; 0 = not at all.
  DurationUs history_us = 0;
  // As in EngineOptions.
  DurationUs submissions_us = 0;
  // As in EngineOptions; more than 0 for the lanes they are about.
  DurationUs reconcile_us = 0;
  DurationUs completeness_us = 0;
};

struct StepOutcome {
  // Not OK: what was committed before the failure stands and is counted in `items` and `bad_records`; the engine
  // decides when to try again.
  absl::Status status;
  LaneRecord lane;         // as committed
  bool more = false;       // run again at once
  TimeUs next_run_us = 0;  // 0 = the job's usual interval; kNever = when somebody calls
  int64_t items = 0;
  int64_t bad_records = 0;
  std::vector<std::string> accounts_with_changed_targets;
  std::vector<std::string> accounts_with_despatches;  // packages of theirs are to be confirmed
};

inline constexpr TimeUs kNever = INT64_MAX;

[[nodiscard]] StepOutcome RunOrderStep(const StepInputs& in);
[[nodiscard]] StepOutcome RunListingStep(const StepInputs& in);
[[nodiscard]] StepOutcome RunQuantityStep(const StepInputs& in);
[[nodiscard]] StepOutcome RunDespatchStep(const StepInputs& in);
[[nodiscard]] StepOutcome RunPostSaleStep(const StepInputs& in);
[[nodiscard]] StepOutcome RunCentreStockStep(const StepInputs& in);
[[nodiscard]] StepOutcome RunOutboundStep(const StepInputs& in);
[[nodiscard]] StepOutcome RunReconcileStep(const StepInputs& in);
[[nodiscard]] StepOutcome RunCompletenessStep(const StepInputs& in);

// Shared by the steps that read with a cursor.
[[nodiscard]] absl::StatusOr<quayside::plugin::v1::Cursor> CursorForCall(const StepInputs& in, const char* contract);
// What the plugin answered as position: known schema, size, and a watermark that does not go back. PLUGIN_FAULT
// otherwise.
[[nodiscard]] absl::StatusOr<CursorRecord> CheckedCursor(const StepInputs& in, const char* contract,
                                                         const quayside::plugin::v1::Cursor& next);
// ACCOUNT_NOT_FOUND, CHANNEL_NOT_FOUND: the lane's owner was deleted while the step ran. With the row of the lane its
// fence is gone, too, so what the step brings must not be stored.
[[nodiscard]] absl::Status CheckOwner(ReadTx& tx, const LaneRecord& lane);
// The lane's row after a good step, with the budgets that changed; inside the step's transaction.
[[nodiscard]] absl::Status CommitStep(Tx& tx, const StepInputs& in, const LaneRecord& lane,
                                      const std::vector<BudgetRecord>& budgets);
// For commits in the middle of a step: nothing new of the lane, but only while it is still this claim's.
[[nodiscard]] absl::Status StayFenced(Tx& tx, const StepInputs& in);
// Somebody asked for a run of this lane that has not ended.
[[nodiscard]] absl::StatusOr<bool> IsRunWanted(ReadTx& tx, const LaneRecord& lane);
// `lane` as it is after a step that went well.
void MarkSuccess(const StepInputs& in, LaneRecord& lane);
// What a failed call says about when to try again; 0 = nothing.
[[nodiscard]] TimeUs RetryTimeOf(const absl::Status& status);
// The lane's account's budget for an operation; nullopt: none, nothing holds calls up.
[[nodiscard]] std::optional<BudgetStatus> BudgetOf(const StepInputs& in, const std::string& operation);
[[nodiscard]] absl::StatusOr<DeadLetterRecord> MakeDeadLetter(const StepInputs& in, std::string key, std::string reason,
                                                              std::string_view raw, DeadLetterForm form);

template <typename Reply, typename Request>
[[nodiscard]] absl::StatusOr<Reply> CallPlugin(PluginCaller& plugin, const char* contract, const char* method,
                                               const Request& request);

}  // namespace quayside

#include "host/sync/step_call.h"
