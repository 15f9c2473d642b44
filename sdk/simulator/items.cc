#include "sdk/simulator/items.h"

#include <cmath>
#include <stdexcept>

#include "quayside/time.h"

namespace quayside::simulator {
namespace {

namespace json = boost::json;
using sdk::kSecondUs;

constexpr int64_t kMillisecondUs = 1'000;

// Where an item stands in its repetition, and when it is.
struct Place {
  int64_t number = 1;
  int64_t now_us = 0;
};

json::value Expand(const json::value& value, const Place& place);

int64_t SecondsAsUs(double seconds) {
  constexpr double kFarthest = 1e10;  // three centuries: further away the years have no four digits, then no number
  if (!(std::abs(seconds) <= kFarthest)) throw std::invalid_argument("$ago_s: a time is at most 1e10 seconds from now");
  return static_cast<int64_t>(seconds * kSecondUs);
}

json::value TimeOf(const json::object& written, const Place& place) {
  int64_t time_us = place.now_us - SecondsAsUs(written.at("$ago_s").to_number<double>());
  std::string form = "us";
  for (const auto& member : written) {
    const std::string_view name = member.key();
    if (name == "every_s") {
      time_us += SecondsAsUs(member.value().to_number<double>() * static_cast<double>(place.number - 1));
    } else if (name == "form") {
      form = std::string_view(member.value().as_string());
    } else if (name != "$ago_s") {
      throw std::invalid_argument("$ago_s: there is no member '" + std::string(name) + "'");
    }
  }
  if (form == "us") return time_us;
  if (form == "ms") return time_us / kMillisecondUs;
  if (form == "s") return time_us / kSecondUs;
  if (form == "iso") return json::string(sdk::FormatTime(time_us));
  throw std::invalid_argument("$ago_s: form is us, ms, s or iso, not '" + form + "'");
}

json::string Numbered(std::string_view text, int64_t number) {
  constexpr std::string_view kMark = "{n}";
  json::string numbered;
  for (size_t at = 0;;) {
    const size_t mark = text.find(kMark, at);
    numbered.append(text.substr(at, mark - at));
    if (mark == std::string_view::npos) return numbered;
    numbered.append(std::to_string(number));
    at = mark + kMark.size();
  }
}

json::object ExpandObject(const json::object& written, const Place& place) {
  json::object expanded;
  for (const auto& member : written) expanded[member.key()] = Expand(member.value(), place);
  return expanded;
}

json::value Expand(const json::value& value, const Place& place) {
  if (value.is_string()) return Numbered(std::string_view(value.get_string()), place.number);
  if (value.is_array()) {
    json::array expanded;
    for (const json::value& element : value.get_array()) expanded.push_back(Expand(element, place));
    return expanded;
  }
  if (!value.is_object()) return value;
  const json::object& object = value.get_object();
  if (object.contains("$ago_s")) return TimeOf(object, place);
  return ExpandObject(object, place);
}

}  // namespace

Item ExpandItem(const Item& written, int64_t now_us) { return ExpandObject(written, {1, now_us}); }

Items ExpandItems(const json::array& written, int64_t now_us, const std::string& where) {
  Items items;
  for (const json::value& value : written) {
    const json::object& object = value.as_object();
    const json::value* repeat = object.if_contains("$repeat");
    const int64_t times = repeat == nullptr ? 1 : repeat->to_number<int64_t>();
    if (times < 0 || items.size() + static_cast<uint64_t>(times) > kMostItems)
      throw std::invalid_argument(where + ": a collection has at most " + std::to_string(kMostItems) + " items");
    const json::object& item = repeat == nullptr ? object : object.at("item").as_object();
    if (repeat != nullptr && object.size() != 2)
      throw std::invalid_argument(where + ": beside \"$repeat\" there is \"item\", and nothing else");
    for (int64_t number = 1; number <= times; ++number) items.push_back(ExpandObject(item, {number, now_us}));
  }
  return items;
}

}  // namespace quayside::simulator
