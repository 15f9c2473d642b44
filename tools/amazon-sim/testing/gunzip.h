// The contents of a gzip file.
#pragma once

#include <string>
#include <string_view>

namespace amazon_sim {

// Throws std::runtime_error for what is no whole gzip file.
std::string Unzipped(std::string_view file);

}  // namespace amazon_sim
