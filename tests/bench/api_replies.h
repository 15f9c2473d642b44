// What a host is asked for in the measurements, and what it answers: the bare server gives the same.
#pragma once

#include <string>

#include "quayside/v1/inventory_service.pb.h"
#include "tests/bench/echo_server.h"

namespace quayside {

inline constexpr int kListedAtOnce = 100;
inline constexpr int kLevelsAtOnce = 1'000;
inline constexpr int kEventsToWatch = 500;

// Makes kLevelsAtOnce items and kEventsToWatch events, each in a commit of its own.
void PrepareHost(const std::string& host_socket);

// What the host answers about its first channel, its newest order, a page of channels, and who watches its last events.
[[nodiscard]] EchoReplies RepliesOf(const std::string& host_socket);

// Every item at this level.
[[nodiscard]] quayside::v1::ImportLevelsRequest LevelsOf(int level);

}  // namespace quayside
