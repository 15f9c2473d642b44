// Options by which a marketplace knows the account. What was read and sent belongs to that account there: under another
// one no position can be read on, orders would be looked for where they are not, and packages confirmed to a stranger.
#pragma once

#include "absl/status/status.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// INVALID_CONFIGURATION with every such option that `changed` has otherwise, once a lane of the account did something;
// before that each can be corrected. `manifest`: of the account's plugin.
[[nodiscard]] absl::Status CheckSameIdentity(ReadTx& tx, const quayside::plugin::v1::Manifest& manifest,
                                             const AccountRecord& stored, const AccountRecord& changed);

}  // namespace quayside
