// Refusals that several operations of the driver share.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {

inline absl::Status RefusePrecondition(Reason reason, std::string_view what) {
  return MakeError(absl::StatusCode::kFailedPrecondition, reason, what);
}

inline absl::Status UnderWay(const std::string& plugin_id) {
  return RefusePrecondition(Reason::kReloadUnderWay,
                            Concat("another reload, rollback or installation of ", plugin_id,
                                   " is under way; watch it with 'quayside plugin status ", plugin_id, "'"));
}

inline std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

}  // namespace quayside
