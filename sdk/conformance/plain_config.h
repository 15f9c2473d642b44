// Configurations that every reader of protobuf's wire format reads alike.
#pragma once

#include <string>

#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside::conformance {

// False also for what a full reader passes over: fields that are not known, above all groups, which no message of the
// boundary has, and which a plugin with a reader of its own may refuse as unreadable.
[[nodiscard]] inline bool IsPlainConfig(const std::string& bytes) {
  plugin::v1::InstanceConfig config;
  if (!config.ParseFromString(bytes)) return false;
  config.DiscardUnknownFields();
  return config.ByteSizeLong() == bytes.size();
}

}  // namespace quayside::conformance
