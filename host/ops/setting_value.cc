#include "host/ops/setting_value.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "absl/utility/utility.h"
#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

// Built in place: moving the variant makes g++ 12 warn under -fsanitize=thread.
template <typename T>
absl::StatusOr<SettingValue> Valid(T value) {
  return absl::StatusOr<SettingValue>(absl::in_place, std::move(value));
}

absl::Status Wrong(const Setting& setting) {
  return MakeError(absl::StatusCode::kInvalidArgument, Reason::kConfigFile, Concat("must be ", setting.Form()));
}

// "https://a.example=http://127.0.0.1:1,https://b.example=http://127.0.0.1:2"
std::optional<TextMap> ParseTextMap(std::string_view text) {
  TextMap map;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    const std::string_view pair = text.substr(0, end);
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    map[std::string(Trim(pair.substr(0, equals)))] = Trim(pair.substr(equals + 1));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return map;
}

struct DurationUnit {
  std::string_view text;
  DurationUs size;
};
constexpr std::array<DurationUnit, 4> kDurationUnits = {
    {{"h", kHourUs}, {"m", kMinuteUs}, {"s", kSecondUs}, {"ms", kMillisecondUs}}};

}  // namespace

absl::StatusOr<SettingValue> ReadSettingText(const Setting& setting, std::string_view text) {
  if (std::holds_alternative<std::string Settings::*>(setting.member)) return Valid(std::string(text));
  text = Trim(text);
  if (std::holds_alternative<bool Settings::*>(setting.member)) {
    if (text != "true" && text != "false") return Wrong(setting);
    return Valid(text == "true");
  }
  if (std::holds_alternative<int Settings::*>(setting.member)) {
    const auto number = ParseWhole(text);
    if (!number || *number < std::numeric_limits<int>::min() || *number > std::numeric_limits<int>::max())
      return Wrong(setting);
    return Valid(static_cast<int>(*number));
  }
  if (std::holds_alternative<DurationUs Settings::*>(setting.member)) {
    const auto duration = ParseDuration(text);
    if (!duration) return Wrong(setting);
    return Valid(*duration);
  }
  auto map = ParseTextMap(text);
  if (!map) return Wrong(setting);
  return Valid(*std::move(map));
}

std::string ValueProblem(const Setting& setting, const SettingValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (text->empty() && !setting.may_be_empty) return "must not be empty";
    if (!setting.choices.empty() &&
        std::find(setting.choices.begin(), setting.choices.end(), *text) == setting.choices.end()) {
      return Concat("must be ", setting.Form(), ", not '", *text, "'");
    }
    return setting.problem == nullptr ? std::string() : setting.problem(*text);
  }
  if (const auto* map = std::get_if<TextMap>(&value)) return setting.map_problem(*map);
  const auto* const number = std::get_if<int>(&value);
  const auto* const duration = std::get_if<DurationUs>(&value);
  if (number == nullptr && duration == nullptr) return {};
  const int64_t amount = number != nullptr ? *number : *duration;
  if (amount >= setting.minimum && amount <= setting.maximum) return {};
  return Concat("must be ", setting.Form(), ", not ", number != nullptr ? Concat(*number) : DurationText(*duration));
}

void StoreSetting(const Setting& setting, const SettingValue& value, Settings& settings) {
  std::visit(
      [&](auto member) {
        using Value = std::decay_t<decltype(settings.*member)>;
        settings.*member = std::get<Value>(value);
      },
      setting.member);
}

std::optional<DurationUs> ParseDuration(std::string_view text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = ParseWhole(text.substr(0, digits));
  if (!count) return std::nullopt;
  const std::string_view unit = digits == text.size() ? "s" : Trim(text.substr(digits));
  for (const DurationUnit& known : kDurationUnits) {
    if (unit != known.text) continue;
    if (*count > std::numeric_limits<DurationUs>::max() / known.size) return std::nullopt;
    return *count * known.size;
  }
  return std::nullopt;
}

std::string DurationText(DurationUs duration) {
  for (const DurationUnit& unit : kDurationUnits) {
    if (duration != 0 && duration % unit.size == 0) return Concat(duration / unit.size, unit.text);
  }
  return duration == 0 ? "0s" : Concat(duration, "us");
}

}  // namespace quayside
