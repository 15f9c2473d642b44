#include "host/api/waiting_room.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <utility>

namespace quayside {
namespace {

// A record of TLS: its type, two bytes of version, two of its length.
constexpr size_t kHeaderBytes = 5;
constexpr unsigned char kHandshake = 22;
constexpr unsigned char kMajorVersion = 3;

}  // namespace

FirstWords LookAt(int fd) {
  std::array<unsigned char, kHeaderBytes> header{};
  const ssize_t seen = ::recv(fd, header.data(), header.size(), MSG_PEEK | MSG_DONTWAIT);
  if (seen < 0) return errno == EAGAIN || errno == EINTR ? FirstWords::kNone : FirstWords::kNotTls;
  if (seen == 0) return FirstWords::kNotTls;  // the client is gone
  if (header[0] != kHandshake || (seen > 1 && header[1] != kMajorVersion)) return FirstWords::kNotTls;
  if (static_cast<size_t>(seen) < kHeaderBytes) return FirstWords::kTooFew;
  const size_t length = kHeaderBytes + (size_t{header[3]} << 8 | header[4]);
  int there = 0;
  if (::ioctl(fd, FIONREAD, &there) != 0) return FirstWords::kNotTls;
  return static_cast<size_t>(there) >= length ? FirstWords::kEnough : FirstWords::kTooFew;
}

void WaitingRoom::Add(Newcomer newcomer) {
  if (waiting_.size() >= most_) DropOne();
  waiting_.push_back(std::move(newcomer));
}

bool WaitingRoom::DropOne() {
  if (waiting_.empty()) return false;
  std::map<std::string, size_t> counts;
  for (const Newcomer& newcomer : waiting_) ++counts[newcomer.address];
  const auto most = std::max_element(counts.begin(), counts.end(),
                                     [](const auto& left, const auto& right) { return left.second < right.second; });
  waiting_.erase(std::find_if(waiting_.begin(), waiting_.end(),
                              [&](const Newcomer& newcomer) { return newcomer.address == most->first; }));
  return true;
}

void WaitingRoom::Serve(ListenerTime now, absl::FunctionRef<bool(Newcomer&)> enter) {
  std::vector<Newcomer> still;
  for (Newcomer& newcomer : waiting_) {
    const FirstWords words = LookAt(newcomer.fd.get());
    if (words == FirstWords::kNotTls || (words == FirstWords::kEnough && enter(newcomer))) continue;
    newcomer.is_silent = words == FirstWords::kNone;
    if (now - newcomer.since < patience_) still.push_back(std::move(newcomer));
  }
  // What is left in it is closed with it.
  waiting_ = std::move(still);
}

void WaitingRoom::AppendSilent(std::vector<pollfd>& waits) const {
  for (const Newcomer& newcomer : waiting_) {
    if (newcomer.is_silent) waits.push_back({newcomer.fd.get(), POLLIN, 0});
  }
}

}  // namespace quayside
