// What a bundle must pass before any of its code runs: signatures, then the lint of its library, then the choice where
// it may run. All of it works on the bytes that are loaded afterwards.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/plugin/bundle.h"
#include "host/plugin/elf_lint.h"
#include "host/plugin/trust.h"

namespace quayside {

struct Admission {
  TrustVerdict trust;
  IsolationMode isolation = IsolationMode::kIsolated;
  std::vector<LintFinding> findings;
  std::vector<std::string> warnings;  // for the log: of the keys, of the lint, of a wish that was not granted
};

// What the configuration says about where plugins run.
struct IsolationWishes {
  std::optional<IsolationMode> all;            // nothing: as the keys grant
  std::map<std::string, IsolationMode> by_id;  // before `all`
};

// The smaller of what the keys grant, the lint allows and the configuration wishes: a wish can narrow, never widen.
// INVALID_ARGUMENT BUNDLE_INVALID for findings that this mode does not allow. `asked`: where somebody wants just this
// loading to run, nullopt: no matter. FAILED_PRECONDITION PLUGIN_REJECTED when that is in process and may not be.
[[nodiscard]] absl::StatusOr<Admission> DecideAdmission(const std::string& plugin_id, TrustVerdict trust,
                                                        std::vector<LintFinding> findings,
                                                        const IsolationWishes& wishes,
                                                        std::optional<IsolationMode> asked = std::nullopt);

struct BundleReport {
  std::vector<SignatureFinding> signatures;
  absl::Status trust_status;  // why the host would refuse it, or OK
  std::string signer{kUnsigned};
  ElfFacts elf;
  std::vector<LintFinding> findings;
};

// Thread-safe.
class BundleGate {
 public:
  BundleGate(const TrustPolicy& trust, IsolationWishes wishes) : trust_(trust), wishes_(std::move(wishes)) {}

  // `accepted_us`: see TrustPolicy::Judge. Its errors, and those of DecideAdmission.
  [[nodiscard]] absl::StatusOr<Admission> Admit(const Bundle& bundle, std::optional<TimeUs> accepted_us,
                                                std::optional<IsolationMode> asked = std::nullopt) const;
  // Everything there is to say, refused or not. BUNDLE_INVALID when the library cannot be read at all.
  [[nodiscard]] absl::StatusOr<BundleReport> Report(const Bundle& bundle) const;

 private:
  const TrustPolicy& trust_;
  const IsolationWishes wishes_;
};

}  // namespace quayside
