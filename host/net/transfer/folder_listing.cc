#include "host/net/transfer/folder_listing.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "host/base/text.h"

namespace quayside {
namespace {

std::string_view WithoutLineEnd(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// The next word of `rest`, which then begins behind it.
std::string_view TakeWord(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const std::string_view word = rest.substr(0, std::min(rest.find(' '), rest.size()));
  rest.remove_prefix(word.size());
  return word;
}

// "YYYYMMDDHHMMSS[.sss]" in UTC; 0 for anything else, and for times before 1970, which are a clock that was never set.
TimeUs ParseModify(std::string_view text) {
  constexpr size_t kDigits = 14;
  const auto part = [&](size_t at, size_t count) {
    return static_cast<int>(ParseWhole(text.substr(at, count)).value_or(-1));
  };
  if (text.size() < kDigits || !std::all_of(text.begin(), text.begin() + kDigits, absl::ascii_isdigit)) return 0;
  const std::chrono::year_month_day day{std::chrono::year(part(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(part(4, 2))),
                                        std::chrono::day(static_cast<unsigned>(part(6, 2)))};
  if (!day.ok() || part(0, 4) < 1970 || part(8, 2) > 23 || part(10, 2) > 59 || part(12, 2) > 60) return 0;
  const int64_t seconds = std::chrono::sys_days(day).time_since_epoch().count() * 86'400LL + part(8, 2) * 3600LL +
                          part(10, 2) * 60LL + part(12, 2);
  return seconds * kSecondUs;
}

}  // namespace

bool IsLongLine(std::string_view line) {
  line = WithoutLineEnd(line);
  constexpr std::string_view kKinds = "-dlbcps";
  return line.empty() || line.starts_with("total ") || kKinds.find(line.front()) != std::string_view::npos;
}

std::optional<FileFacts> ParseLongLine(std::string_view line) {
  std::string_view rest = WithoutLineEnd(line);
  if (!rest.starts_with('-')) return std::nullopt;
  constexpr int kWordsBeforeSize = 4;  // rights, links, user, group
  for (int i = 0; i < kWordsBeforeSize; ++i) TakeWord(rest);
  const std::optional<int64_t> size = ParseWhole(TakeWord(rest));
  constexpr int kWordsOfTime = 3;  // month, day, time or year
  for (int i = 0; i < kWordsOfTime; ++i) TakeWord(rest);
  if (!size || *size < 0 || rest.empty()) return std::nullopt;
  rest.remove_prefix(1);  // one space; more of them begin the name
  if (!IsFileName(rest)) return std::nullopt;
  return FileFacts{std::string(rest), *size, 0};
}

std::optional<FileFacts> ParseMlsdLine(std::string_view line) {
  std::string_view rest = WithoutLineEnd(line);
  FileFacts facts;
  bool is_file = false;
  bool has_size = false;
  const size_t end = rest.find("; ");
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view list = rest.substr(0, end);
  const std::string_view name = rest.substr(end + 2);
  while (!list.empty()) {
    const std::string_view fact = list.substr(0, std::min(list.find(';'), list.size()));
    list.remove_prefix(std::min(fact.size() + 1, list.size()));
    const size_t equals = fact.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string key = LowerCase(fact.substr(0, equals));
    const std::string_view value = fact.substr(equals + 1);
    if (key == "type") is_file = LowerCase(value) == "file";
    if (key == "modify") facts.modified_us = ParseModify(value);
    if (key == "size") {
      const std::optional<int64_t> size = ParseWhole(value);
      has_size = size && *size >= 0;
      facts.size = size.value_or(0);
    }
  }
  if (!is_file || !has_size || !IsFileName(name)) return std::nullopt;
  facts.name = name;
  return facts;
}

}  // namespace quayside
