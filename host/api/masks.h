// Update masks: which fields of a resource a request means.
#pragma once

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "google/protobuf/field_mask.pb.h"

namespace quayside {

// The mask's paths; an empty mask means `when_empty`. INVALID_ARGUMENT for each path that is not in `known`.
[[nodiscard]] absl::StatusOr<std::set<std::string>> PathsOf(const google::protobuf::FieldMask& mask,
                                                            const std::set<std::string>& known,
                                                            const std::set<std::string>& when_empty);
[[nodiscard]] inline absl::StatusOr<std::set<std::string>> PathsOf(const google::protobuf::FieldMask& mask,
                                                                   const std::set<std::string>& known) {
  return PathsOf(mask, known, known);
}

}  // namespace quayside
