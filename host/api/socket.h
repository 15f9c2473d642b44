// The place of the API's Unix socket: a folder only its owner can enter, held by one host at a time.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace quayside {

// Holds the place until destroyed, also against a host that is just starting (a lock the kernel drops with the
// process).
class SocketPlace {
 public:
  ~SocketPlace();
  SocketPlace(const SocketPlace&) = delete;
  SocketPlace& operator=(const SocketPlace&) = delete;

  // Makes the folder (0700) when absent, refuses one that others can enter, removes the socket of a dead host.
  // UNAVAILABLE SOCKET_IN_USE, INVALID_ARGUMENT INVALID_CONFIGURATION.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<SocketPlace>> Take(const std::string& path);
  // 0600, once the socket is there.
  [[nodiscard]] absl::Status Protect() const;

 private:
  SocketPlace(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  const std::string path_;
  const int lock_;
};

}  // namespace quayside
