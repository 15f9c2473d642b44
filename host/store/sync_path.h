// Brings a file's content, or a folder's names, to the disk.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace quayside {

// Returns when what was written to the file before survives a power loss. Its name does so only after its folder was
// synced, too.
[[nodiscard]] absl::Status SyncFile(const std::string& path);
// Returns when the files made, renamed and deleted in the folder before stay so.
[[nodiscard]] absl::Status SyncFolder(const std::string& path);

}  // namespace quayside
