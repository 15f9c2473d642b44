#include "host/listings/rule_import.h"

#include <optional>
#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

absl::Status AddProblem(Tx& tx, RuleImportRecord& import, int64_t line, std::string_view column, std::string problem) {
  ++import.problems;
  return tx.PutRuleProblem({import.id, line, std::string(column), std::move(problem)});
}

// What the row changes; nullopt: it is wrong, and the import's problems say why.
absl::StatusOr<std::optional<RuleRowRecord>> ReadRow(Tx& tx, RuleImportRecord& import, const RuleColumns& columns,
                                                     const RuleCells& cells) {
  const auto refuse = [&](std::string_view column,
                          std::string problem) -> absl::StatusOr<std::optional<RuleRowRecord>> {
    QS_RETURN_IF_ERROR(AddProblem(tx, import, cells.line, column, std::move(problem)));
    return std::nullopt;
  };
  if (!cells.unreadable.empty()) return refuse("", cells.unreadable);
  if (cells.sku.empty()) return refuse(kSkuColumn, "is empty");
  QS_ASSIGN_OR_RETURN(const std::optional<ListingRecord> listing, tx.FindListing(import.channel_id, cells.sku));
  if (!listing.has_value()) return refuse(kSkuColumn, "the channel has no such listing");
  QS_ASSIGN_OR_RETURN(const std::optional<int64_t> line, tx.FindRuleRowLine(import.id, cells.sku));
  // Which of the two is meant cannot be known; the first one stays, so that a row never has half a say.
  if (line.has_value()) return refuse(kSkuColumn, Concat("is on line ", *line, " already"));
  RuleRowRecord row{.import_id = import.id, .sku = cells.sku, .line = cells.line, .before = RulesOf(*listing)};
  std::vector<CellProblem> problems;
  row.after = ReadRules(columns, cells, row.before, problems);
  for (CellProblem& problem : problems)
    QS_RETURN_IF_ERROR(AddProblem(tx, import, cells.line, problem.column, std::move(problem.problem)));
  if (!problems.empty()) return std::nullopt;
  return row;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> StageRuleRows(Tx& tx, RuleImportRecord& import, const RuleColumns& columns,
                                                       std::span<const RuleCells> rows) {
  std::vector<std::string> changes;
  for (const RuleCells& cells : rows) {
    ++import.rows;
    QS_ASSIGN_OR_RETURN(const std::optional<RuleRowRecord> row, ReadRow(tx, import, columns, cells));
    if (!row.has_value()) continue;
    QS_RETURN_IF_ERROR(tx.PutRuleRow(*row));
    if (row->before == row->after) continue;
    ++import.changes;
    changes.push_back(RuleRowText(*row));
  }
  return changes;
}

absl::Status ApplyRuleRows(Tx& tx, TimeUs now, RuleImportRecord& import, int at_most) {
  QS_ASSIGN_OR_RETURN(
      const std::vector<RuleRowRecord> rows,
      tx.ListRuleChanges({.import_id = import.id, .after_sku = import.applied_through, .limit = at_most}));
  for (const RuleRowRecord& row : rows) {
    QS_ASSIGN_OR_RETURN(std::optional<ListingRecord> listing, tx.FindListing(import.channel_id, row.sku));
    if (!listing.has_value() || RulesOf(*listing) != row.before) {
      ++import.skipped;
      QS_RETURN_IF_ERROR(AddProblem(
          tx, import, row.line, "",
          listing.has_value() ? "somebody changed its rules since the preview; it was left" : "the listing is gone"));
      continue;
    }
    SetRules(row.after, *listing);
    QS_RETURN_IF_ERROR(tx.PutListing(*listing));
    QS_RETURN_IF_ERROR(tx.MarkTarget(listing->account_id, listing->sku, now));
    ++import.applied;
  }
  const bool last = static_cast<int>(rows.size()) < at_most;
  if (!rows.empty()) import.applied_through = rows.back().sku;
  import.state = last ? RuleImportState::kApplied : RuleImportState::kApplying;
  import.updated_us = now;
  return tx.PutRuleImport(import);
}

}  // namespace quayside
