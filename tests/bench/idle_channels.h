// A data folder with many channels that have nothing to do, and one order to look at.
#pragma once

#include <string>

namespace quayside {

void MakeIdleChannels(const std::string& data_dir, const std::string& master_key_file, int channels);

}  // namespace quayside
