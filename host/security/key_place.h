// Where the master key may stand: a copy of the data folder must be no copy of the data.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace quayside {

// CONFIG_FILE when the key file is, or would be, below the data folder; links are followed, and the file itself may be
// no link from there either (a rotation puts the new key in its place). Neither has to exist.
[[nodiscard]] absl::Status CheckKeyPlace(const std::string& master_key_file, const std::string& data_dir);

}  // namespace quayside
