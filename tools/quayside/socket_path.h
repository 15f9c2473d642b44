// Which socket to speak to, and what stands in the way when nobody answers there.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace quayside::cli {

struct SocketChoice {
  std::string path;
  // Who said so, for error messages: "--socket", "$QUAYSIDE_SOCKET", "the default", "--address".
  std::string chosen_by;
  bool is_address = false;  // the path is no path, but HOST:PORT
};

// --socket, else $QUAYSIDE_SOCKET, else $XDG_RUNTIME_DIR/quayside/quayside.sock when that exists, else the system's.
[[nodiscard]] SocketChoice ChooseSocket(
    const std::string& flag, const std::function<std::optional<std::string>(const std::string& name)>& environment,
    const std::function<bool(const std::string& path)>& exists);

// What is at the path, as seen without connecting.
enum class SocketFinding { kMissing, kNotASocket, kNoPermission, kPathTooLong, kNobodyListens };

[[nodiscard]] SocketFinding InspectSocket(const std::string& path);

// What a person can do about it, without a final full stop.
[[nodiscard]] std::string SocketAdvice(SocketFinding finding, const SocketChoice& socket);

}  // namespace quayside::cli
