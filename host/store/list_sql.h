// Conditions that lists share: spans of time, and pages by number. A list by number finds a span of time by the numbers
// that were given out in it, with a day to spare on both sides: clocks are set, and a row's time may be of the step
// that its number was given out in. The time of each row is looked at all the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "host/store/list_queries.h"
#include "host/store/sqlite_connection.h"

namespace quayside {

// Both exclusive; 0 = no bound.
struct NumberRange {
  int64_t above = 0;
  int64_t below = 0;
};

// Of a table whose ids an IdSource made.
[[nodiscard]] NumberRange IdsOf(const TimeSpan& span);
// Of a table whose numbers, `first` to `last`, have no gaps: by halves, with one look at a row each. `time_of` selects
// the time of the row ?1.
[[nodiscard]] absl::StatusOr<NumberRange> NumbersOf(SqliteConnection& db, std::string_view time_of, int64_t first,
                                                    int64_t last, const TimeSpan& span);

void WhereTime(SqlFilter& filter, std::string_view column, const TimeSpan& span);
void WhereSku(SqlFilter& filter, const std::string& prefix, const std::optional<std::string>& prefix_end,
              const std::string& after_sku, SortOrder order);

// The end of the statement: rows in `range` by `column`, beyond the last one seen (0 = none).
void ThenPage(SqlFilter& filter, std::string_view column, NumberRange range, SortOrder order, int64_t seen, int limit);
// The same by SKU.
void ThenSkus(SqlFilter& filter, SortOrder order, int limit);

}  // namespace quayside
