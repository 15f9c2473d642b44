// How the streams of events do, for who measures the host.
#pragma once

#include <atomic>
#include <cstdint>

namespace quayside {

struct WatchLoad {
  std::atomic<int64_t> watchers{0};
  // Events that the stream furthest behind has not been given.
  std::atomic<int64_t> lag{0};
};

}  // namespace quayside
