// What a rehearsal plays through, and what is known of it without asking the plugin: all of it from one reading.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/errors.h"
#include "host/plugin/manifest_memo.h"
#include "host/plugin/reload/activation_plan.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

struct Findings {
  std::vector<FieldViolation> violations;
  std::vector<std::string> notes;

  void Take(Findings other);
};

// A lane whose position the version cannot read as it is.
struct LanePosition {
  LanePlaceRecord lane;
  std::vector<CursorRecord> former;
};

struct Scene {
  std::vector<quayside::plugin::v1::InstanceConfig> accounts;
  std::vector<LanePosition> lanes;
  int lane_count = 0;  // with a position, readable ones, too
  Findings findings;   // of options, secrets, marketplaces
  ActivationPlan plan;
};

// The field of a violation: "accounts/{account}.{field}".
[[nodiscard]] std::string AccountField(const std::string& account, const std::string& field);

// For a version with this manifest.
[[nodiscard]] absl::StatusOr<Scene> SetScene(Store& store, const quayside::plugin::v1::Manifest& manifest,
                                             ManifestMemo& manifests);

}  // namespace quayside
