#include "host/plugin/elf_lint.h"

#include <string>

#include "absl/strings/str_join.h"
#include "host/base/errors.h"

namespace quayside {

absl::Status RefuseFrom(LintWeight weight, const std::vector<LintFinding>& findings) {
  std::vector<std::string> lines;
  for (const LintFinding& finding : findings) {
    if (finding.weight >= weight) lines.push_back(LintLine(finding));
  }
  if (lines.empty()) return absl::OkStatus();
  return MakeError(absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid, absl::StrJoin(lines, "; "));
}

}  // namespace quayside
