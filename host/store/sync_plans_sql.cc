// Dry runs of a sync: one per channel, and its rows by SKU.
#include "host/base/errors.h"
#include "host/store/json_text.h"
#include "host/store/sqlite_tx.h"

namespace quayside {

absl::StatusOr<std::optional<SyncPlanRecord>> SqliteTx::FindSyncPlan(std::string_view channel_id) {
  std::string config;
  QS_ASSIGN_OR_RETURN(std::optional<SyncPlanRecord> found,
                      db_.Find<SyncPlanRecord>("SELECT channel_id, id, state, force, config, listings, rows, zeros, "
                                               "held, applied, stale, through_sku, hash, created_us, "
                                               "updated_us FROM sync_plans WHERE channel_id = ?1",
                                               {channel_id}, [&](SqlRow& row) {
                                                 SyncPlanRecord record;
                                                 record.channel_id = row.Text();
                                                 record.id = row.Int64();
                                                 record.state = row.Enum<SyncPlanState>();
                                                 record.force = row.Bool();
                                                 config = row.Text();
                                                 record.listings = row.Int64();
                                                 record.rows = row.Int64();
                                                 record.zeros = row.Int64();
                                                 record.held = row.Int64();
                                                 record.applied = row.Int64();
                                                 record.stale = row.Int64();
                                                 record.through_sku = row.Text();
                                                 record.hash = row.Text();
                                                 record.created_us = row.Int64();
                                                 record.updated_us = row.Int64();
                                                 return record;
                                               }));
  if (!config.empty()) {
    QS_ASSIGN_OR_RETURN(found->config, ChannelConfigFromJson(config));
  }
  return found;
}

absl::StatusOr<std::vector<SyncPlanRowRecord>> SqliteTx::ListSyncPlanRows(const SyncPlanRowQuery& query) {
  const std::optional<std::string> end = PrefixEnd(query.sku_prefix);
  SqlFilter filter("SELECT plan_id, sku, shown, quantity, latency, clears_latency, held FROM sync_plan_rows");
  filter.Where("plan_id = ?", {query.plan_id});
  WhereSku(filter, query.sku_prefix, end, query.after_sku, SortOrder::kAscending);
  ThenSkus(filter, SortOrder::kAscending, query.limit);
  return db_.List<SyncPlanRowRecord>(filter.sql(), filter.values(), [](SqlRow& row) {
    SyncPlanRowRecord record;
    record.plan_id = row.Int64();
    record.sku = row.Text();
    record.shown = row.OptionalInt32();
    record.quantity = row.Int32();
    record.latency = row.OptionalInt32();
    record.clears_latency = row.Bool();
    record.held = row.Bool();
    return record;
  });
}

absl::StatusOr<std::vector<int64_t>> SqliteTx::ListDiscardedSyncPlans(int limit) {
  return db_.List<int64_t>(
      "SELECT id FROM sync_plans WHERE state = ?1 AND EXISTS (SELECT 1 FROM sync_plan_rows WHERE plan_id = id) LIMIT "
      "?2",
      {SyncPlanState::kDiscarded, RowLimit(limit)}, [](SqlRow& row) { return row.Int64(); });
}

absl::Status SqliteTx::PutSyncPlan(const SyncPlanRecord& record) {
  return db_.Exec(
      "INSERT OR REPLACE INTO sync_plans VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
      {record.channel_id, record.id, record.state, record.force,
       record.config.has_value() ? ChannelConfigToJson(*record.config) : std::string(), record.listings, record.rows,
       record.zeros, record.held, record.applied, record.stale, record.through_sku, record.hash, record.created_us,
       record.updated_us});
}

absl::Status SqliteTx::PutSyncPlanRow(const SyncPlanRowRecord& record) {
  return db_.Exec(
      "INSERT OR REPLACE INTO sync_plan_rows VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      {record.plan_id, record.sku, record.shown, record.quantity, record.latency, record.clears_latency, record.held});
}

absl::StatusOr<int64_t> SqliteTx::DeleteSyncPlanRows(int64_t plan_id, int limit) {
  QS_RETURN_IF_ERROR(
      db_.Exec("DELETE FROM sync_plan_rows WHERE plan_id = ?1 AND sku IN (SELECT sku FROM sync_plan_rows "
               "WHERE plan_id = ?1 LIMIT ?2)",
               {plan_id, RowLimit(limit)}));
  return db_.changes();
}

}  // namespace quayside
