#include "tools/quayside/commands/test_findings.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"

namespace quayside::cli {

absl::Status ReportFindings(Context& context, const std::string& name, bool ok,
                            const google::protobuf::RepeatedPtrField<v1::TestFinding>& findings) {
  Table table({{"CHECK"}, {"RESULT"}, {"WHAT TO DO", Align::kLeft, Shrink::kFirst}});
  for (const auto& finding : findings) {
    table.AddRow(
        {finding.subject(), finding.ok() ? Cell("ok", Color::kGreen) : Cell("not ok", Color::kRed), finding.message()});
  }
  if (!table.empty()) context.output.Text(table.Render(context.output.style()));
  if (ok) {
    context.output.Line(absl::StrCat(name, " works"));
    return absl::OkStatus();
  }
  const auto failed =
      std::count_if(findings.begin(), findings.end(), [](const auto& finding) { return !finding.ok(); });
  std::string wrong = absl::StrCat(name, " does not work");
  if (failed > 0) absl::StrAppend(&wrong, ": ", failed, " of ", findings.size(), " checks failed");
  return WithAdvice(absl::FailedPreconditionError(wrong), "do what the failed checks say, then test again");
}

}  // namespace quayside::cli
