// Many watchers of one server at once.
#pragma once

#include <cstdint>
#include <string>

namespace quayside {

inline constexpr int kWatchers = 100;

// kWatchers streams over four connections, each from after `after_revision` up to `last_revision`: events delivered in
// a second, all streams together. Throws when a stream ends early.
[[nodiscard]] double EventsPerSecond(const std::string& socket, int64_t after_revision, int64_t last_revision);

}  // namespace quayside
