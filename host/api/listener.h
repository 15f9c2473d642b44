// Our own listening sockets. gRPC's never accepts again once descriptors have run out (measured with 1.51), lets any
// number of connections in, and shares or steals an address that somebody else has. These give each connection to gRPC
// by its descriptor.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/file_descriptor.h"

namespace quayside {

// The connections that were handed over and are still open. They are gRPC's, which tells nobody when it closes one: an
// open socket is known by its inode. Used by one thread.
class OpenConnections {
 public:
  explicit OpenConnections(size_t most) : most_(most) {}
  // False: there are as many as may be. The descriptor stays the caller's.
  [[nodiscard]] bool Add(int fd);

 private:
  void Sweep();

  const size_t most_;
  std::vector<std::pair<int, uint64_t>> open_;  // descriptor, inode
};

struct ListenerOptions {
  size_t max_connections = 256;
  // Lets only this process's user (and root) in, by the credentials that the kernel tells. For Unix sockets.
  bool only_owner = false;
};

// Accepts on a thread of its own until destroyed.
class Listener {
 public:
  // Takes the descriptor of a connection. [the listener's thread]
  using HandOver = std::function<void(int listener_fd, int fd)>;

  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // The path is free (SocketPlace); the listener takes it away at its end. INVALID_ARGUMENT INVALID_CONFIGURATION.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<Listener>> OnSocket(const std::string& path,
                                                                          const ListenerOptions& options);
  // "127.0.0.1:8443". UNAVAILABLE ADDRESS_IN_USE, INVALID_ARGUMENT INVALID_CONFIGURATION.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<Listener>> OnAddress(const std::string& address,
                                                                           const ListenerOptions& options);
  // Connections wait until then.
  void Start(HandOver hand_over);
  // No further connection; those that were handed over live on. Idempotent.
  void Stop();
  // The path, or the address with the port that was taken.
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  Listener(FileDescriptor socket, FileDescriptor wake, std::string address, const ListenerOptions& options)
      : socket_(std::move(socket)),
        wake_(std::move(wake)),
        address_(std::move(address)),
        options_(options),
        open_(options.max_connections) {}
  static absl::StatusOr<std::unique_ptr<Listener>> Make(FileDescriptor socket, std::string address,
                                                        const ListenerOptions& options);
  void Work();
  // Takes what waits. False: there is no descriptor left for it.
  bool AcceptAll();
  [[nodiscard]] bool MayEnter(int fd) const;

  const FileDescriptor socket_;
  const FileDescriptor wake_;
  const std::string address_;
  const ListenerOptions options_;
  OpenConnections open_;
  HandOver hand_over_;
  std::thread thread_;
};

// A numeric address and a port: "127.0.0.1:8443", "[::1]:8443".
struct TcpAddress {
  std::string host;
  int port = 0;
  // 127.0.0.1 or ::1.
  bool is_loopback = false;
};
[[nodiscard]] absl::StatusOr<TcpAddress> ParseTcpAddress(const std::string& address);

}  // namespace quayside
