// Versions of plugins, the host's deaths inside them, and the options accounts had under them.
#include "host/store/json_text.h"
#include "host/store/not_found.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

#define QS_VERSION_SELECT                                                                                            \
  "SELECT plugin_id, version, folder, sha256, manifest_json, placed_us, last_active_us, standing, why, standing_us " \
  "FROM plugin_versions"

PluginVersionRecord ReadVersion(SqlRow& row) {
  PluginVersionRecord record;
  record.plugin_id = row.Text();
  record.version = row.Text();
  record.folder = row.Text();
  record.sha256 = row.Text();
  record.manifest_json = row.Text();
  record.placed_us = row.Int64();
  record.last_active_us = row.Int64();
  record.standing = row.Enum<VersionStanding>();
  record.why = row.Text();
  record.standing_us = row.Int64();
  return record;
}

}  // namespace

absl::StatusOr<std::vector<PluginVersionRecord>> SqliteTx::ListPluginVersions(std::string_view plugin_id) {
  return db_.List<PluginVersionRecord>(QS_VERSION_SELECT " WHERE plugin_id = ?1 ORDER BY version", {plugin_id},
                                       ReadVersion);
}

absl::StatusOr<std::optional<PluginVersionRecord>> SqliteTx::FindPluginVersion(std::string_view plugin_id,
                                                                               std::string_view version) {
  return db_.Find<PluginVersionRecord>(QS_VERSION_SELECT " WHERE plugin_id = ?1 AND version = ?2", {plugin_id, version},
                                       ReadVersion);
}

absl::Status SqliteTx::PutPluginVersion(const PluginVersionRecord& record) {
  return db_.Exec("INSERT OR REPLACE INTO plugin_versions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                  {record.plugin_id, record.version, record.folder, record.sha256, record.manifest_json,
                   record.placed_us, record.last_active_us, record.standing, record.why, record.standing_us});
}

absl::StatusOr<std::vector<StrikeRecord>> SqliteTx::ListStrikes(std::string_view plugin_id, std::string_view version) {
  return db_.List<StrikeRecord>(
      "SELECT plugin_id, version, time_us, lane_id, how FROM plugin_strikes WHERE plugin_id = ?1 AND version = ?2 "
      "ORDER BY id",
      {plugin_id, version}, [](SqlRow& row) {
        StrikeRecord record;
        record.plugin_id = row.Text();
        record.version = row.Text();
        record.time_us = row.Int64();
        record.lane_id = row.Text();
        record.how = row.Text();
        return record;
      });
}

absl::Status SqliteTx::AddStrike(const StrikeRecord& record) {
  return db_.Exec("INSERT INTO plugin_strikes (plugin_id, version, time_us, lane_id, how) VALUES (?1, ?2, ?3, ?4, ?5)",
                  {record.plugin_id, record.version, record.time_us, record.lane_id, record.how});
}

absl::Status SqliteTx::ClearStrikes(std::string_view plugin_id, std::string_view version) {
  return db_.Exec("DELETE FROM plugin_strikes WHERE plugin_id = ?1 AND version = ?2", {plugin_id, version});
}

absl::StatusOr<std::optional<std::map<std::string, std::string>>> SqliteTx::FindAccountOptions(
    std::string_view account_id, std::string_view version) {
  return db_.Find<std::map<std::string, std::string>>(
      "SELECT options FROM account_options WHERE account_id = ?1 AND version = ?2", {account_id, version},
      [](SqlRow& row) { return row.TextMap(); });
}

absl::Status SqliteTx::PutAccountOptions(std::string_view account_id, std::string_view version,
                                         const std::map<std::string, std::string>& options) {
  const std::string json = TextMapToJson(options);
  return db_.Exec("INSERT OR REPLACE INTO account_options VALUES (?1, ?2, ?3)", {account_id, version, json});
}

}  // namespace quayside
