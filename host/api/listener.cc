#include "host/api/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <vector>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

constexpr int kWaiting = 512;  // connections the kernel keeps until they are accepted
// Until descriptors may be free again, and whoever waits is looked at.
constexpr int kPauseMs = 50;
// Accepted before those who wait are looked at again.
constexpr int kAcceptedAtOnce = 64;
// Between two looks for a free place: each asks the system about every connection.
constexpr std::chrono::milliseconds kStaysFull{10};
constexpr int kForever = -1;

absl::Status Bad(const std::string& field, const std::string& problem) {
  return MakeFieldError(Reason::kInvalidConfiguration, {{field, problem}});
}

std::string SystemText(int error_number) { return std::generic_category().message(error_number); }

absl::Status Cannot(const std::string& field, const std::string& what, int error_number) {
  return Bad(field, Concat("cannot ", what, ": ", SystemText(error_number)));
}

constexpr char kSocketField[] = "socket";
constexpr char kListenField[] = "remote.listen";

struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};

Endpoint EndpointOf(const TcpAddress& address) {
  Endpoint endpoint;
  if (address.host.find(':') == std::string::npos) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&endpoint.address);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<uint16_t>(address.port));
    ::inet_pton(AF_INET, address.host.c_str(), &v4->sin_addr);
    endpoint.size = sizeof(sockaddr_in);
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&endpoint.address);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<uint16_t>(address.port));
    ::inet_pton(AF_INET6, address.host.c_str(), &v6->sin6_addr);
    endpoint.size = sizeof(sockaddr_in6);
  }
  return endpoint;
}

int PortOf(int fd) {
  Endpoint bound;
  bound.size = sizeof(bound.address);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound.address), &bound.size) != 0) return 0;
  // The port stands at the same place in both families.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&bound.address)->sin_port);
}

}  // namespace

absl::StatusOr<TcpAddress> ParseTcpAddress(const std::string& address) {
  const absl::Status bad =
      Bad(kListenField,
          Concat("must be a numeric address and a port, such as 127.0.0.1:8443 or [::]:8443, not '", address, "'"));
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return bad;
  TcpAddress parsed;
  parsed.host = address.substr(0, colon);
  const std::optional<int64_t> port = ParseWhole(std::string_view(address).substr(colon + 1));
  if (!port.has_value() || *port < 0 || *port > 65535) return bad;
  parsed.port = static_cast<int>(*port);
  in_addr v4{};
  in6_addr v6{};
  if (parsed.host.size() > 2 && parsed.host.front() == '[' && parsed.host.back() == ']') {
    parsed.host = parsed.host.substr(1, parsed.host.size() - 2);
    if (::inet_pton(AF_INET6, parsed.host.c_str(), &v6) != 1) return bad;
    parsed.is_loopback = std::memcmp(&v6, &in6addr_loopback, sizeof(v6)) == 0;
    return parsed;
  }
  if (::inet_pton(AF_INET, parsed.host.c_str(), &v4) != 1) return bad;
  parsed.is_loopback = v4.s_addr == htonl(INADDR_LOOPBACK);
  return parsed;
}

std::string CountedAddress(const sockaddr_storage& peer) {
  if (peer.ss_family == AF_INET) {
    const in_addr& address = reinterpret_cast<const sockaddr_in&>(peer).sin_addr;
    if (ntohl(address.s_addr) >> 24 == 127) return "";
    return {reinterpret_cast<const char*>(&address), sizeof(address)};
  }
  if (peer.ss_family != AF_INET6) return "";
  const in6_addr& address = reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
  const auto* bytes = reinterpret_cast<const char*>(&address);
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    if (address.s6_addr[12] == 127) return "";
    return {bytes + 12, 4};
  }
  return IN6_IS_ADDR_LOOPBACK(&address) ? "" : std::string(bytes, 8);
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::Make(FileDescriptor socket, std::string address,
                                                         const ListenerOptions& options) {
  FileDescriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.is_open()) return Cannot(kListenField, "make an eventfd", errno);
  return std::unique_ptr<Listener>(new Listener(std::move(socket), std::move(wake), std::move(address), options));
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::OnSocket(const std::string& path, const ListenerOptions& options) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return Bad(kSocketField, "is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return Cannot(kSocketField, "make a socket", errno);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(socket.get(), kWaiting) != 0) {
    return Cannot(kSocketField, Concat("listen on '", path, "'"), errno);
  }
  return Make(std::move(socket), path, options);
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::OnAddress(const std::string& address,
                                                              const ListenerOptions& options) {
  QS_ASSIGN_OR_RETURN(const TcpAddress parsed, ParseTcpAddress(address));
  const Endpoint endpoint = EndpointOf(parsed);
  FileDescriptor socket(::socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return Cannot(kListenField, "make a socket", errno);
  // Past connections of the port do not hold it; another listener does (SO_REUSEPORT would share it).
  const int on = 1;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) {
    return Cannot(kListenField, "set up the socket", errno);
  }
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&endpoint.address), endpoint.size) != 0 ||
      ::listen(socket.get(), kWaiting) != 0) {
    if (errno == EADDRINUSE) {
      return MakeError(absl::StatusCode::kUnavailable, Reason::kAddressInUse,
                       Concat("another program listens on '", address, "'"), {{"address", address}});
    }
    return Cannot(kListenField, Concat("listen on '", address, "'"), errno);
  }
  const std::string taken = Concat(address.substr(0, address.rfind(':')), ":", PortOf(socket.get()));
  return Make(std::move(socket), taken, options);
}

Listener::~Listener() {
  Stop();
  // A path that cannot be removed is found by the next host, which removes what nobody listens on.
  if (address_.front() == '/') static_cast<void>(::unlink(address_.c_str()));
}

void Listener::Start(HandOver hand_over) {
  hand_over_ = std::move(hand_over);
  thread_ = std::thread([this] { Work(); });
}

void Listener::Stop() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  // The counter of an eventfd takes it: it is never near its end.
  static_cast<void>(::write(wake_.get(), &one, sizeof(one)));
  thread_.join();
}

void Listener::Work() {
  bool has_room = true;
  std::vector<pollfd> waits;
  while (true) {
    waits = {{wake_.get(), POLLIN, 0}};
    // Without a descriptor the socket would be ready all the time, and nothing could be done.
    if (has_room) waits.push_back({socket_.get(), POLLIN, 0});
    room_.AppendSilent(waits);
    const int ready = ::poll(waits.data(), waits.size(), has_room && room_.empty() ? kForever : kPauseMs);
    if (ready > 0 && waits[0].revents != 0) return;
    if (ready < 0 && errno != EINTR) return;
    has_room = AcceptSome();
    room_.Serve(std::chrono::steady_clock::now(), [this](Newcomer& newcomer) { return Enter(newcomer); });
  }
}

bool Listener::AcceptSome() {
  for (int accepted = 0; accepted < kAcceptedAtOnce;) {
    sockaddr_storage peer{};
    socklen_t size = sizeof(peer);
    FileDescriptor fd(
        ::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.is_open()) {
      switch (errno) {
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
          if (room_.DropOne()) continue;
          return false;
        case EAGAIN:
          return true;
        default:
          // The connection went away before it was taken, or a signal came.
          continue;
      }
    }
    ++accepted;
    if (!MayEnter(fd.get())) continue;
    Welcome({std::move(fd), CountedAddress(peer), std::chrono::steady_clock::now()});
  }
  return true;
}

void Listener::Welcome(Newcomer newcomer) {
  const bool waits = options_.max_waiting > 0;
  if (!waits || LookAt(newcomer.fd.get()) == FirstWords::kEnough) {
    if (Enter(newcomer)) return;
  }
  // Without a room it is closed with its scope.
  if (waits) room_.Add(std::move(newcomer));
}

bool Listener::Enter(Newcomer& newcomer) {
  const int fd = newcomer.fd.get();
  const ListenerTime now = std::chrono::steady_clock::now();
  const bool waits = options_.max_waiting > 0;
  if (waits && now < full_until_) return false;
  bool has_place = open_.Add(fd, newcomer.address, now);
  if (!has_place && waits && open_.MakePlace(newcomer.address, now, options_.quiet)) {
    has_place = open_.Add(fd, newcomer.address, now);
  }
  if (!has_place) {
    full_until_ = now + kStaysFull;
    return false;
  }
  const int on = 1;
  // Only TCP knows it.
  static_cast<void>(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
  hand_over_(socket_.get(), newcomer.fd.Release());
  return true;
}

bool Listener::MayEnter(int fd) const {
  if (!options_.only_owner) return true;
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
}

}  // namespace quayside
