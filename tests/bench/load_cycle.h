// What it costs to take a bundle from the disk into the process and out again.
#pragma once

#include <string>

namespace quayside {

// Rows plugin_verify (read, signature, hashes, lint) and plugin_verify_load_unload (that, the private copy, loading,
// its checks, unloading, and the look whether it went), in ms. `scratch`: a folder that is there.
void MeasureLoadCycle(const std::string& bundle, const std::string& scratch);

}  // namespace quayside
