// Completion scripts for the shells, made from the command line itself so that they cannot fall behind.
#pragma once

#include <string>

#include "tools/quayside/command_spec.h"

namespace quayside::cli {

// Scripts that complete subcommands, options, their known values, and files.
[[nodiscard]] std::string BashCompletion(const CommandSpec& root);
[[nodiscard]] std::string ZshCompletion(const CommandSpec& root);
[[nodiscard]] std::string FishCompletion(const CommandSpec& root);

}  // namespace quayside::cli
