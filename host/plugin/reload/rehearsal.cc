#include "host/plugin/reload/rehearsal.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_join.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/plugin/instance_config.h"
#include "host/plugin/job_contract.h"
#include "host/plugin/manifest.h"
#include "host/plugin/reload/cursor_fit.h"
#include "host/plugin/reload/cursor_restore.h"
#include "host/plugin/reload/option_migration.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr auto kBetweenLooks = std::chrono::milliseconds(100);

struct LanePosition {
  LaneRecord lane;
  std::vector<CursorRecord> former;
};

// What is played through.
struct Scene {
  std::vector<pb::InstanceConfig> accounts;
  std::vector<LanePosition> lanes;
};

struct Findings {
  std::vector<FieldViolation> violations;
  std::vector<std::string> notes;
};

std::string AccountField(const std::string& account, const std::string& field) {
  return Concat("accounts/", account, ".", field);
}

absl::Status SetScene(ReadTx& tx, const pb::Manifest& manifest, Scene& scene, Findings& findings) {
  QS_ASSIGN_OR_RETURN(const std::vector<AccountRecord> accounts, ReadAccountsOfPlugin(tx, manifest.id()));
  for (const AccountRecord& account : accounts) {
    const OptionMigration migration = MigrateOptions(manifest, account.options);
    for (const FieldViolation& violation : migration.violations) {
      findings.violations.push_back({AccountField(account.id, violation.field), violation.description});
    }
    for (const std::string& renamed : migration.renamed) {
      findings.notes.push_back(Concat("account ", account.id, ": option ", renamed));
    }
    for (const std::string& removed : migration.removed) {
      findings.notes.push_back(Concat("account ", account.id, ": option ", removed, " is dropped"));
    }
    QS_ASSIGN_OR_RETURN(pb::InstanceConfig config, ReadInstanceConfig(tx, manifest, account.id));
    scene.accounts.push_back(std::move(config));
    QS_ASSIGN_OR_RETURN(const std::vector<LaneRecord> lanes, ReadLanesOfAccount(tx, account.id));
    for (const LaneRecord& lane : lanes) {
      if (lane.cursor == CursorRecord{}) continue;
      QS_ASSIGN_OR_RETURN(std::vector<CursorRecord> former, tx.ListFormerCursors(lane.id));
      scene.lanes.push_back({lane, std::move(former)});
    }
  }
  return absl::OkStatus();
}

// [worker]
void TryAccount(Generation& generation, const pb::InstanceConfig& config, TimeUs deadline_us, Findings& findings) {
  pb::ValidateConfigRequest request;
  *request.mutable_config() = config;
  const auto reply = generation.CallTyped<pb::ValidateConfigReply>(
      config, {.contract = "plugin/1", .method = "validate_config", .deadline_us = deadline_us, .stop = nullptr},
      request);
  if (reply.ok()) {
    for (const pb::FieldProblem& problem : reply->problems()) {
      findings.violations.push_back({AccountField(config.account_id(), problem.field()), problem.description()});
    }
    return;
  }
  // A plugin without rules of its own has none to break; its instance was made all the same.
  if (absl::IsUnimplemented(reply.status())) return;
  const ErrorMetadata metadata = MetadataOf(reply.status());
  const auto field = metadata.find("field");
  findings.violations.push_back(
      {AccountField(config.account_id(), field == metadata.end() ? "instance" : field->second),
       std::string(reply.status().message())});
}

// [worker] "" = it can be upgraded; else why not.
std::string TryUpgrade(Generation& generation, const pb::Contract& contract, const CursorRecord& stored) {
  pb::Cursor cursor;
  cursor.set_schema(stored.schema);
  cursor.set_state(stored.state);
  cursor.set_watermark_us(stored.watermark_us);
  const auto upgraded = generation.UpgradeCursor(contract.id().c_str(), cursor.SerializeAsString());
  if (!upgraded.ok()) return std::string(upgraded.status().message());
  if (!cursor.ParseFromString(*upgraded)) return "upgrade_cursor answers no cursor";
  if (ReadsSchema(contract, cursor.schema())) return "";
  return Concat("upgrade_cursor answers schema ", cursor.schema(), ", which the version does not read");
}

// [worker]
void TryLane(Generation& generation, const LanePosition& position, Findings& findings) {
  const LaneRecord& lane = position.lane;
  const pb::Contract* contract = FindContract(generation.manifest(), ContractOf(lane.job));
  if (contract == nullptr) {
    findings.notes.push_back(Concat("lane ", lane.id, ": the version does not offer its job; it rests"));
    return;
  }
  const uint32_t schema = lane.cursor.schema;
  if (ReadsSchema(*contract, schema)) return;
  const std::optional<CursorRecord> former = NewestReadable(*contract, position.former);
  if (schema > contract->cursor_schema() && former.has_value()) {
    findings.notes.push_back(Concat("lane ", lane.id, ": goes back to its last position of schema ", former->schema));
    return;
  }
  const std::string problem = TryUpgrade(generation, *contract, lane.cursor);
  if (problem.empty()) {
    findings.notes.push_back(Concat("lane ", lane.id, ": position of schema ", schema, " is upgraded"));
    return;
  }
  findings.violations.push_back(
      {Concat("lanes/", lane.id, ".cursor"),
       Concat("its position has schema ", schema, ", version ", generation.manifest().version(), " writes ",
              contract->cursor_schema(), " and cannot take it over: ", problem)});
}

// Shared by the caller and the task; outlives a caller that gave up.
struct Stage {
  std::mutex mutex;
  std::condition_variable changed;
  std::shared_ptr<Generation::Worker> worker;  // once it runs
  bool done = false;
  Findings findings;
};

}  // namespace

absl::StatusOr<RehearsalResult> Rehearse(Store& store, const Clock& clock,
                                         const std::shared_ptr<Generation>& generation, DurationUs patience_us,
                                         const std::function<bool()>& stop) {
  auto scene = std::make_shared<Scene>();
  const auto stage = std::make_shared<Stage>();
  QS_RETURN_IF_ERROR(
      store.Read([&](ReadTx& tx) { return SetScene(tx, generation->manifest(), *scene, stage->findings); }));
  const RehearsalResult counts{.accounts = static_cast<int>(scene->accounts.size()),
                               .lanes = static_cast<int>(scene->lanes.size())};
  const auto refusal = [&] {
    return AddContext(MakeFieldError(Reason::kReloadRefused, stage->findings.violations),
                      Concat(generation->manifest().id(), " ", generation->manifest().version()));
  };
  // Options that the schema refuses are not worth an instance.
  if (!stage->findings.violations.empty()) return refusal();

  const TimeUs deadline = clock.Now() + clock.DurationOfReal(patience_us);
  const bool submitted = generation->Submit([stage, scene, deadline, generation] {
    {
      const std::lock_guard<std::mutex> lock(stage->mutex);
      stage->worker = Generation::CurrentWorker();
    }
    Findings found;
    for (const pb::InstanceConfig& config : scene->accounts) TryAccount(*generation, config, deadline, found);
    for (const LanePosition& position : scene->lanes) TryLane(*generation, position, found);
    const std::lock_guard<std::mutex> lock(stage->mutex);
    stage->findings.violations = std::move(found.violations);
    std::move(found.notes.begin(), found.notes.end(), std::back_inserter(stage->findings.notes));
    stage->done = true;
    stage->changed.notify_all();
  });
  if (!submitted) return MakeError(absl::StatusCode::kUnavailable, Reason::kShuttingDown, "the plugin is being closed");
  std::unique_lock<std::mutex> lock(stage->mutex);
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(patience_us);
  while (!stage->done && std::chrono::steady_clock::now() < end && !stop()) {
    stage->changed.wait_for(lock, kBetweenLooks, [&] { return stage->done; });
  }
  if (!stage->done) {
    const std::shared_ptr<Generation::Worker> stuck = stage->worker;
    lock.unlock();
    if (stuck != nullptr) generation->Abandon(stuck);
    if (stop()) return MakeError(absl::StatusCode::kUnavailable, Reason::kShuttingDown, "the host is stopping");
    return MakeError(absl::StatusCode::kDeadlineExceeded, Reason::kPluginTimeout,
                     Concat(generation->manifest().id(), " ", generation->manifest().version(),
                            " did not come back from create, validate_config or upgrade_cursor within ",
                            patience_us / kSecondUs, " s"));
  }
  if (!stage->findings.violations.empty()) return refusal();
  RehearsalResult result = counts;
  result.notes = std::move(stage->findings.notes);
  return result;
}

}  // namespace quayside
