// Reads what the loader must know of a shared library from its bytes alone, before anything of it is mapped: a
// truncated file kills a process inside dlopen, and constructors run before any other check could.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace quayside {

struct ElfFacts {
  std::vector<std::string> exported;  // defined dynamic symbols
  std::vector<std::string> needed;    // DT_NEEDED
  std::vector<std::string> unique;    // STB_GNU_UNIQUE: would keep the library mapped for ever
};

// INVALID_ARGUMENT BUNDLE_INVALID: not ELF, not 64-bit, another architecture, not a shared object, truncated or
// inconsistent.
[[nodiscard]] absl::StatusOr<ElfFacts> ReadElf(std::string_view bytes);

}  // namespace quayside
