// What a reload writes: events, audit rows, which version works, and the accounts and lanes that follow it. Each
// function is part of the caller's transaction.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/plugin/reload/activation_plan.h"
#include "host/plugin/reload/reload.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// One event "plugin.{state}" and one audit row for each.
[[nodiscard]] absl::Status AppendTransitions(Tx& tx, const std::vector<GenerationTransition>& transitions,
                                             const std::string& actor);

// "ok", or the reason of a refusal (docs/reasons.md), or its code where it has none: AuditRecord::outcome.
[[nodiscard]] std::string OutcomeOf(const absl::Status& status);

// An operator's or the host's doing, as an event and an audit row of that name. `outcome`: "ok", or the reason
// (docs/reasons.md) why it came to nothing.
[[nodiscard]] absl::Status AppendPluginAct(Tx& tx, TimeUs now, const std::string& actor, const std::string& act,
                                           const std::string& plugin_id,
                                           const std::map<std::string, std::string>& attributes,
                                           const std::string& outcome = "ok");

struct Activation {
  PluginVersionRecord version;
  quayside::plugin::v1::Manifest manifest;
  TimeUs now = 0;
  // The version before it was taken back, for this reason; empty: it made room.
  std::string former_failed = {};
  VersionStanding former_standing = VersionStanding::kRolledBack;  // then
  std::string isolation = {};                                      // PluginRecord::isolation
};

// `version` works from now on: the plugin's record, the versions' standing, options of the accounts (migrated, or taken
// back), of channels, and positions it cannot read, as `plan` found them. Answers the lanes whose position was
// restored. INVALID_ARGUMENT RELOAD_REFUSED when the options of an account do not fit any more, unless a failed version
// is left.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> WriteActivation(Tx& tx, const Activation& activation,
                                                                       ActivationPlan plan);
// The same where nothing else is under way: the plan is made in the transaction.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> WriteActivation(Tx& tx, const Activation& activation);

// The version was tried and taken back, or must not be started.
[[nodiscard]] absl::Status WriteStanding(Tx& tx, const std::string& plugin_id, const std::string& version,
                                         VersionStanding standing, const std::string& why, TimeUs now);

}  // namespace quayside
