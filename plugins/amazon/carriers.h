// Carriers as Amazon scores them: by its own codes (manifest.json), else as "Other" with the carrier's name.
#pragma once

#include <string>

#include "quayside/plugin/v1/despatch.pb.h"

namespace quayside::amazon {

struct CarrierFields {
  std::string code;  // one of Amazon's, or "Other"
  std::string name;  // with "Other" only
};

// The intent's code when it is one of Amazon's (in any case), else its name when that is one, else "Other" with the
// name, or with the code for want of a name.
[[nodiscard]] CarrierFields FieldsOfCarrier(const plugin::v1::DespatchIntent& intent);

}  // namespace quayside::amazon
