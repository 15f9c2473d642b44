// What a call meets on a bad day: a marketplace that asks to wait or cannot be reached, and a host that wants the call
// to end. The same for pages, for writes and for everything else.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sdk/conformance/world.h"

namespace quayside::conformance {

// Of elapsed time that a call neither computed nor waited for a processor.
constexpr int64_t kMostSleepUs = 400'000;

struct Trouble {
  std::string what;
  // Of the recorded reply; one with status 0 stands for a request that nobody recorded.
  sdk::Result<pb::HttpReply> (*change)(pb::HttpReply, int64_t now_us);
  bool may_be_fault;  // besides RETRY
  bool tells_time;    // when to come again: so does whoever passes it on
};

[[nodiscard]] const std::vector<Trouble>& Troubles();

// A call that is to end, and what the host answers it from then on.
struct Ending {
  const char* what;
  void (*begin)(World&);
  sdk::Error answer;
};

[[nodiscard]] const std::vector<Ending>& Endings();

// The network of a world, every exchange of which goes like this. Outlives the calls. [one thread]
class BadLine {
 public:
  BadLine(World& world, const Trouble& trouble);
  BadLine(World& world, const Ending& ending);
  BadLine(const BadLine&) = delete;
  BadLine& operator=(const BadLine&) = delete;

  // Files at places as well, where it is no HTTP status.
  void FilesToo();
  // The plugin has met it.
  [[nodiscard]] bool met() const { return met_; }

 private:
  World& world_;
  std::function<std::optional<sdk::Error>()> of_files_;  // empty: files are as they are
  bool met_ = false;
};

// Does the reply say that this is not the end: more is there, or a time at which to ask again?
[[nodiscard]] bool SaysToComeAgain(const google::protobuf::Message& reply);

}  // namespace quayside::conformance
