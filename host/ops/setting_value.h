// Values of settings: from text, checked, into their place.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "host/base/time.h"
#include "host/ops/setting_table.h"

namespace quayside {

// The same value however it came: from a TOML node (settings.cc) or from text (environment, --set). INVALID_ARGUMENT
// whose message begins with "is" or "must" and follows the setting's name.
[[nodiscard]] absl::StatusOr<SettingValue> ReadSettingText(const Setting& setting, std::string_view text);
// "" or what is wrong with a value of the right type: range, choice, form.
[[nodiscard]] std::string ValueProblem(const Setting& setting, const SettingValue& value);
void StoreSetting(const Setting& setting, const SettingValue& value, Settings& settings);

// "60s", "2m", "500ms", "1h"; a number alone is seconds.
[[nodiscard]] std::optional<DurationUs> ParseDuration(std::string_view text);
// The shortest of those forms.
[[nodiscard]] std::string DurationText(DurationUs duration);

}  // namespace quayside
