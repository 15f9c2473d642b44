// The descriptors a runner is started with, and no others; the exit codes of its own.
#pragma once

namespace quayside {

inline constexpr int kRunnerSocket = 3;   // the frames
inline constexpr int kRunnerLibrary = 4;  // the plugin's bytes, sealed
inline constexpr int kRunnerBell = 5;     // eventfd; rung when somebody should look at the socket
inline constexpr int kRunnerSent = 6;     // the page of sent_page.h, or not open; closed once it is mapped
inline constexpr int kRunnerFirstClosed = 7;

inline constexpr int kRunnerHostGone = 0;
inline constexpr int kRunnerBadFrame = 86;         // the host broke the protocol
inline constexpr int kRunnerLostDescriptors = 87;  // somebody in it closed them

}  // namespace quayside
