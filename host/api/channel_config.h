// A channel's configuration between the request and the store, with its rules.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "host/base/errors.h"
#include "host/store/records.h"
#include "quayside/v1/channel_service.pb.h"

namespace quayside {

[[nodiscard]] quayside::v1::ChannelConfig ToProto(const ChannelConfig& config);

// With the defaults for what is unset. Every violation is added, its field below "channel.config".
[[nodiscard]] ChannelConfig ParseChannelConfig(const quayside::v1::ChannelConfig& config,
                                               const std::vector<LocationRecord>& locations,
                                               std::vector<FieldViolation>& violations);

// "config" and one "config.{option}" for each option.
[[nodiscard]] std::set<std::string> ChannelConfigPaths();

// `stored` with those options of `change` that `paths` names; unset ones become unset.
[[nodiscard]] quayside::v1::ChannelConfig MergeChannelConfig(const quayside::v1::ChannelConfig& stored,
                                                             const quayside::v1::ChannelConfig& change,
                                                             const std::set<std::string>& paths);

}  // namespace quayside
