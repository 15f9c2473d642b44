// What the command line has to do with the process around it: streams, terminal, environment, clock. main builds it
// from the real process, tests from strings.
#pragma once

#include <cstddef>
#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>

#include "absl/time/time.h"
#include "tools/quayside/interrupt.h"

namespace quayside::cli {

struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  Interrupt& interrupt;

  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  // Terminal columns of `out`, asked for at each use because windows are resized. Not called unless out_is_terminal.
  std::function<std::size_t()> out_columns;
  // nullopt when the variable is not set.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::function<absl::Time()> now;
  // Asks on the terminal without echo; nullopt when the person gave up (Ctrl-C, Ctrl-D). Not called unless
  // in_is_terminal.
  std::function<std::optional<std::string>(const std::string& prompt)> read_secret;
};

}  // namespace quayside::cli
