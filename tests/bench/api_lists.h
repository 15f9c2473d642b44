// Lists, levels in bulk and streams of events of a running host beside the same calls to a bare server, in turns.
#pragma once

#include <string>

#include "tests/bench/echo_server.h"

namespace quayside {

// Prints the rows api_list_100 (ListChannels), api_levels_bulk (ImportLevels, 1,000 in a chunk) and api_watch_fan_out
// (100 watchers that each catch up on the last 500 events). The bare server stores nothing and reads nothing.
void MeasureApiLists(const std::string& host_socket, const std::string& echo_socket, const EchoReplies& replies);

}  // namespace quayside
