// What of a text that somebody else wrote (a plugin, a marketplace through it) may be logged or kept in the clear. The
// schema marks fields, not the words of a text, so two things are known about one: the name it is logged under, and
// patterns that are personal wherever they stand. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

namespace quayside {

// With *** for each e-mail address and each telephone number in international form ("+44 20 7946 0958").
[[nodiscard]] std::string ScrubbedText(std::string_view text);

// Is it called like a field that the plugin protos mark PERSONAL or SECRET, alone or as the last words of the name
// ("email", "buyer.email", "ship_to_phone", "recipientName")?
[[nodiscard]] bool IsSensitiveName(std::string_view name);

}  // namespace quayside
