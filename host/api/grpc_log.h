// What gRPC has to say by itself, as lines of the host's log. Whoever reaches a listener can make it say something with
// every connection, so that of each minute the first lines are written and the others are counted.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>

#include "host/ops/log.h"

namespace quayside {

// gRPC has one place for all of a process: one of these at a time. Thread-safe; the logger outlives it.
class GrpcLog {
 public:
  using SteadyNow = std::function<std::chrono::steady_clock::time_point()>;
  static constexpr int kLinesPerMinute = 10;

  explicit GrpcLog(Logger& logger, SteadyNow now = std::chrono::steady_clock::now);
  // From here on gRPC writes to standard error again.
  ~GrpcLog();
  GrpcLog(const GrpcLog&) = delete;
  GrpcLog& operator=(const GrpcLog&) = delete;

  void Say(LogLevel level, std::string_view file, int64_t line, std::string_view text);

 private:
  Logger& logger_;
  const SteadyNow now_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point minute_began_{};
  int lines_ = 0;         // of this minute
  int64_t left_out_ = 0;  // since the last line that was written
};

}  // namespace quayside
