// The cells of a row of listing rules, as a client sends them: one a line, the columns' own values behind them.
#include "host/base/text.h"
#include "host/listings/rule_rows.h"
#include "tests/fuzz/target.h"

namespace quayside::fuzz {
namespace {

RuleColumn RuleColumnOf(std::string_view text) {
  if (text == "-") return {};
  if (text.empty()) return {.present = true, .when_empty = std::nullopt};
  return {.present = true, .when_empty = std::string(text)};
}

}  // namespace
}  // namespace quayside::fuzz

QUAYSIDE_FUZZ_TARGET(rule_cells) {
  std::string_view rest = input;
  const auto next = [&rest] {
    const auto [line, behind] = SplitLine(rest);
    rest = behind;
    return std::string(line);
  };
  RuleCells cells{.line = 1, .sku = "A"};
  cells.max_listed_quantity = next();
  cells.end_when_quantity = next();
  cells.listed_percentage = next();
  RuleColumns columns;
  columns.max_listed_quantity = RuleColumnOf(next());
  columns.end_when_quantity = RuleColumnOf(next());
  columns.listed_percentage = RuleColumnOf(next());

  for (const std::string& cell : {cells.max_listed_quantity, cells.end_when_quantity}) {
    const auto quantity = ParseQuantity(cell);
    Require(!quantity.has_value() || *quantity >= 0, "a quantity is not below zero");
    if (quantity) Require(ParseQuantity(Concat(*quantity)) == quantity, "a quantity survives being written");
  }
  const auto percentage = ParsePercentE4(cells.listed_percentage);
  Require(!percentage.has_value() || (*percentage >= 0 && *percentage <= 1'000'000), "a percentage is 0 to 100");

  const ListingRules before{.max_listed_quantity = 5, .listed_percentage_e4 = 500'000, .end_when_quantity = 1};
  std::vector<CellProblem> problems;
  const ListingRules after = ReadRules(columns, cells, before, problems);
  Require(columns.max_listed_quantity.present || after.max_listed_quantity == before.max_listed_quantity,
          "without its column a rule stays");
  Require(columns.listed_percentage.present || after.listed_percentage_e4 == before.listed_percentage_e4,
          "without its column a rule stays");
  Require(after.max_listed_quantity.value_or(0) >= 0 && after.end_when_quantity.value_or(0) >= 0,
          "a rule is not below zero");
  for (const CellProblem& problem : problems) {
    Require(!problem.column.empty() && problem.problem.size() < 200, "a problem names its column, in a few words");
  }
}
