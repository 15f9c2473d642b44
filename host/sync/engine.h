// The sync engine: lanes in a time-ordered queue, claimed with an epoch, run as steps on the workers of a plugin's
// generation, committed behind a fence. See README.md for a lane's life.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/clock.h"
#include "host/base/ids.h"
#include "host/base/rng.h"
#include "host/net/rate_budget.h"
#include "host/net/tokens.h"
#include "host/ops/log.h"
#include "host/plugin/catalog.h"
#include "host/plugin/lane_directory.h"
#include "host/security/cipher.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/order_sync.pb.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// A lane as the API shows it: what is stored, and what is going on.
enum class LaneActivity { kIdle, kRunning, kBackoff, kPaused, kDisabled, kNeedsOperator };

struct LaneStatus {
  LaneRecord record;
  LaneActivity activity = LaneActivity::kIdle;
  int64_t open_dead_letters = 0;
};

// A step on its way: claimed, waiting for a worker or running.
struct StepUnderWay {
  std::string lane_id;
  std::string plugin_id;
  std::string version;     // empty: not handed to the plugin yet
  int64_t generation = 0;  // 0: likewise
  TimeUs claimed_us = 0;
  bool stuck = false;  // it passed its deadline and was taken away; its worker has not come back
};

struct EngineOptions {
  int max_steps_per_account = 2;
  DurationUs step_timeout_us = 60 * kSecondUs;
  DurationUs drain_timeout_us = 20 * kSecondUs;
  // 0: quantities go into a document when they are through sooner that way. n: from n of them on.
  int64_t document_from = 0;
  // How far back a fresh orders lane reads once its live window is there; 0 = not at all.
  DurationUs history_us = 0;
  // For how long the submissions of a quantity are kept, so that they can be explained; the last ten of a SKU are kept
  // however old they are. 0 = no others; the largest number = all of them, for ever.
  DurationUs submissions_us = 0;
  // Of the ids of traces and spans.
  uint64_t trace_seed = 0;
  // Between two comparisons of a channel's quantities with what it shows, and of an account's orders with another list
  // of them; 0 = there are no such lanes.
  DurationUs reconcile_us = 0;
  DurationUs completeness_us = 0;
};

struct EngineParts {
  Store& store;
  const Clock& clock;
  Rng& rng;
  IdSource& ids;
  Logger& logger;
  PluginCatalog& catalog;
  RateBudgets& budgets;
  Tokens& tokens;
  const Cipher& cipher;
};

// Thread-safe. Each step is a span of its own (host/base/trace_scope.h): of the trace in which a method below was
// called that made its lane due, of the step whose changes did, or of a fresh one when its time had come. The steps of
// a run share a trace until somebody else makes the lane due; a run that tries again after a failure has a new one.
class Engine : public LaneDirectory {
 public:
  // Derives the lanes from accounts, channels and contracts and begins to run them; runs that were asked for before the
  // host stopped first.
  virtual absl::Status Start() = 0;
  // Starts no further step, waits for those under way (at most drain_timeout, real time; not for those that are stuck),
  // then stops and stores what is left of the rate budgets; nobody may call a plugin any more (stop the API first).
  // Work that is not committed is done again at the next start. A step that is left over uses the engine until its
  // worker is joined: stop the catalog before the engine is destroyed.
  virtual void Stop() = 0;

  // Nothing is claimed any more, or again.
  virtual void SetDraining(bool draining) = 0;
  [[nodiscard]] virtual bool draining() = 0;
  // Waits (real time) until no step is under way but stuck ones; false when some are after `patience`.
  virtual bool AwaitQuiet(DurationUs patience_us) = 0;
  [[nodiscard]] virtual std::vector<StepUnderWay> StepsUnderWay() = 0;

  // Lanes by id, after `after_id`; empty account and channel = all.
  [[nodiscard]] virtual absl::StatusOr<std::vector<LaneStatus>> ListLanes(const LaneQuery& query) = 0;
  // The lanes that work for these channels, their own and their accounts', each once, ordered by id; with one look at
  // the lanes, however many channels. open_dead_letters is left out (0).
  [[nodiscard]] virtual std::vector<LaneStatus> LanesOfChannels(const std::vector<ChannelRecord>& channels) = 0;
  // LANE_NOT_FOUND.
  [[nodiscard]] virtual absl::StatusOr<LaneStatus> GetLane(const std::string& lane_id) = 0;
  // A person changed the lane (lane_control.h) in a commit that is durable now: what the store says of pause, note,
  // backfill and open run is taken up, and unless it is paused the lane is due now.
  virtual void LaneChanged(const std::string& lane_id) = 0;

  // A person cancelled the run (lane_control.h) in a commit that is durable now: the step of it that is under way is
  // its last, and its lane waits for its usual time.
  virtual void RunCancelled(const RunRecord& run) = 0;

  // An account, one of its channels or one of its secrets was written or deleted: lanes and instances follow. A lane
  // that waited for an operator is tried again.
  virtual void AccountChanged(const std::string& account_id) = 0;
  // Targets of these accounts became kChanged in a commit that is durable now.
  virtual void TargetsChanged(const std::vector<std::string>& account_ids) = 0;
  // Packages of the account are to be confirmed since a commit that is durable now.
  virtual void DespatchesChanged(const std::string& account_id) = 0;
  // Cancellations or refunds of the account are to be handed over since a commit that is durable now.
  virtual void PostSalesChanged(const std::string& account_id) = 0;
  // Orders for the account's warehouse changed in a commit that is durable now.
  virtual void OutboundsChanged(const std::string& account_id) = 0;
  // How many quantities of the account are to be decided again, whether the store knows that or not yet.
  [[nodiscard]] virtual int64_t CountUndecided(const std::string& account_id) = 0;

  // Asks the plugin. Blocks for as long as the marketplace takes, at most `timeout_us` and a little.
  [[nodiscard]] virtual absl::StatusOr<quayside::plugin::v1::CheckReply> TestAccount(const std::string& account_id,
                                                                                     DurationUs timeout_us) = 0;
  // Asks the plugin for single orders, beside the orders lane. As TestAccount; CONTRACT_NOT_OFFERED when it cannot.
  [[nodiscard]] virtual absl::StatusOr<quayside::plugin::v1::GetOrdersReply> GetOrders(
      const std::string& account_id, const quayside::plugin::v1::GetOrdersRequest& request, DurationUs timeout_us) = 0;
  // Schema rules and the plugin's own for an account's options; every violation. CONTRACT_NOT_OFFERED never: a plugin
  // without rules has none. PLUGIN_NOT_FOUND, INVALID_CONFIGURATION.
  [[nodiscard]] virtual absl::Status ValidateAccount(const AccountRecord& account) = 0;
};

[[nodiscard]] std::unique_ptr<Engine> MakeEngine(EngineParts parts, EngineOptions options);

}  // namespace quayside
