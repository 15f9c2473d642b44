// Trust for tests whose subject is something else.
#pragma once

#include "host/plugin/trust.h"

namespace quayside {

// Whatever it is, it may run in this process, so that the test's wish decides.
class TrustEverything final : public TrustPolicy {
 public:
  absl::StatusOr<TrustVerdict> Judge(const Bundle&, std::optional<TimeUs>) const override {
    return TrustVerdict{
        .signer = "the test", .key_ids = {"test"}, .isolation = IsolationMode::kInProcess, .is_unsigned = false};
  }
  absl::StatusOr<std::vector<SignatureFinding>> Look(const Bundle&) const override {
    return std::vector<SignatureFinding>{};
  }
};

}  // namespace quayside
