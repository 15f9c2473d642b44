#include "host/plugin/reload/rehearsal.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/plugin/job_contract.h"
#include "host/plugin/manifest.h"
#include "host/plugin/reload/cursor_fit.h"
#include "host/plugin/reload/rehearsal_scene.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

using RealTime = std::chrono::steady_clock::time_point;

// How often somebody looks whether a question takes too long, and tells how far it is.
constexpr auto kBetweenLooks = std::chrono::milliseconds(100);

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
  const LanePlaceRecord& lane = position.lane;
  const pb::Contract* contract = FindContract(generation.manifest(), ContractOf(lane.job));
  if (contract == nullptr) {
    findings.notes.push_back(Concat("lane ", lane.id, ": the version does not offer its job; it rests"));
    return;
  }
  const uint32_t schema = lane.cursor.schema;
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

// Shared by the caller and the workers; outlives a caller that gave up.
class Stage {
 public:
  Stage(Scene scene, const Clock& clock, const RehearsalOptions& options)
      : clock_(clock), patience_us_(options.patience_us), scene_(std::move(scene)) {
    players_ = std::clamp(questions(), 0, std::max(1, options.parallel));
  }

  [[nodiscard]] int questions() const { return static_cast<int>(scene_.accounts.size() + scene_.lanes.size()); }
  [[nodiscard]] int accounts() const { return static_cast<int>(scene_.accounts.size()); }

  // Who plays, or is yet to.
  [[nodiscard]] int players() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return players_;
  }

  // Asks one question after the other until none is left. [worker]
  // The generation is let go before the caller is told: a worker that held it last would have to close itself.
  void Play(std::shared_ptr<Generation> generation) {
    Findings found;
    std::unique_lock<std::mutex> lock(mutex_);
    while (next_ < questions() && !given_up_) {
      const int question = next_++;
      const auto asked = asked_.emplace(question, Asked{Generation::CurrentWorker(), Now()}).first;
      lock.unlock();
      Ask(*generation, question, found);
      lock.lock();
      asked_.erase(asked);
      ++answered_;
    }
    found_.Take(std::move(found));
    generation.reset();
    --players_;
    changed_.notify_all();
  }

  // Waits for the workers, a short while. True: all is answered.
  bool Await() {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, kBetweenLooks, [this] { return answered_ == questions() && players_ == 0; });
  }
  [[nodiscard]] int answered() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::min(answered_, accounts());
  }
  // Who has been asked for longer than the patience.
  [[nodiscard]] std::vector<std::shared_ptr<Generation::Worker>> Late() {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<std::shared_ptr<Generation::Worker>> late;
    for (const auto& [question, asked] : asked_) {
      if (Now() - asked.since >= std::chrono::microseconds(patience_us_)) late.push_back(asked.worker);
    }
    return late;
  }
  // Nobody asks any further. Those who are asked just now.
  [[nodiscard]] std::vector<std::shared_ptr<Generation::Worker>> GiveUp() {
    const std::lock_guard<std::mutex> lock(mutex_);
    given_up_ = true;
    std::vector<std::shared_ptr<Generation::Worker>> inside;
    for (const auto& [question, asked] : asked_) inside.push_back(asked.worker);
    return inside;
  }
  [[nodiscard]] Findings TakeFindings() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::move(found_);
  }

 private:
  struct Asked {
    std::shared_ptr<Generation::Worker> worker;
    RealTime since;
  };
  static RealTime Now() { return std::chrono::steady_clock::now(); }

  void Ask(Generation& generation, int question, Findings& found) const {
    const auto index = static_cast<size_t>(question);
    if (index < scene_.accounts.size()) {
      const TimeUs deadline = clock_.Now() + clock_.DurationOfReal(patience_us_);
      TryAccount(generation, scene_.accounts[index], deadline, found);
    } else {
      TryLane(generation, scene_.lanes[index - scene_.accounts.size()], found);
    }
  }

  const Clock& clock_;
  const DurationUs patience_us_;
  const Scene scene_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int next_ = 0;
  int answered_ = 0;
  int players_ = 0;
  bool given_up_ = false;
  std::map<int, Asked> asked_;
  Findings found_;
};

absl::Status NotAnswered(const Generation& generation, DurationUs patience_us) {
  return MakeError(absl::StatusCode::kDeadlineExceeded, Reason::kPluginTimeout,
                   Concat(generation.manifest().id(), " ", generation.manifest().version(),
                          " did not come back from create, validate_config or upgrade_cursor within ",
                          patience_us / kSecondUs, " s"));
}

// Until everything is answered, or why not.
absl::Status AwaitAnswers(const std::shared_ptr<Generation>& generation, Stage& stage,
                          const RehearsalOptions& options) {
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::microseconds(options.patience_us + stage.questions() * kPerQuestionUs);
  absl::Status why;
  while (why.ok()) {
    if (stage.Await()) return absl::OkStatus();
    if (options.progress) options.progress(stage.answered(), stage.accounts());
    if (options.stop()) {
      why = MakeError(absl::StatusCode::kUnavailable, Reason::kShuttingDown, "the host is stopping");
    } else if (!stage.Late().empty() || std::chrono::steady_clock::now() >= end) {
      why = NotAnswered(*generation, options.patience_us);
    }
  }
  // Those that are late hang; without one of them it was the whole that took too long, or nobody wants to know any
  // more.
  std::vector<std::shared_ptr<Generation::Worker>> stuck = stage.Late();
  const std::vector<std::shared_ptr<Generation::Worker>> inside = stage.GiveUp();
  if (stuck.empty()) stuck = inside;
  for (const auto& worker : stuck) generation->Abandon(worker);
  return why;
}

}  // namespace

absl::StatusOr<RehearsalResult> Rehearse(Scene scene, const Clock& clock, const std::shared_ptr<Generation>& generation,
                                         const RehearsalOptions& options) {
  RehearsalResult result{.accounts = static_cast<int>(scene.accounts.size()), .lanes = scene.lane_count};
  result.plan = std::move(scene.plan);
  Findings findings = std::move(scene.findings);
  const auto refusal = [&] {
    return AddContext(MakeFieldError(Reason::kReloadRefused, findings.violations),
                      Concat(generation->manifest().id(), " ", generation->manifest().version()));
  };
  // Options that the schema refuses are not worth an instance.
  if (!findings.violations.empty()) return refusal();

  const auto stage = std::make_shared<Stage>(std::move(scene), clock, options);
  for (int i = stage->players(); i > 0; --i) {
    // A copy that is not const, as a capture of `generation` would be: it must leave the task.
    auto play = [stage, held = std::shared_ptr<Generation>(generation)]() mutable { stage->Play(std::move(held)); };
    if (generation->Submit(std::move(play))) continue;
    return MakeError(absl::StatusCode::kUnavailable, Reason::kShuttingDown, "the plugin is being closed");
  }
  QS_RETURN_IF_ERROR(AwaitAnswers(generation, *stage, options));
  findings.Take(stage->TakeFindings());
  if (!findings.violations.empty()) {
    // In the order of the accounts, whoever was asked first.
    std::sort(findings.violations.begin(), findings.violations.end(),
              [](const FieldViolation& a, const FieldViolation& b) { return a.field < b.field; });
    return refusal();
  }
  result.notes = std::move(findings.notes);
  return result;
}

}  // namespace quayside
