// Our own listening sockets. gRPC's never accepts again once descriptors have run out (measured with 1.51), lets any
// number of connections in, and shares or steals an address that somebody else has. These give each connection to gRPC
// by its descriptor, and let nobody who only comes and says nothing keep others out.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "host/api/open_connections.h"
#include "host/api/waiting_room.h"
#include "host/base/file_descriptor.h"

namespace quayside {

struct ListenerOptions {
  size_t max_connections = 256;
  // Of them, of one address that is not of this machine; of an IPv6 address the network of 64 bits counts. 0 = as many.
  size_t max_per_address = 0;
  // Connections that may wait until their TLS hello is there before they take one of these places (waiting_room.h); 0 =
  // they take it at once.
  size_t max_waiting = 0;
  // How long they may wait.
  std::chrono::milliseconds patience{3'000};
  // When all places are taken, one that has said nothing for so long since its hello is given to who waits. Longer than
  // a client on the other side of the world takes to go on.
  std::chrono::milliseconds quiet{1'000};
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
        open_(options.max_connections, options.max_per_address),
        room_(options.max_waiting, options.patience) {}
  static absl::StatusOr<std::unique_ptr<Listener>> Make(FileDescriptor socket, std::string address,
                                                        const ListenerOptions& options);
  void Work();
  // Takes some of what waits. False: there is no descriptor left for it.
  bool AcceptSome();
  void Welcome(Newcomer newcomer);
  // Hands it over, if there is a place.
  bool Enter(Newcomer& newcomer);
  [[nodiscard]] bool MayEnter(int fd) const;

  const FileDescriptor socket_;
  const FileDescriptor wake_;
  const std::string address_;
  const ListenerOptions options_;
  OpenConnections open_;
  WaitingRoom room_;
  ListenerTime full_until_{};  // who waits for a place need not ask before
  HandOver hand_over_;
  std::thread thread_;
};

// What counts as one address: its bytes, of IPv6 the first eight. Empty: it is of this machine, or none of the
// internet.
[[nodiscard]] std::string CountedAddress(const sockaddr_storage& peer);

// A numeric address and a port: "127.0.0.1:8443", "[::1]:8443".
struct TcpAddress {
  std::string host;
  int port = 0;
  // 127.0.0.1 or ::1.
  bool is_loopback = false;
};
[[nodiscard]] absl::StatusOr<TcpAddress> ParseTcpAddress(const std::string& address);

}  // namespace quayside
