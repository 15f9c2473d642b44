// Channels and the history of their configuration.
#include "absl/strings/str_cat.h"
#include "host/store/json_text.h"
#include "host/store/not_found.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

// A channel knows its plugin by its account; one whose account is not there has none.
#define QS_CHANNEL_PLUGIN "coalesce((SELECT plugin_id FROM accounts WHERE accounts.id = account_id), '')"
#define QS_CHANNEL_COLUMNS                                                                                     \
  "SELECT id, account_id, marketplace, display_name, enabled, config, config_revision, revision, created_us, " \
  "updated_us, " QS_CHANNEL_PLUGIN " "

#define QS_CHANNEL_SELECT QS_CHANNEL_COLUMNS "FROM channels"

ChannelRecord ReadChannel(SqlRow& row) {
  ChannelRecord record;
  record.id = row.Text();
  record.account_id = row.Text();
  record.marketplace = row.Text();
  record.display_name = row.Text();
  record.enabled = row.Bool();
  record.config = row.Config();
  record.config_revision = row.Int64();
  record.revision = row.Int64();
  record.created_us = row.Int64();
  record.updated_us = row.Int64();
  record.plugin_id = row.Text();
  return record;
}

}  // namespace

absl::StatusOr<ChannelRecord> SqliteTx::GetChannel(std::string_view id) {
  return FoundOr(db_.Find<ChannelRecord>(QS_CHANNEL_SELECT " WHERE id = ?1", {id}, ReadChannel),
                 Reason::kChannelNotFound, "channels", std::string(id));
}

absl::StatusOr<std::optional<ChannelRecord>> SqliteTx::FindChannel(std::string_view account_id,
                                                                   std::string_view marketplace) {
  return db_.Find<ChannelRecord>(QS_CHANNEL_SELECT " WHERE account_id = ?1 AND marketplace = ?2",
                                 {account_id, marketplace}, ReadChannel);
}

absl::StatusOr<std::vector<ChannelRecord>> SqliteTx::ListChannels(const ChannelQuery& query) {
  SqlFilter filter(QS_CHANNEL_SELECT);
  if (!query.account_id.empty()) filter.Where("account_id = ?", {query.account_id});
  // There are few channels: they are looked at one by one.
  if (query.enabled.has_value()) filter.Where("enabled = ?", {*query.enabled});
  if (!query.marketplace.empty()) filter.Where("+marketplace = ?", {query.marketplace});
  filter.Where("id > ?", {query.after_id}).Then("ORDER BY id LIMIT ?", {RowLimit(query.limit)});
  return db_.List<ChannelRecord>(filter.sql(), filter.values(), ReadChannel);
}

absl::StatusOr<std::vector<ChannelRecord>> SqliteTx::ListChannelsOfPlugin(const PluginRowsQuery& query) {
  return db_.List<ChannelRecord>(QS_CHANNEL_COLUMNS QS_OF_PLUGIN("channels"),
                                 {query.plugin_id, query.after_account_id, query.after_id, RowLimit(query.limit)},
                                 ReadChannel);
}

absl::StatusOr<std::vector<ChannelRevisionRecord>> SqliteTx::ListChannelRevisions(std::string_view channel_id,
                                                                                  int64_t before_id, int limit) {
  SqlFilter filter("SELECT id, channel_id, config_revision, config, changed_by, changed_us FROM channel_history");
  filter.Where("channel_id = ?", {channel_id});
  if (before_id != 0) filter.Where("id < ?", {before_id});
  filter.Then("ORDER BY id DESC LIMIT ?", {RowLimit(limit)});
  return db_.List<ChannelRevisionRecord>(filter.sql(), filter.values(), [](SqlRow& row) {
    ChannelRevisionRecord record;
    record.id = row.Int64();
    record.channel_id = row.Text();
    record.config_revision = row.Int64();
    record.config = row.Config();
    record.changed_by = row.Text();
    record.changed_us = row.Int64();
    return record;
  });
}

absl::Status SqliteTx::PutChannel(const ChannelRecord& record, std::string_view changed_by) {
  QS_ASSIGN_OR_RETURN(const std::optional<ChannelRecord> of_marketplace,
                      FindChannel(record.account_id, record.marketplace));
  if (of_marketplace.has_value() && of_marketplace->id != record.id) {
    return MakeError(
        absl::StatusCode::kAlreadyExists, Reason::kChannelExists,
        absl::StrCat("marketplace ", record.marketplace, " of the account is channel '", of_marketplace->id, "'"),
        {{"channel", of_marketplace->id}});
  }
  QS_ASSIGN_OR_RETURN(const std::optional<int64_t> stored_revision,
                      db_.Find<int64_t>("SELECT config_revision FROM channels WHERE id = ?1", {record.id},
                                        [](SqlRow& row) { return row.Int64(); }));
  const std::string config = ChannelConfigToJson(record.config);
  QS_RETURN_IF_ERROR(db_.Exec("INSERT OR REPLACE INTO channels VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                              {record.id, record.account_id, record.marketplace, record.display_name, record.enabled,
                               config, record.config_revision, record.revision, record.created_us, record.updated_us}));
  ChannelRecord told = record;
  QS_ASSIGN_OR_RETURN(const std::optional<std::string> plugin_id,
                      db_.Find<std::string>("SELECT plugin_id FROM accounts WHERE id = ?1", {record.account_id},
                                            [](SqlRow& row) { return row.Text(); }));
  told.plugin_id = plugin_id.value_or("");
  Tell(std::move(told));
  if (stored_revision == record.config_revision) return absl::OkStatus();
  return db_.Exec(
      "INSERT INTO channel_history (channel_id, config_revision, config, changed_by, changed_us) VALUES (?1, ?2, ?3, "
      "?4, ?5)",
      {record.id, record.config_revision, config, changed_by, record.updated_us});
}

absl::Status SqliteTx::DeleteChannel(std::string_view id) {
  Tell(InventoryRewritten());
  QS_RETURN_IF_ERROR(
      db_.Exec("DELETE FROM oversell_hours WHERE account_id = (SELECT account_id FROM channels WHERE id = ?1) AND "
               "channel_id = ?1",
               {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM channels WHERE id = ?1", {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM listings WHERE channel_id = ?1", {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM listing_totals WHERE channel_id = ?1", {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM gates WHERE channel_id = ?1", {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM plans WHERE channel_id = ?1", {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM drifts WHERE channel_id = ?1", {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM drift_checks WHERE channel_id = ?1", {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM shipping_mappings WHERE channel_id = ?1", {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM shipping_tags WHERE channel_id = ?1", {id}));
  for (const char* table : {"rule_import_rows", "rule_import_problems"}) {
    QS_RETURN_IF_ERROR(db_.Exec(
        absl::StrCat("DELETE FROM ", table, " WHERE import_id IN (SELECT id FROM rule_imports WHERE channel_id = ?1)"),
        {id}));
  }
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM rule_imports WHERE channel_id = ?1", {id}));
  QS_RETURN_IF_ERROR(
      db_.Exec("DELETE FROM sync_plan_rows WHERE plan_id IN (SELECT id FROM sync_plans WHERE channel_id = ?1)", {id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM sync_plans WHERE channel_id = ?1", {id}));
  QS_RETURN_IF_ERROR(
      db_.Exec("DELETE FROM lane_cursors WHERE lane_id IN (SELECT id FROM lanes WHERE channel_id = ?1)", {id}));
  return db_.Exec("DELETE FROM lanes WHERE channel_id = ?1", {id});
}

}  // namespace quayside
