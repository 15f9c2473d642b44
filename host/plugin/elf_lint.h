// What a plugin's library must not be or ask for, found in its bytes before anything of it is loaded.
//
// The lint catches mistakes, not malice: code in the host's process can do all of this without an import. What a
// stranger's code may do is decided by signatures and by the runner.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "host/plugin/elf_file.h"

namespace quayside {

enum class LintWeight {
  kNote,          // worth knowing, harmless
  kIsolates,      // the library runs in a runner, whatever its keys grant
  kNotInProcess,  // refused in the host's process, a warning in a runner
  kRefused,       // refused everywhere
};

struct LintFinding {
  std::string id;  // "STATIC_TLS"; docs/plugin-trust.md lists them
  LintWeight weight = LintWeight::kNote;
  std::string what;    // "needs static TLS, which ..."
  std::string remedy;  // "compile with -ftls-model=global-dynamic"; empty for notes
};

// What the library would meet where it is loaded.
struct LintHost {
  std::string protobuf_lite;  // soname of the runtime the host is linked to: "libprotobuf-lite.so.32"
  std::string glibc;          // "2.36"
};

// This host: as it was linked, and as it runs.
[[nodiscard]] LintHost ThisLintHost();

// Findings, the heaviest first.
[[nodiscard]] std::vector<LintFinding> LintElf(const ElfFacts& facts, const LintHost& host);

// "NOTE", "ISOLATES", "NOT_IN_PROCESS", "REFUSED"
[[nodiscard]] std::string_view LintWeightText(LintWeight weight);

// "STATIC_TLS: needs static TLS, ...: compile with ..."
[[nodiscard]] std::string LintLine(const LintFinding& finding);

// INVALID_ARGUMENT BUNDLE_INVALID with every finding of this weight or a heavier one.
[[nodiscard]] absl::Status RefuseFrom(LintWeight weight, const std::vector<LintFinding>& findings);

}  // namespace quayside
