// plugin reload, rollback, unload, release: another version of a plugin while everything runs.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tools/quayside/command_tree.h"
#include "tools/quayside/context.h"

namespace quayside::cli {

struct ReloadOptions {
  std::string id;
  std::string version;  // empty: the one installed last
  std::vector<std::string> lanes;
  int lane_count = 0;
  int good_steps = 0;
  double patience_seconds = 0;
  double window_seconds = -1;
  std::string isolation;  // "in_process", "isolated", "as-signed"; empty as the last
  bool no_canary = false;
  bool allow_downgrade = false;
  bool dry_run = false;
  bool no_wait = false;
};

// Prints each transition as it happens and then what it cost; with --json each message on a line.
[[nodiscard]] absl::Status ReloadPlugin(Context& context, const ReloadOptions& options);

void AddReloadCommands(Command group);

}  // namespace quayside::cli
