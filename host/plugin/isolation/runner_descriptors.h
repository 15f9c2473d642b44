// The descriptors a runner is started with, and no others.
#pragma once

namespace quayside {

inline constexpr int kRunnerSocket = 3;   // the frames
inline constexpr int kRunnerLibrary = 4;  // the plugin's bytes, sealed
inline constexpr int kRunnerBell = 5;     // eventfd; rung when somebody should look at the socket
inline constexpr int kRunnerFirstClosed = 6;

}  // namespace quayside
