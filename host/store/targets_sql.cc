// Quantity targets: the work list of the inventory lanes.
#include <algorithm>
#include <iterator>
#include <set>
#include <span>
#include <utility>

#include "host/base/errors.h"
#include "host/store/forced_note.h"
#include "host/store/sqlite_tx.h"
#include "host/store/text_list.h"

namespace quayside {
namespace {

#define QS_TARGET_COLUMNS                                                                                         \
  "account_id, sku, owner_channel_id, state, wanted, accepted, accepted_us, accepted_stale, changed_us, due_us, " \
  "failures, "                                                                                                    \
  "intent_id, note, version, shown, bulk_id, bulk_quantity, passed_bulk, zeroing, braked_batch, "                 \
  "let_go, latency, clear_latency, marked_us, lowered_us, lowered_later_us, may_show, chosen_channel_id"
#define QS_TARGET_SELECT "SELECT " QS_TARGET_COLUMNS " FROM targets"
#define QS_TARGET_TOLD " RETURNING " QS_TARGET_COLUMNS

// What a mark does to a target that exists, and the row it makes for an (account, SKU) that has none (?2 is when it
// changed, `marked` the time of the commit). What is not named is as the schema says.
#define QS_TARGET_INSERT                                                                                             \
  "INSERT INTO targets (account_id, sku, owner_channel_id, state, accepted_us, accepted_stale, changed_us, due_us, " \
  "failures, intent_id, note, version, bulk_id, passed_bulk, zeroing, braked_batch, urgency, marked_us) "
#define QS_TARGET_MARK                                                  \
  "ON CONFLICT (account_id, sku) DO UPDATE SET version = version + 1, " \
  "changed_us = max(changed_us, excluded.changed_us), due_us = 0, "     \
  "state = CASE state WHEN 4 THEN 4 ELSE 6 END, zeroing = 0, "          \
  "marked_us = CASE marked_us WHEN 0 THEN excluded.marked_us ELSE marked_us END"
#define QS_TARGET_NEW(marked) "account_id, sku, '', 6, 0, 0, ?2, 0, 0, 0, '', 1, 0, 0, 0, 0, 3, " marked

// Linked listings of channel ?1, after the SKU ?3. What is in flight keeps in mind (?4) that it was forced: its outcome
// would tell nothing of that.
#define QS_TARGET_FORCE \
  QS_TARGET_INSERT "SELECT " QS_TARGET_NEW( \
      "?2") " FROM listings INDEXED BY listings_linked WHERE channel_id = ?1 AND item_id <> 0 AND vanished = 0 AND sku > ?3 "
#define QS_TARGET_FORCED \
  QS_TARGET_MARK ", accepted_stale = 1, note = CASE state WHEN 4 THEN ?4 ELSE '' END" QS_TARGET_TOLD

static_assert(static_cast<int>(TargetState::kDirty) == 2 && static_cast<int>(TargetState::kHeld) == 3 &&
                  static_cast<int>(TargetState::kInFlight) == 4 && static_cast<int>(TargetState::kChanged) == 6 &&
                  static_cast<int>(TargetState::kInBulk) == 7 && static_cast<int>(TargetState::kUnread) == 8 &&
                  static_cast<int>(TargetState::kBraked) == 9,
              "the SQL texts and partial indexes hold these numbers");
static_assert(static_cast<int>(LetGo::kApproved) == 2, "the SQL texts hold this number");

// Up to this many due targets are found by their time and sorted; beyond, they are dense enough to be met by walking in
// order.
constexpr int64_t kSortLimit = 2000;

TargetRecord ReadTarget(SqlRow& row) {
  TargetRecord record;
  record.account_id = row.Text();
  record.sku = row.Text();
  record.owner_channel_id = row.Text();
  record.state = row.Enum<TargetState>();
  record.wanted = row.OptionalInt32();
  record.accepted = row.OptionalInt32();
  record.accepted_us = row.Int64();
  record.accepted_stale = row.Bool();
  record.changed_us = row.Int64();
  record.due_us = row.Int64();
  record.failures = row.Int32();
  record.intent_id = row.Int64();
  record.note = row.Text();
  record.version = row.Int64();
  record.shown = row.OptionalInt32();
  record.bulk_id = row.Int64();
  record.bulk_quantity = row.OptionalInt32();
  record.passed_bulk = row.Bool();
  record.zeroing = row.Bool();
  record.braked_batch = row.Int64();
  record.let_go = row.Enum<LetGo>();
  record.latency = row.OptionalInt32();
  record.clear_latency = row.Bool();
  record.marked_us = row.Int64();
  record.lowered_us = row.Int64();
  record.lowered_later_us = row.Int64();
  record.may_show = row.OptionalInt32();
  record.chosen_channel_id = row.Text();
  return record;
}

int UrgencyOf(const TargetRecord& record) {
  if (!record.wanted.has_value()) return 3;
  if (*record.wanted == 0) return 0;
  return *record.wanted <= kFewUnits ? 1 : 2;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SqliteTx::ChangeTargets(std::string_view sql,
                                                                 std::initializer_list<SqlValue> arguments,
                                                                 int64_t* changed) {
  std::set<std::string> accounts;
  int64_t rows = 0;
  QS_RETURN_IF_ERROR(db_.Each(sql, std::span<const SqlValue>(arguments.begin(), arguments.size()), [&](SqlRow& row) {
    TargetRecord target = ReadTarget(row);
    accounts.insert(target.account_id);
    ++rows;
    Tell(std::move(target));
  }));
  if (changed != nullptr) *changed = rows;
  return std::vector<std::string>(accounts.begin(), accounts.end());
}

absl::Status SqliteTx::ScanTargets(absl::FunctionRef<void(const TargetRecord&)> row) {
  return db_.Each(QS_TARGET_SELECT, {}, [&](SqlRow& stored) { row(ReadTarget(stored)); });
}

absl::StatusOr<std::optional<TargetRecord>> SqliteTx::FindTarget(std::string_view account_id, std::string_view sku) {
  return db_.Find<TargetRecord>(QS_TARGET_SELECT " WHERE account_id = ?1 AND sku = ?2", {account_id, sku}, ReadTarget);
}

absl::StatusOr<int64_t> SqliteTx::CountDueTargets(std::string_view account_id, TimeUs now, int64_t at_most) {
  return db_.Number(
      "SELECT count(*) FROM (SELECT 1 FROM targets INDEXED BY targets_dirty_by_due WHERE account_id = ?1 AND state = 2 "
      "AND due_us <= ?2 LIMIT ?3)",
      {account_id, now, at_most});
}

absl::StatusOr<int64_t> SqliteTx::CountChangedTargets(std::string_view account_id, int64_t at_most) {
  return db_.Number(
      "SELECT count(*) FROM (SELECT 1 FROM targets INDEXED BY targets_changed WHERE account_id = ?1 AND state = 6 "
      "LIMIT "
      "?2)",
      {account_id, at_most});
}

absl::StatusOr<int64_t> SqliteTx::CountHeldTargets(std::string_view account_id, int64_t at_most) {
  return db_.Number(
      "SELECT count(*) FROM (SELECT 1 FROM targets INDEXED BY targets_held_by_due WHERE account_id = ?1 AND state = 3 "
      "LIMIT ?2)",
      {account_id, at_most});
}

absl::StatusOr<std::vector<TargetRecord>> SqliteTx::ListDueTargets(std::string_view account_id, TimeUs now, int limit) {
  QS_ASSIGN_OR_RETURN(const int64_t due, CountDueTargets(account_id, now, kSortLimit + 1));
  if (due == 0) return std::vector<TargetRecord>();
  const std::string_view sql =
      due <= kSortLimit ? QS_TARGET_SELECT
          " INDEXED BY targets_dirty_by_due WHERE account_id = ?1 AND state = 2 AND due_us <= ?2 "
          "ORDER BY urgency, changed_us, due_us, sku LIMIT ?3"
                        : QS_TARGET_SELECT
          " INDEXED BY targets_dirty_by_urgency WHERE account_id = ?1 AND state = 2 AND due_us <= ?2 "
          "ORDER BY urgency, changed_us, due_us, sku LIMIT ?3";
  return db_.List<TargetRecord>(sql, {account_id, now, RowLimit(limit)}, ReadTarget);
}

absl::StatusOr<std::vector<std::string>> SqliteTx::ListDueSkus(std::string_view account_id, TimeUs now, int64_t skip,
                                                               int limit) {
  // Asked for when many are due: met by walking in order, the index has all that is needed.
  return db_.List<std::string>(
      "SELECT sku FROM targets INDEXED BY targets_dirty_by_urgency WHERE account_id = ?1 AND state = 2 AND due_us <= "
      "?2 "
      "ORDER BY urgency, changed_us, due_us, sku LIMIT ?3 OFFSET ?4",
      {account_id, now, RowLimit(limit), std::max<int64_t>(skip, 0)}, [](SqlRow& row) { return row.Text(); });
}

absl::StatusOr<std::vector<TargetRecord>> SqliteTx::ListUnreadTargets(std::string_view account_id, int limit) {
  return db_.List<TargetRecord>(
      QS_TARGET_SELECT
      " INDEXED BY targets_unread WHERE account_id = ?1 AND state = 8 ORDER BY changed_us, sku LIMIT ?2",
      {account_id, RowLimit(limit)}, ReadTarget);
}

absl::StatusOr<std::vector<TargetRecord>> SqliteTx::ListBraked(const BrakedQuery& query) {
  const std::optional<std::string> end = PrefixEnd(query.sku_prefix);
  SqlFilter filter(QS_TARGET_SELECT " INDEXED BY targets_braked");
  filter.Where("owner_channel_id = ?", {query.channel_id}).Where("state = 9");
  WhereSku(filter, query.sku_prefix, end, query.after_sku, SortOrder::kAscending);
  ThenSkus(filter, SortOrder::kAscending, query.limit);
  return db_.List<TargetRecord>(filter.sql(), filter.values(), ReadTarget);
}

absl::StatusOr<std::vector<TargetRecord>> SqliteTx::ListUndecidedTargets(std::string_view account_id, TimeUs now,
                                                                         int limit) {
  QS_ASSIGN_OR_RETURN(
      const std::vector<TargetRecord> changed,
      db_.List<TargetRecord>(
          QS_TARGET_SELECT
          " INDEXED BY targets_changed WHERE account_id = ?1 AND state = 6 ORDER BY changed_us, sku LIMIT ?2",
          {account_id, RowLimit(limit)}, ReadTarget));
  QS_ASSIGN_OR_RETURN(const int64_t due, db_.Number("SELECT count(*) FROM (SELECT 1 FROM targets INDEXED BY "
                                                    "targets_held_by_due WHERE account_id = ?1 AND state = 3 AND "
                                                    "due_us <= ?2 LIMIT ?3)",
                                                    {account_id, now, kSortLimit + 1}));
  if (due == 0) return changed;
  const std::string_view sql =
      due <= kSortLimit ? QS_TARGET_SELECT
          " INDEXED BY targets_held_by_due WHERE account_id = ?1 AND state = 3 AND due_us <= ?2 "
          "ORDER BY changed_us, due_us, sku LIMIT ?3"
                        : QS_TARGET_SELECT
          " INDEXED BY targets_held_by_change WHERE account_id = ?1 AND state = 3 AND due_us <= ?2 "
          "ORDER BY changed_us, due_us, sku LIMIT ?3";
  QS_ASSIGN_OR_RETURN(const std::vector<TargetRecord> held,
                      db_.List<TargetRecord>(sql, {account_id, now, RowLimit(limit)}, ReadTarget));
  std::vector<TargetRecord> merged;
  merged.reserve(changed.size() + held.size());
  std::merge(changed.begin(), changed.end(), held.begin(), held.end(), std::back_inserter(merged),
             [](const TargetRecord& a, const TargetRecord& b) { return a.changed_us < b.changed_us; });
  if (merged.size() > static_cast<size_t>(RowLimit(limit))) merged.resize(static_cast<size_t>(RowLimit(limit)));
  return merged;
}

absl::StatusOr<std::optional<TimeUs>> SqliteTx::NextTargetTime(std::string_view account_id) {
  QS_ASSIGN_OR_RETURN(const std::optional<std::optional<int64_t>> next,
                      db_.Find<std::optional<int64_t>>(
                          "SELECT min(due_us) FROM ("
                          "SELECT min(due_us) AS due_us FROM targets WHERE account_id = ?1 AND state = 2 UNION ALL "
                          "SELECT min(due_us) FROM targets WHERE account_id = ?1 AND state = 3 UNION ALL "
                          "SELECT 0 WHERE EXISTS (SELECT 1 FROM targets WHERE account_id = ?1 AND state = 6) OR "
                          "EXISTS (SELECT 1 FROM targets WHERE account_id = ?1 AND state = 8))",
                          {account_id}, [](SqlRow& row) { return row.OptionalInt64(); }));
  return next.value_or(std::nullopt);
}

absl::Status SqliteTx::PutTarget(const TargetRecord& record) {
  Tell(record);
  return db_.Exec("INSERT OR REPLACE INTO targets (" QS_TARGET_COLUMNS
                  ", urgency) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
                  "?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29)",
                  {record.account_id,
                   record.sku,
                   record.owner_channel_id,
                   record.state,
                   record.wanted,
                   record.accepted,
                   record.accepted_us,
                   record.accepted_stale,
                   record.changed_us,
                   record.due_us,
                   record.failures,
                   record.intent_id,
                   record.note,
                   record.version,
                   record.shown,
                   record.bulk_id,
                   record.bulk_quantity,
                   record.passed_bulk,
                   record.zeroing,
                   record.braked_batch,
                   record.let_go,
                   record.latency,
                   record.clear_latency,
                   record.marked_us,
                   record.lowered_us,
                   record.lowered_later_us,
                   record.may_show,
                   record.chosen_channel_id,
                   UrgencyOf(record)});
}

absl::StatusOr<std::vector<std::string>> SqliteTx::MarkTargetsOfItem(int64_t item_id, TimeUs changed_us, TimeUs now) {
  return ChangeTargets(QS_TARGET_INSERT "SELECT DISTINCT " QS_TARGET_NEW(
                           "?3") " FROM listings WHERE item_id = ?1 AND item_id <> 0 " QS_TARGET_MARK QS_TARGET_TOLD,
                       {item_id, changed_us, now});
}

absl::StatusOr<std::vector<std::string>> SqliteTx::MarkTargetsOfChannel(std::string_view channel_id,
                                                                        TimeUs changed_us) {
  Tell(InventoryRewritten());  // a whole catalogue
  QS_RETURN_IF_ERROR(db_.Exec(QS_TARGET_INSERT
                              "SELECT " QS_TARGET_NEW("?2") " FROM listings WHERE channel_id = ?1 " QS_TARGET_MARK,
                              {channel_id, changed_us}));
  return db_.List<std::string>("SELECT DISTINCT account_id FROM listings WHERE channel_id = ?1 ORDER BY account_id",
                               {channel_id}, [](SqlRow& row) { return row.Text(); });
}

absl::Status SqliteTx::MarkTarget(std::string_view account_id, std::string_view sku, TimeUs changed_us) {
  return ChangeTargets(
             QS_TARGET_INSERT
             "VALUES (?1, ?3, '', 6, 0, 0, ?2, 0, 0, 0, '', 1, 0, 0, 0, 0, 3, ?2) " QS_TARGET_MARK QS_TARGET_TOLD,
             {account_id, changed_us, sku})
      .status();
}

absl::StatusOr<int64_t> SqliteTx::MarkKnownTargets(std::string_view account_id, const std::vector<std::string>& skus,
                                                   TimeUs changed_us) {
  if (skus.empty()) return 0;
  const std::string list = TextListParameter(skus);
  int64_t marked = 0;
  QS_RETURN_IF_ERROR(
      ChangeTargets("UPDATE targets SET version = version + 1, changed_us = max(changed_us, ?3), due_us = 0, "
                    "state = CASE state WHEN 4 THEN 4 ELSE 6 END, zeroing = 0, "
                    "marked_us = CASE marked_us WHEN 0 THEN ?3 ELSE marked_us END "
                    "WHERE account_id = ?1 AND sku IN " QS_TEXTS_OF("?2") QS_TARGET_TOLD,
                    {account_id, list, changed_us}, &marked)
          .status());
  return marked;
}

absl::StatusOr<ForcedPiece> SqliteTx::ForceTargets(const ForceQuery& query, TimeUs changed_us) {
  ForcedPiece piece;
  QS_ASSIGN_OR_RETURN(
      const std::optional<std::string> end,
      db_.Find<std::string>("SELECT sku FROM listings INDEXED BY listings_linked WHERE channel_id = ?1 "
                            "AND item_id <> 0 AND sku > ?2 ORDER BY sku LIMIT 1 OFFSET ?3",
                            {query.channel_id, query.after_sku, std::max<int64_t>(RowLimit(query.looked_at) - 1, 0)},
                            [](SqlRow& row) { return row.Text(); }));
  piece.last = !end.has_value();
  if (!piece.last) piece.through_sku = *end;
  QS_RETURN_IF_ERROR(
      (piece.last
           ? ChangeTargets(QS_TARGET_FORCE QS_TARGET_FORCED,
                           {query.channel_id, changed_us, query.after_sku, kForcedInFlightNote}, &piece.marked)
           : ChangeTargets(QS_TARGET_FORCE "AND sku <= ?5 " QS_TARGET_FORCED,
                           {query.channel_id, changed_us, query.after_sku, kForcedInFlightNote, piece.through_sku},
                           &piece.marked))
          .status());
  return piece;
}

absl::StatusOr<int64_t> SqliteTx::ClearLatencies(std::string_view channel_id, TimeUs changed_us, int limit) {
  int64_t marked = 0;
  QS_RETURN_IF_ERROR(
      ChangeTargets(
          "UPDATE targets SET version = version + 1, changed_us = max(changed_us, ?2), due_us = 0, "
          "state = CASE state WHEN 4 THEN 4 ELSE 6 END, zeroing = 0, clear_latency = 1, "
          "marked_us = CASE marked_us WHEN 0 THEN ?2 ELSE marked_us END "
          "WHERE (account_id, sku) IN ("
          "SELECT account_id, sku FROM targets INDEXED BY targets_with_latency "
          "WHERE owner_channel_id = ?1 AND latency IS NOT NULL AND clear_latency = 0 LIMIT ?3)" QS_TARGET_TOLD,
          {channel_id, changed_us, RowLimit(limit)}, &marked)
          .status());
  return marked;
}

absl::StatusOr<int64_t> SqliteTx::CountKeptLatencies(std::string_view channel_id, int64_t at_most) {
  return db_.Number(
      "SELECT count(*) FROM (SELECT 1 FROM targets INDEXED BY targets_with_latency "
      "WHERE owner_channel_id = ?1 AND latency IS NOT NULL AND clear_latency = 0 LIMIT ?2)",
      {channel_id, at_most});
}

absl::StatusOr<int64_t> SqliteTx::HurryTargets(std::string_view account_id, TimeUs now) {
  int64_t hurried = 0;
  QS_RETURN_IF_ERROR(
      ChangeTargets("UPDATE targets SET due_us = ?2 WHERE (account_id, sku) IN ("
                    "SELECT account_id, sku FROM targets INDEXED BY targets_dirty_by_due "
                    "WHERE account_id = ?1 AND state = 2 AND due_us > ?2 AND failures > 0)" QS_TARGET_TOLD,
                    {account_id, now}, &hurried)
          .status());
  return hurried;
}

absl::Status SqliteTx::MarkTargetSold(std::string_view account_id, std::string_view sku) {
  return ChangeTargets("UPDATE targets SET accepted_stale = 1 WHERE account_id = ?1 AND sku = ?2" QS_TARGET_TOLD,
                       {account_id, sku})
      .status();
}

absl::StatusOr<int64_t> SqliteTx::BrakeDirtyTargets(std::string_view channel_id, int64_t batch, std::string_view note,
                                                    int limit) {
  int64_t stopped = 0;
  QS_RETURN_IF_ERROR(
      ChangeTargets("UPDATE targets SET state = 9, braked_batch = ?2, note = ?3 WHERE (account_id, sku) IN ("
                    "SELECT account_id, sku FROM targets INDEXED BY targets_dirty_by_owner "
                    "WHERE owner_channel_id = ?1 AND let_go < 2 AND state = 2 LIMIT ?4)" QS_TARGET_TOLD,
                    {channel_id, batch, note, RowLimit(limit)}, &stopped)
          .status());
  return stopped;
}

absl::StatusOr<int64_t> SqliteTx::ReleaseBraked(std::string_view channel_id, int64_t through_batch, int limit) {
  int64_t released = 0;
  QS_RETURN_IF_ERROR(
      ChangeTargets("UPDATE targets SET state = CASE WHEN braked_batch <= ?2 THEN 2 ELSE 6 END, zeroing = 0, "
                    "let_go = CASE WHEN braked_batch <= ?2 THEN 2 ELSE 0 END, braked_batch = 0, due_us = 0, note = '' "
                    "WHERE (account_id, sku) IN ("
                    "SELECT account_id, sku FROM targets INDEXED BY targets_braked "
                    "WHERE owner_channel_id = ?1 AND state = 9 ORDER BY sku LIMIT ?3)" QS_TARGET_TOLD,
                    {channel_id, through_batch, RowLimit(limit)}, &released)
          .status());
  return released;
}

absl::StatusOr<int64_t> SqliteTx::FreeBulkTargets(int64_t bulk_id, int64_t after_intent_id, int limit) {
  // Rows of the next intents; the last of them is where the next call begins.
  QS_ASSIGN_OR_RETURN(
      const std::optional<std::optional<int64_t>> last,
      db_.Find<std::optional<int64_t>>(
          "SELECT max(id) FROM (SELECT id FROM intents INDEXED BY intents_in_bulk WHERE bulk_id = ?1 "
          "AND state = 8 AND id > ?2 ORDER BY id LIMIT ?3)",
          {bulk_id, after_intent_id, RowLimit(limit)}, [](SqlRow& row) { return row.OptionalInt64(); }));
  const std::optional<int64_t> through = last.value_or(std::nullopt);
  if (!through.has_value()) return 0;
  QS_RETURN_IF_ERROR(
      ChangeTargets(
          "UPDATE targets SET state = 6, due_us = 0 WHERE (account_id, sku) IN ("
          "SELECT account_id, target FROM intents INDEXED BY intents_in_bulk "
          "WHERE bulk_id = ?1 AND state = 8 AND id > ?2 AND id <= ?3) AND bulk_id = ?1 AND state = 7" QS_TARGET_TOLD,
          {bulk_id, after_intent_id, *through})
          .status());
  return *through;
}

}  // namespace quayside
