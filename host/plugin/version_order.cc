#include "host/plugin/version_order.h"

#include <algorithm>
#include <compare>
#include <optional>

#include "host/base/text.h"

namespace quayside {
namespace {

int Sign(std::strong_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

// Takes the part up to the next dot off the front.
std::string_view TakePart(std::string_view& text) {
  const size_t end = std::min(text.find('.'), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// Numbers by value, and before names; names by their characters.
int CompareParts(std::string_view a, std::string_view b) {
  const auto number_a = ParseWhole(a);
  const auto number_b = ParseWhole(b);
  if (number_a && number_b) return Sign(*number_a <=> *number_b);
  if (number_a || number_b) return number_a ? -1 : 1;
  return Sign(a <=> b);
}

int CompareLists(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (const int order = CompareParts(TakePart(a), TakePart(b)); order != 0) return order;
  }
  return a.empty() == b.empty() ? 0 : a.empty() ? -1 : 1;
}

}  // namespace

int CompareVersions(std::string_view a, std::string_view b) {
  a = a.substr(0, a.find('+'));
  b = b.substr(0, b.find('+'));
  const size_t dash_a = std::min(a.find('-'), a.size());
  const size_t dash_b = std::min(b.find('-'), b.size());
  if (const int order = CompareLists(a.substr(0, dash_a), b.substr(0, dash_b)); order != 0) return order;
  const bool is_release_a = dash_a == a.size();
  const bool is_release_b = dash_b == b.size();
  if (is_release_a || is_release_b) return static_cast<int>(is_release_a) - static_cast<int>(is_release_b);
  return CompareLists(a.substr(dash_a + 1), b.substr(dash_b + 1));
}

}  // namespace quayside
