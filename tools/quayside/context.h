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
};

}  // namespace quayside::cli
