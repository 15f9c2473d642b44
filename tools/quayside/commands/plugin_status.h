// plugin status: versions and generations of a plugin, and what happens to them.
#pragma once

#include "absl/time/time.h"
#include "quayside/v1/plugin_service.pb.h"
#include "tools/quayside/command_tree.h"
#include "tools/quayside/table.h"

namespace quayside::cli {

[[nodiscard]] Table VersionTable(const v1::Plugin& plugin, absl::Time now);
[[nodiscard]] Table GenerationTable(const v1::Plugin& plugin, absl::Time now);

void AddStatusCommand(Command group);

}  // namespace quayside::cli
