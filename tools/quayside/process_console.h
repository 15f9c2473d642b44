// The console of the real process.
#pragma once

#include "tools/quayside/console.h"

namespace quayside::cli {

[[nodiscard]] Console MakeProcessConsole(Interrupt& interrupt);

// Takes SIGINT and SIGTERM for the rest of the process: they trigger `interrupt`, or end the process (exit code 130)
// when nobody listens. Call before any thread is started; `interrupt` must live until the process ends. Writing to a
// closed pipe becomes an error instead of a signal.
void HandleSignals(Interrupt& interrupt);

}  // namespace quayside::cli
