#include "host/api/operation_settling.h"

#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "host/api/backup_calls.h"
#include "host/api/convert.h"
#include "host/api/operation_view.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/store/backup_file.h"

namespace quayside {
namespace {

constexpr int kOperationsAtOnce = 100;
constexpr int kEventsPage = 1000;

std::string FactOf(const OperationRecord& record, const char* key) {
  const auto found = record.facts.find(key);
  return found == record.facts.end() ? "" : found->second;
}

void SetFailed(OperationRecord& record, std::string why) {
  record.state = OperationState::kFailed;
  record.error = std::move(why);
  record.error_reason = std::string(ReasonText(Reason::kOperationInterrupted));
}

void SetSucceeded(OperationRecord& record, const api::Operation& result) {
  record.state = OperationState::kSucceeded;
  record.result = StoredResult(result);
}

// What is in it, when it is complete.
std::optional<BackupManifest> SettleCopy(OperationRecord& record, Logger& logger) {
  const std::string path = FactOf(record, kBackupPathFact);
  const absl::StatusOr<std::optional<BackupManifest>> settled = SettleBackup(path);
  if (settled.ok() && settled->has_value()) {
    api::Operation result;
    *result.mutable_backup() = BackupView(path, **settled);
    SetSucceeded(record, result);
    return *settled;
  }
  if (settled.ok()) {
    SetFailed(record, "the host ended before the backup was complete; what there was of it is removed. Ask again");
    return std::nullopt;
  }
  // A disk that is not there now keeps no host from starting.
  logger.Warning("what is left of a backup could not be removed",
                 {Field("path", path), Field("error", settled.status())});
  SetFailed(record, absl::StrCat("the host ended before the backup was complete, and what there was of it could not "
                                 "be removed: take ",
                                 path, "* away, and ask again"));
  return std::nullopt;
}

// Of the plugin since the operation began.
absl::StatusOr<std::vector<EventRecord>> EventsSince(ReadTx& tx, const OperationRecord& record,
                                                     const std::string& plugin_id,
                                                     const std::vector<std::string>& types) {
  int64_t after = 0;
  if (!absl::SimpleAtoi(FactOf(record, kRevisionBeforeFact), &after)) return absl::InternalError("a fact is no number");
  std::vector<EventRecord> found;
  while (true) {
    QS_ASSIGN_OR_RETURN(std::vector<EventRecord> page,
                        tx.ListEvents({.after_revision = after, .type_prefixes = types, .limit = kEventsPage}));
    for (EventRecord& event : page) {
      after = event.revision;
      if (event.resource == PluginName(plugin_id)) found.push_back(std::move(event));
    }
    if (static_cast<int>(page.size()) < kEventsPage) return found;
  }
}

absl::Status SettleReload(ReadTx& tx, OperationRecord& record) {
  const std::string before = FactOf(record, kVersionBeforeFact);
  QS_ASSIGN_OR_RETURN(const std::vector<EventRecord> active,
                      EventsSince(tx, record, FactOf(record, kPluginFact), {"plugin.active"}));
  const ReloadLeft left = JudgeReload(active, before);
  if (!left.flipped) {
    SetFailed(record, left.words);
    return absl::OkStatus();
  }
  api::Operation result;
  result.mutable_reload()->set_version(left.version);
  result.mutable_reload()->set_previous_version(before);
  result.mutable_reload()->add_notes(left.words);
  SetSucceeded(record, result);
  return absl::OkStatus();
}

// Its event stands in the commit that it is. What changed nothing has none: it is to be asked for again.
absl::Status SettleInstallation(ReadTx& tx, OperationRecord& record) {
  const std::string id = FactOf(record, kBundleOfFact);
  QS_ASSIGN_OR_RETURN(const std::vector<EventRecord> events,
                      EventsSince(tx, record, id, {"plugin.installed", "plugin.signed"}));
  const auto said = [](const EventRecord& event, const char* name) {
    const auto found = event.attributes.find(name);
    return found == event.attributes.end() ? std::string() : found->second;
  };
  const std::string sha256 = FactOf(record, kBundleSha256Fact);
  for (const EventRecord& event : events) {
    // Not by the version: a host for development gives a build one of its own.
    if (said(event, "sha256") != sha256) continue;
    api::Operation result;
    api::Plugin& plugin = *result.mutable_installed_plugin()->mutable_plugin();
    plugin.set_name(PluginName(id));
    plugin.set_version(said(event, "version"));
    plugin.set_sha256(sha256);
    plugin.set_signer(said(event, "signer"));
    SetSucceeded(record, result);
    return absl::OkStatus();
  }
  SetFailed(record, "the host ended before the plugin was installed; ask again");
  return absl::OkStatus();
}

absl::Status WriteSettled(Tx& tx, const OperationRecord& record, const std::optional<BackupManifest>& backup) {
  QS_RETURN_IF_ERROR(tx.PutOperation(record));
  const bool good = record.state == OperationState::kSucceeded;
  std::map<std::string, std::string> attributes = {
      {"method", record.method}, {"subject", record.subject}, {"state", good ? "SUCCEEDED" : "FAILED"}};
  if (!good) attributes["reason"] = record.error_reason;
  AuditDetails details = {{"subject", record.subject}, {"settled", "at the start of the host"}};
  if (backup.has_value()) {
    details["path"] = FactOf(record, kBackupPathFact);
    details["sha256"] = backup->sha256;
    QS_RETURN_IF_ERROR(
        AddEvent(tx, record.ended_us, "host.backed_up", "host", {{"revision", absl::StrCat(backup->revision)}}));
  }
  QS_RETURN_IF_ERROR(AddEvent(tx, record.ended_us, "operation.ended", OperationName(record.id), attributes));
  return tx
      .AppendAudit({.time_us = record.ended_us,
                    .actor = "host",
                    .action = record.method,
                    .resource = OperationName(record.id),
                    .outcome = good ? "ok" : record.error_reason,
                    .details = std::move(details)})
      .status();
}

absl::Status Settle(Store& store, OperationRecord record, TimeUs now, Logger& logger) {
  std::optional<BackupManifest> backup;
  record.ended_us = now;
  if (record.facts.contains(kBackupPathFact)) {
    backup = SettleCopy(record, logger);
  } else if (record.facts.contains(kPluginFact)) {
    QS_RETURN_IF_ERROR(store.Read([&](ReadTx& tx) { return SettleReload(tx, record); }));
  } else if (record.facts.contains(kBundleOfFact)) {
    QS_RETURN_IF_ERROR(store.Read([&](ReadTx& tx) { return SettleInstallation(tx, record); }));
  } else {
    SetFailed(record, "the host ended before the answer came; ask again");
  }
  QS_RETURN_IF_ERROR(store.Write([&](Tx& tx) { return WriteSettled(tx, record, backup); }));
  logger.Info("an operation that the host's end cut off is settled",
              {Field("operation", OperationName(record.id)), Field("method", record.method),
               Field("outcome", record.state == OperationState::kSucceeded ? "SUCCEEDED" : record.error_reason)});
  return absl::OkStatus();
}

}  // namespace

ReloadLeft JudgeReload(const std::vector<EventRecord>& became_active, const std::string& version_before) {
  ReloadLeft left;
  if (became_active.empty()) {
    left.version = version_before;
    left.words = version_before.empty()
                     ? "the host ended before the flip, and no version works. Ask again"
                     : absl::StrCat("the host ended before the flip; ", version_before, " works on. Ask again");
    return left;
  }
  const auto version = became_active.back().attributes.find("version");
  if (version != became_active.back().attributes.end()) left.version = version->second;
  // A reload flips once. Whoever became active after that did so on the way back, or by another reload, which may begin
  // while this one waits for the former version's last step.
  left.flipped = became_active.size() == 1 || left.version != version_before;
  left.words = left.flipped ? absl::StrCat("the host ended behind the flip; ", left.version, " works since")
                            : absl::StrCat("the host ended after the flip was taken back; ", left.version, " works");
  return left;
}

absl::Status SettleOperations(Store& store, const Clock& clock, Logger& logger) {
  while (true) {
    std::vector<OperationRecord> open;
    QS_RETURN_IF_ERROR(store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(open, tx.ListOperations({.state = OperationState::kRunning, .limit = kOperationsAtOnce}));
      return absl::OkStatus();
    }));
    if (open.empty()) return absl::OkStatus();
    for (OperationRecord& record : open) QS_RETURN_IF_ERROR(Settle(store, std::move(record), clock.Now(), logger));
  }
}

}  // namespace quayside
