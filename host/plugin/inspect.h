// Looking at a bundle without loading it: the same for the host and for the command line without one.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "host/plugin/admission.h"
#include "host/plugin/catalog.h"

namespace quayside {

// A bundle that would be refused is shown as REJECTED, with the reason as its error. BUNDLE_INVALID when it cannot be
// read at all; TRUSTED_KEYS_UNSAFE.
[[nodiscard]] absl::StatusOr<BundleInspection> InspectBundle(const std::string& path, const BundleGate& gate);

}  // namespace quayside
