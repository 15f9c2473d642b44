// What is different between two configurations of a channel, option by option. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "quayside/v1/channel_service.pb.h"

namespace quayside {

// In the order of the options, those of the plugin last, by name. A list is one text, its elements separated by commas;
// what has no value is unset.
[[nodiscard]] std::vector<quayside::v1::OptionChange> CompareConfigs(const quayside::v1::ChannelConfig& before,
                                                                     const quayside::v1::ChannelConfig& after);

// For the audit trail: by option, "5 -> unset".
[[nodiscard]] std::map<std::string, std::string> ChangeTexts(const std::vector<quayside::v1::OptionChange>& changes);

}  // namespace quayside
