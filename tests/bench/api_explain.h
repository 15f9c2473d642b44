// "Why 7?" asked of a running host, for one listing after the other.
#pragma once

#include <string>

namespace quayside {

// The host has a MakeBigCatalogue of all items. Prints the rows.
void MeasureExplain(const std::string& host_socket);

}  // namespace quayside
