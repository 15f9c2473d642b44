// Connections that were accepted and have said too little to be given a place: those whose first message of TLS is not
// there as a whole. They cost a descriptor and nothing else. Who means well says it at once and passes through; when
// the room is full, the one that waits longest has to go, of the address that has the most here. So that a newcomer
// always comes in, however many say nothing, and however often they come again.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "host/api/open_connections.h"
#include "host/base/file_descriptor.h"

namespace quayside {

struct Newcomer {
  FileDescriptor fd;
  std::string address;  // as in OpenConnections
  ListenerTime since;
  bool is_silent = true;  // not one byte has come
};

// Used by one thread.
class WaitingRoom {
 public:
  // `patience`: how long a connection may take for its first message.
  WaitingRoom(size_t most, std::chrono::milliseconds patience) : most_(most), patience_(patience) {}

  void Add(Newcomer newcomer);
  // Closes one; for when there is no descriptor left. False: the room is empty.
  bool DropOne();
  // Those whose first message is there are offered to `enter`, in the order they came; who is not taken waits on. Those
  // that are gone, speak something else or have taken too long are closed.
  void Serve(ListenerTime now, absl::FunctionRef<bool(Newcomer&)> enter);
  // What to wait for. Who has begun to speak is looked at now and then instead: a byte at a time would wake too often.
  void AppendSilent(std::vector<pollfd>& waits) const;
  [[nodiscard]] bool empty() const { return waiting_.empty(); }

 private:
  const size_t most_;
  const std::chrono::milliseconds patience_;
  std::vector<Newcomer> waiting_;  // oldest first
};

enum class FirstWords { kNone, kTooFew, kEnough, kNotTls };
// Looks without taking anything.
[[nodiscard]] FirstWords LookAt(int fd);

}  // namespace quayside
