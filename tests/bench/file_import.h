// A file's way in, from a folder to stored orders, beside the least it could cost on this machine.
#pragma once

#include <string>

#include "host/base/clock.h"

namespace quayside {

// Prints the row file_import: lines of a file of orders, one order each. Ours: pick-up, the host's copy, the plugin's
// decoding, crossing, commit with encryption, putting away. The limit: the same bytes split at commas and line ends,
// and plain inserts of the very rows ours has written, with the same commits. In turns, page by page.
void MeasureFileImport(const std::string& bundle, const std::string& scratch, const Clock& clock);

}  // namespace quayside
