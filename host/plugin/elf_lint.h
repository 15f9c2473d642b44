// What a plugin's library must not be or ask for: the rules are sdk/lint/elf_lint.h, which the conformance kit applies
// as well; here is what the host makes of the findings.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "host/plugin/elf_file.h"
#include "sdk/lint/elf_lint.h"

namespace quayside {

using lint::LintElf;
using lint::LintFinding;
using lint::LintHost;
using lint::LintLine;
using lint::LintWeight;
using lint::LintWeightText;
using lint::ThisLintHost;

// INVALID_ARGUMENT BUNDLE_INVALID with every finding of this weight or a heavier one.
[[nodiscard]] absl::Status RefuseFrom(LintWeight weight, const std::vector<LintFinding>& findings);

}  // namespace quayside
