// What every command gets.
#pragma once

#include "tools/quayside/connection.h"
#include "tools/quayside/console.h"
#include "tools/quayside/output.h"

namespace quayside::cli {

struct Context {
  Console& console;
  Output& output;
  Connection& host;

  // The host's clock, which the API's times are of.
  [[nodiscard]] absl::Time now() const { return host.HostNow(); }
};

}  // namespace quayside::cli
