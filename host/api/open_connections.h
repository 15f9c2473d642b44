// The connections that were handed over to gRPC and are still open. They are gRPC's, which tells nobody when it closes
// one: an open socket is known by its inode.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace quayside {

using ListenerTime = std::chrono::steady_clock::time_point;

// Used by one thread.
class OpenConnections {
 public:
  // How many in all, and of one address; 0 = as many as in all.
  OpenConnections(size_t most, size_t most_per_address) : most_(most), most_per_address_(most_per_address) {}

  // `address` is empty when it does not count: another program of this machine. False: there are as many as may be. The
  // descriptor stays the caller's.
  [[nodiscard]] bool Add(int fd, const std::string& address, ListenerTime now);
  // Makes a place for a connection of the address that Add refused: shuts the oldest one that has said nothing since it
  // was handed over more than `quiet` ago, and so has not gone on with its handshake. False: there is none such.
  [[nodiscard]] bool MakePlace(const std::string& address, ListenerTime now, std::chrono::milliseconds quiet);

 private:
  struct Entry {
    int fd = -1;
    uint64_t inode = 0;
    std::string address;
    ListenerTime since;
    uint64_t received = 0;  // bytes that had come when it was handed over
  };

  void Sweep();
  [[nodiscard]] bool IsAtItsLimit(const std::string& address) const;

  const size_t most_;
  const size_t most_per_address_;
  std::vector<Entry> open_;  // oldest first
};

// Bytes that came over a TCP connection so far; nullopt: it is none.
[[nodiscard]] std::optional<uint64_t> BytesReceived(int fd);

}  // namespace quayside
