#include "host/api/open_connections.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>

namespace quayside {
namespace {

// What a client says after its hello, with a certificate or without, is longer.
constexpr uint64_t kLeastAnswer = 64;

std::optional<uint64_t> Inode(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISSOCK(info.st_mode)) return std::nullopt;
  return info.st_ino;
}

}  // namespace

std::optional<uint64_t> BytesReceived(int fd) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  return info.tcpi_bytes_received;
}

bool OpenConnections::Add(int fd, const std::string& address, ListenerTime now) {
  const auto is_full = [&] { return open_.size() >= most_ || IsAtItsLimit(address); };
  if (is_full()) Sweep();
  const std::optional<uint64_t> inode = Inode(fd);
  if (is_full() || !inode.has_value()) return false;
  open_.push_back({fd, *inode, address, now, BytesReceived(fd).value_or(0)});
  return true;
}

bool OpenConnections::MakePlace(const std::string& address, ListenerTime now, std::chrono::milliseconds quiet) {
  const bool of_its_own = IsAtItsLimit(address);
  const auto found = std::find_if(open_.begin(), open_.end(), [&](const Entry& entry) {
    if (now - entry.since <= quiet || (of_its_own && entry.address != address)) return false;
    if (Inode(entry.fd) != entry.inode) return false;
    const std::optional<uint64_t> received = BytesReceived(entry.fd);
    return received.has_value() && *received < entry.received + kLeastAnswer;
  });
  if (found == open_.end()) return false;
  // gRPC sees the end of the connection and closes it.
  static_cast<void>(::shutdown(found->fd, SHUT_RDWR));
  open_.erase(found);
  return true;
}

void OpenConnections::Sweep() {
  open_.erase(
      std::remove_if(open_.begin(), open_.end(), [](const Entry& entry) { return Inode(entry.fd) != entry.inode; }),
      open_.end());
}

bool OpenConnections::IsAtItsLimit(const std::string& address) const {
  if (most_per_address_ == 0 || address.empty()) return false;
  const auto its =
      std::count_if(open_.begin(), open_.end(), [&](const Entry& each) { return each.address == address; });
  return static_cast<size_t>(its) >= most_per_address_;
}

}  // namespace quayside
