#include "host/plugin/isolation/output_lines.h"

#include <utility>

#include "host/base/text.h"

namespace quayside {

void OutputLines::Take(std::vector<std::string>& lines, TimeUs now) {
  std::string line = std::exchange(line_, {});
  cut_ = false;
  if (line.empty()) return;
  if (now - second_began_us_ >= kSecondUs) {
    if (dropped_ > 0) lines.push_back(Concat("(", std::exchange(dropped_, 0), " lines dropped)"));
    second_began_us_ = now;
    in_second_ = 0;
  }
  if (++in_second_ > kMaxLinesPerSecond) {
    ++dropped_;
    return;
  }
  lines.push_back(std::move(line));
}

std::vector<std::string> OutputLines::Add(std::string_view bytes, TimeUs now) {
  std::vector<std::string> lines;
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (!cut_) line_.append(piece.substr(0, kMaxLineBytes - line_.size()));
    cut_ = cut_ || line_.size() >= kMaxLineBytes;
    if (end == std::string_view::npos) break;
    bytes.remove_prefix(end + 1);
    Take(lines, now);
  }
  return lines;
}

std::vector<std::string> OutputLines::Rest() {
  std::vector<std::string> lines;
  if (dropped_ > 0) lines.push_back(Concat("(", std::exchange(dropped_, 0), " lines dropped)"));
  if (!line_.empty()) lines.push_back(std::exchange(line_, {}));
  return lines;
}

}  // namespace quayside
