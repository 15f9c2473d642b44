// The bytes of plugin.so before anything of it is mapped. The first line says where to cut the rest.
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/plugin/elf_file.h"
#include "host/plugin/elf_lint.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(elf) {
  const auto [cut, bytes] = SplitLine(input);
  const auto facts = ReadElf(bytes);
  if (!facts.ok()) {
    Require(HasReason(facts.status(), Reason::kBundleInvalid), "a refused library says BUNDLE_INVALID");
    return;
  }
  const auto findings = LintElf(*facts, ThisLintHost());
  for (const LintFinding& finding : findings) {
    Require(finding.weight == LintWeight::kNote || !finding.remedy.empty(), "every finding says what mends it");
  }
  Require(facts->exported.size() == 1 || !RefuseFrom(LintWeight::kRefused, findings).ok(),
          "a library that does not export one symbol is refused");
  const auto size = static_cast<uint64_t>(ParseWhole(cut).value_or(0)) % (bytes.size() + 1);
  const auto truncated = ReadElf(bytes.substr(0, size));
  Require(!truncated.ok() || (truncated->exported == facts->exported && truncated->needed == facts->needed &&
                              truncated->unique == facts->unique && truncated->imported == facts->imported),
          "a truncated library is refused, or nothing of what it says is missing");
}
