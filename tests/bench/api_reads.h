// Unary reads of a running host beside the same calls to a bare server, in turns.
#pragma once

#include <string>

#include "tests/bench/echo_server.h"

namespace quayside {

// Prints the rows api_read_1, api_read_saturated (both: GetChannel) and api_read_order_1 (GetOrder).
void MeasureApiReads(const std::string& host_socket, const std::string& echo_socket, const EchoReplies& replies);

}  // namespace quayside
