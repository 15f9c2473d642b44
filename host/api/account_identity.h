// Whose account it is: the options marked "x-qs-identity". What was read and sent belongs to one account at the
// marketplace: under another one no position can be read on, orders would be looked for where they are not, and
// packages confirmed to a stranger. And it is one account here: two would take each order twice, and hold its stock
// twice.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "host/base/errors.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// Every such option, fields "account.options.{name}", that `wanted` has otherwise than `stored` although a lane of the
// account did something (before that each can be corrected), or that makes it the same account as another one of the
// plugin. `stored`: null for a new account. Two that are the same already can still be changed. `manifest`: of the
// account's plugin.
[[nodiscard]] absl::StatusOr<std::vector<FieldViolation>> CheckIdentity(ReadTx& tx,
                                                                        const quayside::plugin::v1::Manifest& manifest,
                                                                        const AccountRecord* stored,
                                                                        const AccountRecord& wanted);

}  // namespace quayside
