// What a plugin's library must not be or ask for, found in its bytes before anything of it is loaded.
//
// The lint catches mistakes, not malice: code in the host's process can do all of this without an import. What a
// stranger's code may do is decided by signatures and by the runner.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sdk/lint/elf_file.h"

namespace quayside::lint {

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

// As this build was configured, and as this machine is.
[[nodiscard]] LintHost ThisLintHost();

// Findings, the heaviest first.
[[nodiscard]] std::vector<LintFinding> LintElf(const ElfFacts& facts, const LintHost& host);

// "NOTE", "ISOLATES", "NOT_IN_PROCESS", "REFUSED"
[[nodiscard]] std::string_view LintWeightText(LintWeight weight);

// "STATIC_TLS: needs static TLS, ...: compile with ..."
[[nodiscard]] std::string LintLine(const LintFinding& finding);

}  // namespace quayside::lint
