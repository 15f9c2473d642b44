// Lanes as the API and a reload see them, what changes them from outside, and the drain of all of them.
#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/plugin/instance_config.h"
#include "host/plugin/manifest.h"
#include "host/sync/account_reader.h"
#include "host/sync/lane_id.h"
#include "host/sync/lane_schedule.h"
#include "host/sync/single_order.h"
#include "host/sync/threaded_engine.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr DurationUs kValidateTimeoutUs = 10 * kSecondUs;
constexpr char kPluginContract[] = "plugin/1";

}  // namespace

void ThreadedEngine::SetDraining(bool draining) {
  const std::lock_guard<std::mutex> lock(mutex_);
  draining_ = draining;
  changed_.notify_all();
}

bool ThreadedEngine::draining() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return draining_;
}

bool ThreadedEngine::AwaitQuiet(DurationUs patience_us) {
  std::unique_lock<std::mutex> lock(mutex_);
  return changed_.wait_for(lock, std::chrono::microseconds(patience_us), [&] {
    return std::all_of(running_.begin(), running_.end(), [](const Running& running) { return running.stuck; });
  });
}

std::vector<StepUnderWay> ThreadedEngine::StepsUnderWay() {
  std::vector<StepUnderWay> steps;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const Running& running : running_) {
    StepUnderWay step{.lane_id = running.claim->lane_id,
                      .plugin_id = running.plugin_id,
                      .claimed_us = running.claimed_us,
                      .stuck = running.stuck};
    if (running.generation != nullptr) {
      step.version = running.generation->manifest().version();
      step.generation = running.generation->number();
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

std::vector<LaneLoad> ThreadedEngine::LanesOfPlugin(const std::string& plugin_id) {
  std::vector<LaneLoad> loads;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [id, lane] : lanes_.all()) {
    if (lane.plugin_id != plugin_id) continue;
    loads.push_back({.lane_id = id,
                     .job = lane.record.job,
                     .can_run = lane.enabled && !lane.record.paused && !lane.record.needs_operator,
                     .running = lane.claim != nullptr,
                     .items_last_run = lane.record.items_last_run});
  }
  return loads;
}

void ThreadedEngine::MakeLanesDue(const std::vector<std::string>& lane_ids) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const std::string& id : lane_ids) {
    if (Lane* lane = lanes_.Find(id); lane != nullptr) lanes_.MakeDue(*lane, parts_.clock.Now());
  }
  changed_.notify_all();
}

void ThreadedEngine::CursorsRestored(const std::vector<std::string>& lane_ids) {
  const std::lock_guard<std::mutex> reload(reload_mutex_);
  for (const std::string& id : lane_ids) {
    const std::optional<LaneRecord> stored = StoredLane(id);
    if (!stored.has_value()) continue;
    const std::lock_guard<std::mutex> lock(mutex_);
    Lane* lane = lanes_.Find(id);
    if (lane == nullptr) continue;
    lane->record.cursor = stored->cursor;
    lanes_.MakeDue(*lane, parts_.clock.Now());
    changed_.notify_all();
  }
}

void ThreadedEngine::PluginChanged(const std::string& plugin_id) {
  std::set<std::string> accounts;
  const absl::Status read = parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::vector<AccountRecord> all, ReadAccountsOfPlugin(tx, plugin_id));
    for (const AccountRecord& account : all) accounts.insert(account.id);
    return absl::OkStatus();
  });
  if (!read.ok()) {
    parts_.logger.Error("the accounts of a plugin could not be read",
                        {Field("plugin", plugin_id), Field("error", read)});
  }
  for (const std::string& account : accounts) {
    if (const absl::Status derived = Reload(account); !derived.ok()) {
      parts_.logger.Error("the lanes of an account could not be derived",
                          {Field("account", account), Field("error", derived)});
    }
  }
}

LaneStatus ThreadedEngine::StatusOf(const Lane& lane) const {
  LaneStatus status{.record = lane.record};
  if (lane.claim != nullptr) {
    status.activity = LaneActivity::kRunning;
  } else if (!lane.enabled) {
    status.activity = LaneActivity::kDisabled;
  } else if (lane.record.paused) {
    status.activity = LaneActivity::kPaused;
  } else if (lane.record.needs_operator) {
    status.activity = LaneActivity::kNeedsOperator;
  } else {
    status.activity = lane.record.failures > 0 ? LaneActivity::kBackoff : LaneActivity::kIdle;
  }
  status.record.next_run_us = lane.enabled && lane.due_us != kNever ? lane.due_us : 0;
  return status;
}

absl::Status ThreadedEngine::CountDeadLetters(std::vector<LaneStatus>& lanes) {
  return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    for (LaneStatus& lane : lanes) {
      QS_ASSIGN_OR_RETURN(lane.open_dead_letters, tx.CountDeadLetters(lane.record.id, DeadLetterState::kOpen));
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<LaneStatus>> ThreadedEngine::ListLanes(const LaneQuery& query) {
  std::vector<LaneStatus> found;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    // The lanes of an account stand together.
    const std::string prefix = query.account_id.empty() ? "" : LaneIdPrefix(query.account_id);
    for (auto it = lanes_.all().upper_bound(std::max(query.after_id, prefix));
         it != lanes_.all().end() && it->first.starts_with(prefix); ++it) {
      if (!query.channel_id.empty() && it->second.record.channel_id != query.channel_id) continue;
      found.push_back(StatusOf(it->second));
      if (static_cast<int>(found.size()) >= query.limit) break;
    }
  }
  QS_RETURN_IF_ERROR(CountDeadLetters(found));
  return found;
}

std::vector<LaneStatus> ThreadedEngine::LanesOfChannels(const std::vector<ChannelRecord>& channels) {
  std::set<std::string> ids;
  for (const ChannelRecord& channel : channels) {
    for (const Job job : kJobs) {
      ids.insert(AccountLaneId(channel.account_id, job));
      ids.insert(ChannelLaneId(channel.account_id, channel.id, job));
    }
  }
  std::vector<LaneStatus> found;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const std::string& id : ids) {
    if (const Lane* lane = lanes_.Find(id); lane != nullptr) found.push_back(StatusOf(*lane));
  }
  return found;
}

absl::StatusOr<LaneStatus> ThreadedEngine::GetLane(const std::string& lane_id) {
  std::vector<LaneStatus> one;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    Lane* lane = lanes_.Find(lane_id);
    if (lane == nullptr) {
      return MakeError(absl::StatusCode::kNotFound, Reason::kLaneNotFound, Concat("there is no lane '", lane_id, "'"),
                       {{"resource", LaneName(lane_id)}});
    }
    one.push_back(StatusOf(*lane));
  }
  QS_RETURN_IF_ERROR(CountDeadLetters(one));
  return one.front();
}

void ThreadedEngine::Adopt(Lane& lane, const RunRecord& run) {
  if (lane.run.has_value()) {
    // Who asks for another one than was cancelled gets it.
    if (lane.run->id != run.id) lane.run_cancelled = false;
    lane.run->id = run.id;
    // Whoever asked for it looks for it there.
    if (!run.trace_id.empty()) lane.run->trace_id = run.trace_id;
  } else {
    lane.run = run;
  }
  lane.run_requested = true;
}

void ThreadedEngine::LaneChanged(const std::string& lane_id) {
  const std::lock_guard<std::mutex> reload(reload_mutex_);
  std::optional<LaneRecord> row;
  std::vector<RunRecord> open_runs;
  const absl::Status read = parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(row, tx.FindLane(lane_id));
    QS_ASSIGN_OR_RETURN(open_runs, tx.ListOpenRuns(lane_id));
    return absl::OkStatus();
  });
  if (!read.ok()) {
    parts_.logger.Error("a change of a lane could not be read", {Field("lane", lane_id), Field("error", read)});
    return;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  Lane* lane = lanes_.Find(lane_id);
  if (lane == nullptr) return;
  if (row.has_value()) {
    lane->record.paused = row->paused;
    lane->record.pause_note = row->pause_note;
    lane->record.want_pass_us = row->want_pass_us;
    lane->record.backfill = row->backfill;
    lane->record.interval_us = row->interval_us;
    lane->record.needs_operator = lane->record.needs_operator && row->needs_operator;
  }
  if (!open_runs.empty()) Adopt(*lane, open_runs.back());
  if (!lane->record.paused) lanes_.MakeDue(*lane, parts_.clock.Now());
  lanes_.Requeue(*lane);
  changed_.notify_all();
}

void ThreadedEngine::RunCancelled(const RunRecord& run) {
  const std::lock_guard<std::mutex> reload(reload_mutex_);
  const std::lock_guard<std::mutex> lock(mutex_);
  Lane* lane = lanes_.Find(run.lane_id);
  if (lane == nullptr || !lane->run.has_value() || lane->run->id != run.id) return;
  if (lane->claim != nullptr) {
    lane->run_cancelled = true;
    return;
  }
  lane->run.reset();
  lane->run_requested = false;
  lane->trigger.reset();
  lane->trace.reset();
  WaitForUsualTime(*lane, parts_.clock.Now());
  lanes_.Requeue(*lane);
  changed_.notify_all();
}

absl::Status ThreadedEngine::Reload(const std::string& account_id) {
  const std::lock_guard<std::mutex> reload(reload_mutex_);
  AccountLanes derived;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(derived, ReadAccountLanes(tx, parts_.catalog, parts_.budgets, account_id, Comparing()));
    return absl::OkStatus();
  }));
  std::vector<RunRecord> ended;
  const auto end_run = [&](Lane& lane) {
    if (lane.run_requested) ended.push_back(*lane.run);
    lane.run.reset();
    lane.trace.reset();
    lane.run_requested = false;
  };
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::set<std::string> keep;
    for (Lane& lane : derived.lanes) {
      keep.insert(lane.record.id);
      Lane& present = lanes_.Upsert(std::move(lane));
      // Whatever the account was waiting for may have come: tried again, an operator's lane too. What compares waited
      // for its turn, unless it failed.
      const bool failed = std::exchange(present.record.needs_operator, false) || present.record.failures > 0;
      if (failed) present.tried_again = true;
      if (failed || !OnlyCompares(present.record.job)) lanes_.MakeDue(present, parts_.clock.Now());
      lanes_.Requeue(present);
      if (!present.enabled && present.claim == nullptr) end_run(present);
    }
    for (const std::string& id : lanes_.OfAccount(account_id)) {
      if (keep.contains(id)) continue;
      end_run(*lanes_.Find(id));
      lanes_.Erase(id);
    }
    TellIndex(account_id);
    changed_.notify_all();
  }
  EndRuns(ended);
  return absl::OkStatus();
}

void ThreadedEngine::AccountChanged(const std::string& account_id) {
  parts_.tokens.Forget(account_id);
  if (const absl::Status reloaded = Reload(account_id); !reloaded.ok()) {
    parts_.logger.Error("the lanes of an account could not be derived",
                        {Field("account", account_id), Field("error", reloaded)});
  }
  parts_.catalog.ForgetInstances(account_id);
}

void ThreadedEngine::TargetsChanged(const std::vector<std::string>& account_ids) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const std::string& account : account_ids) {
    if (Lane* lane = lanes_.Find(AccountLaneId(account, Job::kInventory));
        lane != nullptr && lane->record.failures == 0) {
      lanes_.MakeDue(*lane, parts_.clock.Now());
    }
  }
  changed_.notify_all();
}

void ThreadedEngine::WorkChanged(const std::string& account_id, Job job) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Lane* lane = lanes_.Find(AccountLaneId(account_id, job));
  if (lane == nullptr || lane->record.failures > 0) return;
  lanes_.MakeDue(*lane, parts_.clock.Now());
  changed_.notify_all();
}

void ThreadedEngine::TellIndex(const std::string& account_id) {
  const Lane* lane = lanes_.Find(AccountLaneId(account_id, Job::kOrders));
  keeper_.index().SetBringsOrders(account_id, lane != nullptr && lane->enabled);
}

bool ThreadedEngine::BringsOrders(const std::string& account_id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const Lane* lane = lanes_.Find(AccountLaneId(account_id, Job::kOrders));
  return lane != nullptr && lane->enabled;
}

absl::StatusOr<pb::CheckReply> ThreadedEngine::TestAccount(const std::string& account_id, DurationUs timeout_us) {
  AccountRecord account;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(account, tx.GetAccount(account_id));
    return absl::OkStatus();
  }));
  QS_ASSIGN_OR_RETURN(const std::shared_ptr<Generation> generation, parts_.catalog.Active(account.plugin_id));
  pb::InstanceConfig config;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(config, ReadInstanceConfig(tx, generation->manifest(), account_id));
    return absl::OkStatus();
  }));
  return calls_.Call<pb::CheckReply>(generation, config, kPluginContract, "check", pb::CheckRequest(), timeout_us);
}

absl::StatusOr<pb::GetOrdersReply> ThreadedEngine::GetOrders(const std::string& account_id,
                                                             const pb::GetOrdersRequest& request,
                                                             DurationUs timeout_us) {
  AccountRecord account;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(account, tx.GetAccount(account_id));
    return absl::OkStatus();
  }));
  QS_ASSIGN_OR_RETURN(const std::shared_ptr<Generation> generation, parts_.catalog.Active(account.plugin_id));
  if (!OffersSingleOrders(generation->manifest())) {
    return MakeError(absl::StatusCode::kUnimplemented, Reason::kContractNotOffered,
                     Concat("plugin ", account.plugin_id, " cannot ask for single orders"),
                     {{"resource", PluginName(account.plugin_id)}});
  }
  pb::InstanceConfig config;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(config, ReadInstanceConfig(tx, generation->manifest(), account_id));
    return absl::OkStatus();
  }));
  return calls_.Call<pb::GetOrdersReply>(generation, config, kOrderContract, "get", request, timeout_us);
}

absl::Status ThreadedEngine::ValidateAccount(const AccountRecord& account) {
  QS_ASSIGN_OR_RETURN(const PluginStatus plugin, parts_.catalog.Get(account.plugin_id));
  std::vector<FieldViolation> violations = CheckOptions(plugin.manifest, account.options);
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidConfiguration, violations);
  pb::ValidateConfigRequest request;
  request.mutable_config()->set_account_id(account.id);
  for (const auto& [name, value] : WithDefaults(plugin.manifest, account.options))
    (*request.mutable_config()->mutable_options())[name] = value;
  QS_ASSIGN_OR_RETURN(const std::shared_ptr<Generation> generation, parts_.catalog.Active(account.plugin_id));
  const auto reply = calls_.Call<pb::ValidateConfigReply>(generation, request.config(), kPluginContract,
                                                          "validate_config", request, kValidateTimeoutUs);
  if (!reply.ok()) {
    // A plugin may refuse the configuration already when it is given it.
    const ErrorMetadata metadata = MetadataOf(reply.status());
    if (const auto field = metadata.find("field"); field != metadata.end()) {
      return MakeFieldError(Reason::kInvalidConfiguration, {{field->second, std::string(reply.status().message())}});
    }
    return absl::IsUnimplemented(reply.status()) ? absl::OkStatus() : reply.status();
  }
  for (const pb::FieldProblem& problem : reply->problems())
    violations.push_back({problem.field(), problem.description()});
  return violations.empty() ? absl::OkStatus() : MakeFieldError(Reason::kInvalidConfiguration, violations);
}

}  // namespace quayside
