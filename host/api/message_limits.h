// How large a call may be, and how deep.
#pragma once

namespace quayside {

// A bulk change of 1000 levels is well below; whatever is larger is a mistake.
inline constexpr int kMaxReceiveBytes = 4 * 1024 * 1024;
inline constexpr int kMaxSendBytes = 16 * 1024 * 1024;
// Of all headers of a call together; ours take less than one.
inline constexpr int kMaxHeaderBytes = 8 * 1024;
// Messages inside one another in a request: protobuf's own limit, which gRPC's servers cannot be given another one for.
inline constexpr int kMaxMessageDepth = 100;

}  // namespace quayside
