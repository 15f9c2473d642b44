// The command line of quayside-runner. The host writes it; people only read it in process lists.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace quayside::runner {

struct Options {
  int parent = 0;  // the host's process id: without it the runner ends
  int workers = 1;
  int64_t memory_mib = 1024;
  int64_t open_files = 64;
  bool wait_for_debugger = false;
  std::string label;
};

// Nothing, after saying why on standard error, when it is not understood.
[[nodiscard]] std::optional<Options> ParseOptions(int argc, char** argv);

}  // namespace quayside::runner
