// A plugin's lanes read to their end in this process, from a cassette or from a marketplace: what `plugin record` and
// `plugin replay` have in common. The library runs here, with all that it may do: for one's own plugins.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "sdk/conformance/cassette.h"
#include "sdk/conformance/world.h"

namespace quayside::cli {

struct PlayedMethod {
  std::string title;           // "order_sync/1 pull"
  std::set<std::string> keys;  // of a lane: what was handed over in the end
  int replies = 0;
  std::string digest;   // SHA-256 of the replies, hexadecimal
  std::string problem;  // empty, or why it did not reach its end
  std::string request;  // of a write: what was sent, as JSON
};

struct PlayOptions {
  // Before anything is asked of a world; `reads`: the method only reads.
  std::function<void(conformance::World& world, bool reads)> prepare;
  // Methods that write are called, too, with the cassette's request or a sample.
  std::function<bool(const std::string& title)> writes;
};

// Each declared method that reads, `check`, and those that write as `options` say. Never throws.
[[nodiscard]] std::vector<PlayedMethod> Play(const conformance::Bundle& bundle, const conformance::Cassette& cassette,
                                             const PlayOptions& options);

}  // namespace quayside::cli
