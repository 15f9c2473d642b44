// Oversell windows: the closed ones of each channel by the hour, and how many are open.
#include <map>
#include <utility>

#include "host/base/errors.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

#define QS_OVERSELL_SELECT "SELECT account_id, channel_id, begin_us, windows FROM oversell_hours"

OversellHourRecord ReadOversellHour(SqlRow& row) {
  OversellHourRecord record;
  record.account_id = row.Text();
  record.channel_id = row.Text();
  record.begin_us = row.Int64();
  record.windows = row.Text();
  return record;
}

}  // namespace

absl::StatusOr<std::vector<OversellHourRecord>> SqliteTx::ListOversellHours(std::string_view account_id,
                                                                            TimeUs since_us) {
  return db_.List<OversellHourRecord>(QS_OVERSELL_SELECT
                                      " WHERE account_id = ?1 AND begin_us >= ?2 ORDER BY channel_id, begin_us",
                                      {account_id, since_us}, ReadOversellHour);
}

absl::StatusOr<std::optional<OversellHourRecord>> SqliteTx::FindOversellHour(std::string_view account_id,
                                                                             std::string_view channel_id,
                                                                             TimeUs begin_us) {
  return db_.Find<OversellHourRecord>(QS_OVERSELL_SELECT " WHERE account_id = ?1 AND channel_id = ?2 AND begin_us = ?3",
                                      {account_id, channel_id, begin_us}, ReadOversellHour);
}

absl::StatusOr<std::vector<OpenOversell>> SqliteTx::CountOpenOversells(std::string_view account_id, int64_t at_most) {
  // Grouped here, so that the database walks its index in order and sorts nothing.
  std::map<std::string, OpenOversell> open;
  const SqlValue arguments[] = {account_id, at_most};
  const absl::Status read = db_.Each(
      "SELECT owner_channel_id, lowered_us FROM targets INDEXED BY targets_lowered "
      "WHERE account_id = ?1 AND lowered_us <> 0 ORDER BY lowered_us LIMIT ?2",
      arguments, [&](SqlRow& row) {
        std::string channel = row.Text();
        const TimeUs since = row.Int64();
        const auto [at, is_new] = open.try_emplace(channel);
        if (is_new) at->second = {.channel_id = std::move(channel), .oldest_us = since};
        ++at->second.count;
      });
  if (!read.ok()) return read;
  std::vector<OpenOversell> counted;
  for (auto& [channel, one] : open) counted.push_back(std::move(one));
  return counted;
}

absl::Status SqliteTx::PutOversellHour(const OversellHourRecord& record) {
  return db_.Exec("INSERT OR REPLACE INTO oversell_hours VALUES (?1, ?2, ?3, ?4)",
                  {record.account_id, record.channel_id, record.begin_us, record.windows});
}

absl::Status SqliteTx::TrimOversellHours(std::string_view account_id, std::string_view channel_id, TimeUs before_us) {
  return db_.Exec("DELETE FROM oversell_hours WHERE account_id = ?1 AND channel_id = ?2 AND begin_us < ?3",
                  {account_id, channel_id, before_us});
}

// Nothing of it is told: no decision follows from these times.
absl::Status SqliteTx::BeginOversellsAt(std::string_view account_id, std::string_view channel_id, TimeUs now) {
  QS_RETURN_IF_ERROR(
      db_.Exec("UPDATE targets INDEXED BY targets_lowered SET lowered_us = max(lowered_us, ?3), "
               "lowered_later_us = CASE lowered_later_us WHEN 0 THEN 0 ELSE max(lowered_later_us, ?3) END "
               "WHERE account_id = ?1 AND lowered_us <> 0 AND owner_channel_id = ?2",
               {account_id, channel_id, now}));
  return db_.Exec(
      "UPDATE targets INDEXED BY targets_changed SET marked_us = max(marked_us, ?3) "
      "WHERE account_id = ?1 AND state = 6 AND marked_us <> 0 AND owner_channel_id IN (?2, '')",
      {account_id, channel_id, now});
}

}  // namespace quayside
