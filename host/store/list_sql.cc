#include "host/store/list_sql.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"
#include "host/base/ids.h"

namespace quayside {
namespace {

constexpr DurationUs kToSpare = kDayUs;

std::string Condition(std::string_view column, std::string_view rest) { return std::string(column).append(rest); }

}  // namespace

NumberRange IdsOf(const TimeSpan& span) {
  NumberRange range;
  if (span.from_us != 0) range.above = std::max<int64_t>(FirstIdAt(span.from_us - kToSpare) - 1, 0);
  if (span.before_us != 0) range.below = FirstIdAt(span.before_us + kToSpare);
  return range;
}

absl::StatusOr<NumberRange> NumbersOf(SqliteConnection& db, std::string_view time_of, int64_t first, int64_t last,
                                      const TimeSpan& span) {
  // The first number of that time or later.
  const auto first_at = [&](TimeUs time) -> absl::StatusOr<int64_t> {
    int64_t low = first;
    int64_t high = last + 1;
    while (low < high) {
      const int64_t middle = low + (high - low) / 2;
      QS_ASSIGN_OR_RETURN(const int64_t middle_time, db.Number(time_of, {middle}));
      if (middle_time >= time) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  };
  NumberRange range;
  if (span.from_us != 0) {
    QS_ASSIGN_OR_RETURN(const int64_t from, first_at(span.from_us - kToSpare));
    range.above = from - 1;
  }
  if (span.before_us != 0) {
    QS_ASSIGN_OR_RETURN(range.below, first_at(span.before_us + kToSpare));
  }
  return range;
}

void WhereTime(SqlFilter& filter, std::string_view column, const TimeSpan& span) {
  if (span.from_us != 0) filter.Where(Condition(column, " >= ?"), {span.from_us});
  if (span.before_us != 0) filter.Where(Condition(column, " < ?"), {span.before_us});
}

void WhereSku(SqlFilter& filter, const std::string& prefix, const std::optional<std::string>& prefix_end,
              const std::string& after_sku, SortOrder order) {
  // One bound on each side, so that the index is entered at the tighter one.
  if (order == SortOrder::kAscending) {
    if (!after_sku.empty() && after_sku >= prefix) {
      filter.Where("sku > ?", {after_sku});
    } else if (!prefix.empty()) {
      filter.Where("sku >= ?", {prefix});
    }
    if (prefix_end.has_value()) filter.Where("sku < ?", {*prefix_end});
    return;
  }
  if (!prefix.empty()) filter.Where("sku >= ?", {prefix});
  if (!after_sku.empty()) {
    filter.Where("sku < ?", {after_sku});
  } else if (prefix_end.has_value()) {
    filter.Where("sku < ?", {*prefix_end});
  }
}

void ThenPage(SqlFilter& filter, std::string_view column, NumberRange range, SortOrder order, int64_t seen, int limit) {
  const bool ascending = order == SortOrder::kAscending;
  if (seen != 0 && ascending) range.above = std::max(range.above, seen);
  if (seen != 0 && !ascending) range.below = range.below == 0 ? seen : std::min(range.below, seen);
  if (range.above != 0) filter.Where(Condition(column, " > ?"), {range.above});
  if (range.below != 0) filter.Where(Condition(column, " < ?"), {range.below});
  filter.Then(absl::StrCat("ORDER BY ", std::string(column), ascending ? " LIMIT ?" : " DESC LIMIT ?"),
              {RowLimit(limit)});
}

void ThenSkus(SqlFilter& filter, SortOrder order, int limit) {
  filter.Then(order == SortOrder::kAscending ? "ORDER BY sku LIMIT ?" : "ORDER BY sku DESC LIMIT ?", {RowLimit(limit)});
}

}  // namespace quayside
