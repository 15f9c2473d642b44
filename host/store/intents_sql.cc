// Intents and dead letters.
#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "host/store/not_found.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

// More than one, so that what has gathered goes.
constexpr int kTrimmedAtOnce = 20;

// The attempt of the same target next to this one (`pick` of the ids that are `side` of its own) was of the same number
// by the same arithmetic, and ended the same way.
#define QS_SAME_BESIDE_IT(pick, side)                                                                          \
  "EXISTS (SELECT 1 FROM intents AS beside WHERE beside.id = (SELECT " pick                                    \
  "(id) FROM intents AS others INDEXED BY intents_by_target WHERE others.account_id = ?1 AND others.target = " \
  "?2 AND others.id " side                                                                                     \
  " intents.id) AND beside.state = intents.state AND beside.quantity = intents.quantity AND beside.reason = "  \
  "intents.reason AND beside.explanation = intents.explanation AND beside.settled_us <> 0)"

#define QS_INTENT_SELECT                                                                                      \
  "SELECT id, account_id, job, target, state, quantity, target_version, handle, reference, reason, message, " \
  "explanation, "                                                                                             \
  "created_us, settled_us, bulk_id, request FROM intents"

IntentRecord ReadIntent(SqlRow& row) {
  IntentRecord record;
  record.id = row.Int64();
  record.account_id = row.Text();
  record.job = row.Enum<Job>();
  record.target = row.Text();
  record.state = row.Enum<IntentState>();
  record.quantity = row.Int32();
  record.target_version = row.Int64();
  record.handle = row.Text();
  record.reference = row.Text();
  record.reason = row.Text();
  record.message = row.Text();
  record.explanation = row.Text();
  record.created_us = row.Int64();
  record.settled_us = row.Int64();
  record.bulk_id = row.Int64();
  record.request = row.Text();
  return record;
}

DeadLetterRecord ReadDeadLetter(SqlRow& row) {
  DeadLetterRecord record;
  record.id = row.Int64();
  record.lane_id = row.Text();
  record.key = row.Text();
  record.reason = row.Text();
  record.raw = row.Text();
  record.state = row.Enum<DeadLetterState>();
  record.created_us = row.Int64();
  record.last_seen_us = row.Int64();
  record.times_seen = row.Int32();
  record.form = row.Enum<DeadLetterForm>();
  record.edited = row.Bool();
  record.note = row.Text();
  return record;
}

#define QS_LETTER_SELECT                                                                                        \
  "SELECT id, lane_id, key, reason, raw, state, created_us, last_seen_us, times_seen, form, edited, note FROM " \
  "dead_letters"

}  // namespace

absl::StatusOr<std::vector<IntentRecord>> SqliteTx::ListIntents(std::string_view account_id,
                                                                const std::vector<IntentState>& states, int limit) {
  // One walk of the index per state, merged here: a condition over all states would sort every intent ever made.
  std::vector<IntentRecord> intents;
  for (const IntentState state : states) {
    QS_ASSIGN_OR_RETURN(
        std::vector<IntentRecord> of_state,
        db_.List<IntentRecord>(QS_INTENT_SELECT " WHERE account_id = ?1 AND state = ?2 ORDER BY id LIMIT ?3",
                               {account_id, state, RowLimit(limit)}, ReadIntent));
    std::move(of_state.begin(), of_state.end(), std::back_inserter(intents));
  }
  const auto same_id = [](const IntentRecord& a, const IntentRecord& b) { return a.id == b.id; };
  std::sort(intents.begin(), intents.end(), [](const IntentRecord& a, const IntentRecord& b) { return a.id < b.id; });
  intents.erase(std::unique(intents.begin(), intents.end(), same_id), intents.end());
  if (intents.size() > static_cast<size_t>(RowLimit(limit))) intents.resize(static_cast<size_t>(RowLimit(limit)));
  return intents;
}

absl::StatusOr<IntentRecord> SqliteTx::GetIntent(int64_t id) {
  return FoundOr(db_.Find<IntentRecord>(QS_INTENT_SELECT " WHERE id = ?1", {id}, ReadIntent), Reason::kInternal,
                 "intents", absl::StrCat(id));
}

static_assert(static_cast<int>(IntentState::kSent) == 1 && static_cast<int>(IntentState::kAccepted) == 2 &&
                  static_cast<int>(IntentState::kRetried) == 5 && static_cast<int>(IntentState::kSuperseded) == 7 &&
                  static_cast<int>(IntentState::kInBulk) == 8,
              "the SQL texts hold these numbers");

absl::StatusOr<std::vector<IntentRecord>> SqliteTx::ListIntentsOfTarget(std::string_view account_id,
                                                                        std::string_view target, int64_t before_id,
                                                                        int limit) {
  return db_.List<IntentRecord>(QS_INTENT_SELECT
                                " INDEXED BY intents_by_target WHERE account_id = ?1 AND target = ?2 AND id < ?3 "
                                "ORDER BY id DESC LIMIT ?4",
                                {account_id, target, before_id == 0 ? INT64_MAX : before_id, RowLimit(limit)},
                                ReadIntent);
}

absl::Status SqliteTx::TrimIntents(std::string_view account_id, std::string_view target, int keep, TimeUs before_us) {
  // As it leaves the newest, whatever came to nothing between two others that are the same: an outage of days must not
  // leave a row for every attempt, and its first and last say as much.
  QS_RETURN_IF_ERROR(db_.Exec(
      "DELETE FROM intents WHERE id IN (SELECT id FROM intents INDEXED BY intents_by_target WHERE account_id = "
      "?1 AND target = ?2 ORDER BY id DESC LIMIT ?4 OFFSET ?3) AND state IN (5, 6, 7) AND settled_us <> 0 "
      "AND " QS_SAME_BESIDE_IT("max", "<") " AND " QS_SAME_BESIDE_IT("min", ">"),
      {account_id, target, RowLimit(keep), kTrimmedAtOnce}));
  // The newest one that may have to go; without one the comparison with NULL deletes nothing. A SKU that is sent every
  // minute has very many: only the oldest are looked at.
  return db_.Exec(
      "DELETE FROM intents WHERE id IN (SELECT id FROM intents INDEXED BY intents_by_target WHERE account_id = ?1 AND "
      "target = ?2 AND id <= (SELECT id FROM intents INDEXED BY intents_by_target WHERE account_id = ?1 AND "
      "target = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3) ORDER BY id LIMIT ?5) AND created_us < ?4 AND settled_us <> 0 "
      "AND state NOT IN (1, 2, 8)",
      {account_id, target, RowLimit(keep), before_us, kTrimmedAtOnce});
}

absl::Status SqliteTx::PutIntent(const IntentRecord& record) {
  return db_.Exec(
      "INSERT OR REPLACE INTO intents VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
      {record.id, record.account_id, record.job, record.target, record.state, record.quantity, record.target_version,
       record.handle, record.reference, record.reason, record.message, record.explanation, record.created_us,
       record.settled_us, record.bulk_id, SqlValue::Blob(record.request)});
}

absl::Status SqliteTx::SettleIntent(const IntentOutcome& outcome) {
  return db_.Exec(
      "UPDATE intents SET state = ?2, handle = ?3, reference = ?4, reason = ?5, message = ?6, settled_us = ?7 WHERE id "
      "= ?1",
      {outcome.id, outcome.state, outcome.handle, outcome.reference, outcome.reason, outcome.message,
       outcome.settled_us});
}

absl::StatusOr<std::vector<DeadLetterRecord>> SqliteTx::ListDeadLetters(const DeadLetterQuery& query) {
  SqlFilter filter(QS_LETTER_SELECT);
  if (!query.lane_id.empty()) filter.Where("lane_id = ?", {query.lane_id});
  if (!query.key.empty()) filter.Where("key = ?", {query.key});
  if (query.state.has_value()) filter.Where("state = ?", {*query.state});
  // Not by an index of lanes, which has them in another order: letters of an account are looked for among those in the
  // state, or among all.
  const std::optional<std::string> prefix_end = PrefixEnd(query.lane_prefix);
  if (!query.lane_prefix.empty()) filter.Where("+lane_id >= ?", {query.lane_prefix});
  if (!query.lane_prefix.empty() && prefix_end.has_value()) filter.Where("+lane_id < ?", {*prefix_end});
  const std::string reason = absl::AsciiStrToLower(query.reason);
  if (!reason.empty()) filter.Where("instr(lower(reason), ?) > 0", {reason});
  WhereTime(filter, "created_us", query.made);
  ThenPage(filter, "id", IdsOf(query.made), query.order, query.before_id, query.limit);
  return db_.List<DeadLetterRecord>(filter.sql(), filter.values(), ReadDeadLetter);
}

absl::StatusOr<DeadLetterRecord> SqliteTx::GetDeadLetter(int64_t id) {
  return FoundOr(db_.Find<DeadLetterRecord>(QS_LETTER_SELECT " WHERE id = ?1", {id}, ReadDeadLetter),
                 Reason::kDeadLetterNotFound, "deadLetters", absl::StrCat(id));
}

absl::StatusOr<int64_t> SqliteTx::CountDeadLetters(std::string_view lane_id, DeadLetterState state) {
  if (lane_id.empty()) return db_.Number("SELECT count(*) FROM dead_letters WHERE state = ?1", {state});
  return db_.Number("SELECT count(*) FROM dead_letters WHERE lane_id = ?1 AND state = ?2", {lane_id, state});
}

absl::StatusOr<std::optional<DeadLetterRecord>> SqliteTx::FindOpenDeadLetter(std::string_view lane_id,
                                                                             std::string_view key) {
  return db_.Find<DeadLetterRecord>(QS_LETTER_SELECT " WHERE lane_id = ?1 AND key = ?2 AND state = 1", {lane_id, key},
                                    ReadDeadLetter);
}

absl::StatusOr<std::vector<DeadLetterRecord>> SqliteTx::ListLettersToErase(TimeUs seen_by, int limit) {
  return db_.List<DeadLetterRecord>(QS_LETTER_SELECT
                                    " INDEXED BY dead_letters_with_record WHERE raw <> x'' AND last_seen_us <= ?1 "
                                    "ORDER BY last_seen_us LIMIT ?2",
                                    {seen_by, RowLimit(limit)}, ReadDeadLetter);
}

absl::StatusOr<int64_t> SqliteTx::EraseLetters(std::string_view lane_id, std::string_view key) {
  QS_RETURN_IF_ERROR(
      db_.Exec("UPDATE dead_letters INDEXED BY dead_letters_by_key SET raw = x'', edited = 0 WHERE lane_id = ?1 AND "
               "key = ?2 AND raw <> x''",
               {lane_id, key}));
  return db_.changes();
}

absl::Status SqliteTx::PutDeadLetter(const DeadLetterRecord& record) {
  if (record.state == DeadLetterState::kOpen) {
    QS_RETURN_IF_ERROR(db_.Exec(
        "UPDATE dead_letters SET last_seen_us = ?4, times_seen = times_seen + 1, reason = ?5, raw = ?6, form = ?7, "
        "edited = ?8 WHERE lane_id = ?2 AND key = ?3 AND state = 1 AND id <> ?1",
        {record.id, record.lane_id, record.key, record.last_seen_us, record.reason, SqlValue::Blob(record.raw),
         record.form, record.edited}));
    if (db_.changes() > 0) return absl::OkStatus();
  }
  return db_.Exec(
      "INSERT INTO dead_letters VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) "
      "ON CONFLICT (id) DO UPDATE SET lane_id = ?2, key = ?3, reason = ?4, raw = ?5, state = ?6, created_us = ?7, "
      "last_seen_us = ?8, times_seen = ?9, form = ?10, edited = ?11, note = ?12",
      {record.id, record.lane_id, record.key, record.reason, SqlValue::Blob(record.raw), record.state,
       record.created_us, record.last_seen_us, record.times_seen, record.form, record.edited, record.note});
}

}  // namespace quayside
