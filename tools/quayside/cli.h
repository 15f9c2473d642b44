// The command line as a function: arguments in, text out, exit code back.
#pragma once

#include <string>
#include <vector>

#include "tools/quayside/console.h"

namespace quayside::cli {

// `arguments` without the program's name. The exit codes are those of errors.h.
[[nodiscard]] int RunCli(const std::vector<std::string>& arguments, Console& console);

}  // namespace quayside::cli
