// An import of rules: staged row by row, applied exactly as it was staged. Each function is one part of a
// transaction.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/listings/rule_rows.h"
#include "host/store/store.h"

namespace quayside {

// Stages rows of the file, in its order, and counts them in `import`, which the caller stores. Answers the RuleRowText
// of each that changes something.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> StageRuleRows(Tx& tx, RuleImportRecord& import,
                                                                     const RuleColumns& columns,
                                                                     std::span<const RuleCells> rows);

// Applies the next rows, at most `at_most` (each writes some rows: hundreds, not thousands), and stores how far it is:
// state kApplied when there are no more. A listing that is not as it was staged is left alone, and becomes a problem.
[[nodiscard]] absl::Status ApplyRuleRows(Tx& tx, TimeUs now, RuleImportRecord& import, int at_most);

}  // namespace quayside
