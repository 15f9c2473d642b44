// What follows in accounts, channels and lanes when a version becomes the one that works: found out by reading, so that
// the transaction of the flip writes that and looks at nothing else, however many accounts there are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/plugin/option_schema.h"
#include "host/plugin/reload/plugin_rows.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

struct ActivationPlan {
  // Of the newest event when this was read: what was changed later is looked at again.
  int64_t revision = 0;
  std::vector<std::string> accounts;  // whose options are others under the version
  std::vector<std::string> channels;  // the same
  std::vector<std::string> lanes;     // at a position the version cannot read
};

[[nodiscard]] absl::StatusOr<ActivationPlan> PlanActivation(ReadTx& tx, const quayside::plugin::v1::Manifest& manifest,
                                                            ManifestMemo& manifests);
// The same for whoever has read the rows, in this transaction.
[[nodiscard]] absl::StatusOr<ActivationPlan> PlanActivation(ReadTx& tx, const quayside::plugin::v1::Manifest& manifest,
                                                            const PluginRows& rows);

// The plan with the accounts and channels that were changed since it was made.
[[nodiscard]] absl::Status CatchUp(ReadTx& tx, ActivationPlan& plan);
// The same, or the plan made anew where more has happened since than that is worth.
[[nodiscard]] absl::Status BringUpToDate(ReadTx& tx, const quayside::plugin::v1::Manifest& manifest,
                                         ManifestMemo& manifests, ActivationPlan& plan);

// The version that works according to the store; an empty one without options: none does.
[[nodiscard]] absl::StatusOr<OptionSchema> PresentSchema(ReadTx& tx, const std::string& plugin_id);

// The channel's options for the version with the schema `to`; `from` is that of the version that works.
[[nodiscard]] absl::StatusOr<OptionMap> ChannelOptionsUnder(ReadTx& tx, const OptionSchema& from,
                                                            const OptionSchema& to, const ChannelRecord& channel);
// Under which an account keeps what a channel of it had under a version (Tx::PutAccountOptions).
[[nodiscard]] std::string ChannelOptionsKey(const std::string& version, const std::string& channel_id);

}  // namespace quayside
