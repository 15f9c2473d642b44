// The library's bytes as the host reads them: sdk/lint/elf_file.h with the host's errors.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "sdk/lint/elf_file.h"

namespace quayside {

using lint::ElfFacts;
using lint::ElfMachineName;
using lint::ElfVersionNeed;

// INVALID_ARGUMENT BUNDLE_INVALID: not ELF, not 64-bit, another architecture, not a shared object, truncated or
// inconsistent.
[[nodiscard]] absl::StatusOr<ElfFacts> ReadElf(std::string_view bytes);

}  // namespace quayside
