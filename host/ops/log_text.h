// How one event becomes one line, whatever bytes are in it: no value can end the line, fake a field or break the JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/ops/log.h"

namespace quayside {

// `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string JsonString(std::string_view text);

// message key=value key="value with spaces"; control characters, quotes and bytes that are not UTF-8 as \n, \", \xff.
[[nodiscard]] std::string TextLine(std::string_view message, const std::vector<LogField>& fields);

// "message":"...","key":"...": the inside of an object. A key that would repeat "time", "level" or "message" gets a "_"
// appended.
[[nodiscard]] std::string JsonMembers(std::string_view message, const std::vector<LogField>& fields);

}  // namespace quayside
