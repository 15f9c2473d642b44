// What a plugin writes to standard output and error, cut into lines for the host's log.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/base/time.h"

namespace quayside {

// Lines of bounded length, and no more of them a second than a log can bear. Not thread-safe.
class OutputLines {
 public:
  static constexpr size_t kMaxLineBytes = 1024;
  static constexpr int kMaxLinesPerSecond = 100;

  // The lines that are complete with these bytes. A line "(N lines dropped)" stands for those beyond the limit.
  [[nodiscard]] std::vector<std::string> Add(std::string_view bytes, TimeUs now);
  // What has no end of line yet.
  [[nodiscard]] std::vector<std::string> Rest();

 private:
  void Take(std::vector<std::string>& lines, TimeUs now);

  std::string line_;
  bool cut_ = false;
  TimeUs second_began_us_ = 0;
  int in_second_ = 0;
  int dropped_ = 0;
};

}  // namespace quayside
