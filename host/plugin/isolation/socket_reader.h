// Reads from a socket whose other end often answers within microseconds. To wake a thread on another core takes many
// times as long as such an answer, so a reader looks again and again for a moment before it sleeps: but only while its
// waits have been short, and only where another core can run the other end meanwhile. It looks at the other end's count
// of what it has sent (sent_page.h), and asks the system when that changed, or now and then.
//
// Like frames, this file needs nothing but the standard library.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>

#include "host/plugin/isolation/sent_page.h"

namespace quayside {

// Whether to look before sleeping. Not thread-safe.
class LookRule {
 public:
  // How long a reader looks at most.
  static constexpr std::chrono::microseconds kLook{50};
  // A wait up to this long counts as short; it has room for one awakening.
  static constexpr std::chrono::microseconds kShortWait{150};

  explicit LookRule(unsigned cores) : may_look_(cores > 1), looks_(may_look_) {}

  [[nodiscard]] bool looks() const { return looks_; }
  void Waited(std::chrono::nanoseconds time) { looks_ = may_look_ && time <= kShortWait; }

 private:
  bool may_look_;
  bool looks_;
};

// One thread at a time.
class SocketReader {
 public:
  // `sent`: what the other end counts, which outlives this; null: nothing.
  explicit SocketReader(const SentCount* sent = nullptr);

  // As recv(socket, to, room, 0), over signals.
  ssize_t Read(int socket, char* to, size_t room);

 private:
  // Until the other end has sent something, or a moment that is short beside a question to the system.
  void Glance();

  const SentCount* const sent_;
  uint64_t seen_ = 0;  // of `sent_`
  LookRule rule_;
};

}  // namespace quayside
