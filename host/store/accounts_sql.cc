// Accounts, their secrets, and the plugins that work for them.
#include "absl/strings/str_cat.h"
#include "host/store/json_text.h"
#include "host/store/not_found.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

PluginRecord ReadPlugin(SqlRow& row) {
  PluginRecord record;
  record.id = row.Text();
  record.version = row.Text();
  record.folder = row.Text();
  record.sha256 = row.Text();
  record.manifest_json = row.Text();
  record.installed_us = row.Int64();
  record.unloaded = row.Bool();
  record.isolation = row.Text();
  return record;
}

AccountRecord ReadAccount(SqlRow& row) {
  AccountRecord record;
  record.id = row.Text();
  record.plugin_id = row.Text();
  record.display_name = row.Text();
  record.options = row.TextMap();
  record.revision = row.Int64();
  record.created_us = row.Int64();
  record.updated_us = row.Int64();
  return record;
}

}  // namespace

absl::StatusOr<std::vector<PluginRecord>> SqliteTx::ListPlugins() {
  return db_.List<PluginRecord>(
      "SELECT id, version, folder, sha256, manifest_json, installed_us, unloaded, isolation FROM plugins ORDER BY id",
      {}, ReadPlugin);
}

absl::StatusOr<PluginRecord> SqliteTx::GetPlugin(std::string_view id) {
  return FoundOr(db_.Find<PluginRecord>("SELECT id, version, folder, sha256, manifest_json, installed_us, unloaded, "
                                        "isolation FROM plugins WHERE id = ?1",
                                        {id}, ReadPlugin),
                 Reason::kPluginNotFound, "plugins", std::string(id));
}

absl::Status SqliteTx::PutPlugin(const PluginRecord& record) {
  return db_.Exec("INSERT OR REPLACE INTO plugins VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                  {record.id, record.version, record.folder, record.sha256, record.manifest_json, record.installed_us,
                   record.unloaded, record.isolation});
}

absl::StatusOr<AccountRecord> SqliteTx::GetAccount(std::string_view id) {
  return FoundOr(
      db_.Find<AccountRecord>(
          "SELECT id, plugin_id, display_name, options, revision, created_us, updated_us FROM accounts WHERE id = ?1",
          {id}, ReadAccount),
      Reason::kAccountNotFound, "accounts", std::string(id));
}

absl::StatusOr<std::vector<AccountRecord>> SqliteTx::ListAccounts(std::string_view after_id, int limit) {
  return db_.List<AccountRecord>(
      "SELECT id, plugin_id, display_name, options, revision, created_us, updated_us FROM accounts WHERE id > ?1 ORDER "
      "BY id "
      "LIMIT ?2",
      {after_id, RowLimit(limit)}, ReadAccount);
}

absl::StatusOr<std::vector<AccountRecord>> SqliteTx::ListAccountsOfPlugin(std::string_view plugin_id,
                                                                          std::string_view after_id, int limit) {
  return db_.List<AccountRecord>(
      "SELECT id, plugin_id, display_name, options, revision, created_us, updated_us FROM accounts "
      "WHERE plugin_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
      {plugin_id, after_id, RowLimit(limit)}, ReadAccount);
}

absl::StatusOr<std::map<std::string, std::string>> SqliteTx::GetSecrets(std::string_view account_id) {
  std::map<std::string, std::string> secrets;
  const SqlValue arguments[] = {account_id};
  QS_RETURN_IF_ERROR(db_.Each("SELECT name, encrypted FROM secrets WHERE account_id = ?1", arguments, [&](SqlRow& row) {
    std::string name = row.Text();
    secrets.emplace(std::move(name), row.Text());
  }));
  return secrets;
}

absl::Status SqliteTx::PutAccount(const AccountRecord& record) {
  const std::string options = TextMapToJson(record.options);
  return db_.Exec("INSERT OR REPLACE INTO accounts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                  {record.id, record.plugin_id, record.display_name, options, record.revision, record.created_us,
                   record.updated_us});
}

absl::Status SqliteTx::DeleteAccount(std::string_view id) {
  Tell(InventoryRewritten());
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM accounts WHERE id = ?1", {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM secrets WHERE account_id = ?1", {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM account_options WHERE account_id = ?1", {id}));
  QS_RETURN_IF_ERROR(
      db_.Exec("DELETE FROM lane_cursors WHERE lane_id IN (SELECT id FROM lanes WHERE account_id = ?1)", {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM lanes WHERE account_id = ?1", {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM targets WHERE account_id = ?1", {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM bulks WHERE account_id = ?1", {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM read_backs WHERE account_id = ?1", {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM oversell_hours WHERE account_id = ?1", {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM completeness WHERE account_id = ?1", {id}));
  return db_.Exec("DELETE FROM budgets WHERE account_id = ?1", {id});
}

absl::Status SqliteTx::PutSecret(std::string_view account_id, std::string_view name, std::string_view encrypted) {
  if (encrypted.empty()) return db_.Exec("DELETE FROM secrets WHERE account_id = ?1 AND name = ?2", {account_id, name});
  return db_.Exec("INSERT OR REPLACE INTO secrets VALUES (?1, ?2, ?3)", {account_id, name, SqlValue::Blob(encrypted)});
}

}  // namespace quayside
