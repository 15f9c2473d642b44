// The dry run of a new generation: would it work for every account and every lane there is? Nothing is changed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/time.h"
#include "host/plugin/generation.h"
#include "host/plugin/reload/rehearsal_scene.h"
#include "host/store/store.h"

namespace quayside {

struct RehearsalResult {
  int accounts = 0;
  int lanes = 0;
  std::vector<std::string> notes;  // "account shop: option a -> b", "lane shop.orders: position of schema 1 upgraded"
  ActivationPlan plan;             // of what the scene showed
};

struct RehearsalOptions {
  // Real time for what is asked of the plugin about one account or lane. All together may take this and
  // kPerQuestionUs for each.
  DurationUs patience_us = 0;
  // How many of the generation's workers are asked at the same time.
  int parallel = 1;
  // Asked now and then: true ends it.
  std::function<bool()> stop;
  // Told now and then, on the calling thread; may be empty.
  std::function<void(int done, int all)> progress = nullptr;
};

// Far more than a create and a validate_config take, and still an end for a plugin that is always nearly late.
inline constexpr DurationUs kPerQuestionUs = 20 * kMillisecondUs;

// For each account of the plugin: its options under the new version's schema (option_migration.h), an instance, and the
// plugin's own validate_config; none of it uses the network. Are the secrets there that the version needs and the one
// that works does not, and does it serve the marketplaces of the enabled channels? For each lane with a position: can
// it be read, upgraded, or is there a former one that can? INVALID_ARGUMENT RELOAD_REFUSED with one violation per
// account, channel or lane, DEADLINE_EXCEEDED PLUGIN_TIMEOUT when the plugin does not come back, UNAVAILABLE
// SHUTTING_DOWN once `stop` answers true, or what the plugin says.
[[nodiscard]] absl::StatusOr<RehearsalResult> Rehearse(Scene scene, const Clock& clock,
                                                       const std::shared_ptr<Generation>& generation,
                                                       const RehearsalOptions& options);

}  // namespace quayside
