// What a call meets on a bad day: a marketplace that asks to wait or cannot be reached, and a host that wants the call
// to end. The same for pages, for writes and for everything else.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sdk/conformance/case.h"
#include "sdk/conformance/world.h"

namespace quayside::conformance {

// Of elapsed time that a call neither computed nor waited for a processor.
constexpr int64_t kMostSleepUs = 400'000;

struct Trouble {
  std::string what;
  // Of the recorded reply; one with status 0 stands for a request that nobody recorded.
  sdk::Result<pb::HttpReply> (*change)(pb::HttpReply, int64_t now_us);
  bool is_torn;     // a body that breaks off: what has none is not met by it
  bool tells_time;  // when to come again: so does whoever passes it on
};

[[nodiscard]] const std::vector<Trouble>& Troubles();

// A call that is to end, and what the host answers it from then on.
struct Ending {
  const char* what;
  void (*before)(World&);  // the call begins
  void (*within)(World&);  // it
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

  // Files at places and documents at presigned addresses as well, where it is no HTTP status.
  void FilesToo();
  // The plugin has met it.
  [[nodiscard]] bool met() const { return met_; }
  // An answer without a body to tear came through whole.
  [[nodiscard]] bool passed() const { return passed_; }

 private:
  World& world_;
  std::function<std::optional<sdk::Error>()> of_files_;  // empty: files are as they are
  bool met_ = false;
  bool passed_ = false;
};

// Nobody met the trouble although the method, when all is well, goes out: then nothing was judged.
void ExpectMet(Log& log, bool met, size_t exchanges);

// Does the reply say that this is not the end: more is there, or a time at which to ask again?
[[nodiscard]] bool SaysToComeAgain(const google::protobuf::Message& reply);

}  // namespace quayside::conformance
