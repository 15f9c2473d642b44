// A row of an import of rules: what its cells say, and what is wrong with them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/store/records.h"

namespace quayside {

inline constexpr std::string_view kSkuColumn = "SKU";
inline constexpr std::string_view kMaxColumn = "MaxListedQuantity";
inline constexpr std::string_view kEndColumn = "EndWhenStock";
inline constexpr std::string_view kPercentageColumn = "StockPercentage";

// A column of the file. Absent: that rule is left as it is.
struct RuleColumn {
  bool present = false;
  std::optional<std::string> when_empty;  // unset: an empty cell takes the listing's own rule away
};

struct RuleColumns {
  RuleColumn max_listed_quantity;
  RuleColumn end_when_quantity;
  RuleColumn listed_percentage;
};

struct RuleCells {
  int64_t line = 0;
  std::string sku;
  std::string max_listed_quantity;
  std::string end_when_quantity;
  std::string listed_percentage;
  std::string unreadable;  // not empty: the cells do not count
};

struct CellProblem {
  std::string column;
  std::string problem;

  bool operator==(const CellProblem&) const = default;
};

// 0 or more, no more than 32 bits hold.
[[nodiscard]] std::optional<int32_t> ParseQuantity(std::string_view text);
// "33.3" -> 333000: 0..100 with at most four decimals, exact. A "%" behind it is taken.
[[nodiscard]] std::optional<int32_t> ParsePercentE4(std::string_view text);

// What is wrong with the columns' own values.
[[nodiscard]] std::vector<CellProblem> CheckColumns(const RuleColumns& columns);

// The rules of a listing that has `before` by these cells. Problems are added; with any of them the row is not to be
// applied.
[[nodiscard]] ListingRules ReadRules(const RuleColumns& columns, const RuleCells& cells, const ListingRules& before,
                                     std::vector<CellProblem>& problems);

[[nodiscard]] ListingRules RulesOf(const ListingRecord& listing);
void SetRules(const ListingRules& rules, ListingRecord& listing);

// What of a row its import's hash stands for: the SKU and its rules, from what to what.
[[nodiscard]] std::string RuleRowText(const RuleRowRecord& row);

}  // namespace quayside
