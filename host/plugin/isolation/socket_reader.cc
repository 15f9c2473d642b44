#include "host/plugin/isolation/socket_reader.h"

#include <sys/socket.h>

#include <cerrno>
#include <thread>

#include "host/base/pause.h"

namespace quayside {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Looks between two readings of the clock.
constexpr int kLooksAtOnce = 4;
// Glances between two looks.
constexpr int kGlances = 32;

ssize_t Receive(int socket, char* to, size_t room, int flags) {
  ssize_t n = 0;
  do {
    n = recv(socket, to, room, flags);
  } while (n < 0 && errno == EINTR);
  return n;
}

bool IsNothingYet(ssize_t n) { return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK); }

}  // namespace

SocketReader::SocketReader(const SentCount* sent) : sent_(sent), rule_(std::thread::hardware_concurrency()) {}

void SocketReader::Glance() {
  if (sent_ == nullptr) return;
  uint64_t now = sent_->load(std::memory_order_acquire);
  for (int i = 0; i < kGlances && now == seen_; ++i) {
    Pause();
    now = sent_->load(std::memory_order_acquire);
  }
  seen_ = now;
}

ssize_t SocketReader::Read(int socket, char* to, size_t room) {
  const SteadyClock::time_point begun = SteadyClock::now();
  ssize_t n = 0;
  if (rule_.looks()) {
    do {
      for (int i = 0; i < kLooksAtOnce; ++i) {
        Glance();
        n = Receive(socket, to, room, MSG_DONTWAIT);
        if (!IsNothingYet(n)) {
          rule_.Waited({});
          return n;
        }
      }
    } while (SteadyClock::now() - begun < LookRule::kLook);
  }
  n = Receive(socket, to, room, 0);
  rule_.Waited(SteadyClock::now() - begun);
  return n;
}

}  // namespace quayside
