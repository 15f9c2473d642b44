// The dry run of a new generation: would it work for every account and every lane there is? Nothing is changed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/time.h"
#include "host/plugin/generation.h"
#include "host/store/store.h"

namespace quayside {

struct RehearsalResult {
  int accounts = 0;
  int lanes = 0;
  std::vector<std::string> notes;  // "account shop: option a -> b", "lane shop.orders: position of schema 1 upgraded"
};

// For each account of the plugin: its options under the new version's schema (option_migration.h), an instance, and the
// plugin's own validate_config. For each lane with a position: can it be read, upgraded, or is there a former one that
// can? INVALID_ARGUMENT RELOAD_REFUSED with one violation per account or lane and option, DEADLINE_EXCEEDED
// PLUGIN_TIMEOUT when the plugin does not come back within `patience` (real time), UNAVAILABLE SHUTTING_DOWN once
// `stop` answers true (asked now and then), or what the plugin says.
[[nodiscard]] absl::StatusOr<RehearsalResult> Rehearse(Store& store, const Clock& clock,
                                                       const std::shared_ptr<Generation>& generation,
                                                       DurationUs patience_us, const std::function<bool()>& stop);

}  // namespace quayside
