// Which host to speak to: the socket on this machine, or an address, with what proves who calls. Secrets come from
// files: a command line is seen by everybody on the machine, and kept by shells.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "tools/quayside/socket_path.h"

namespace quayside::cli {

// As typed; empty: not given.
struct TargetFlags {
  std::string socket;
  std::string address;
  std::string ca;
  std::string cert;
  std::string key;
  std::string token_file;
};

struct Target {
  SocketChoice place;   // the socket's path, or the address
  bool remote = false;  // an address
  bool encrypted = false;
  // Contents of the files, PEM; empty: not given. Without a ca the system's authorities count.
  std::string ca;
  std::string cert;
  std::string key;
  std::string token;
};

// Flags, else $QUAYSIDE_ADDRESS, _CA, _CERT, _KEY, _TOKEN_FILE. --socket beats $QUAYSIDE_ADDRESS. An address is spoken
// to with TLS, but 127.0.0.1, [::1] and localhost without --ca. A usage error: a file cannot be read, or is alone where
// two belong together; a token file that others can read.
[[nodiscard]] absl::StatusOr<Target> ChooseTarget(
    const TargetFlags& flags, const std::function<std::optional<std::string>(const std::string& name)>& environment,
    const std::function<bool(const std::string& path)>& exists);

}  // namespace quayside::cli
