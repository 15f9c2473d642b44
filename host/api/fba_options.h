// A channel's options about the marketplace's warehouse: what they need beyond the channel itself (host/fulfilment).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/api/server.h"
#include "host/base/errors.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// What the account's plugin offers; a plugin that is gone offers nothing. Not from within a transaction: it reads the
// store and the catalog. ACCOUNT_NOT_FOUND.
[[nodiscard]] absl::StatusOr<quayside::plugin::v1::Manifest> ManifestOfAccount(const ApiParts& parts,
                                                                               const std::string& account_id);

// Fills in fba_sync_inventory as host/fulfilment/stock_pool.h says. `asked`: unset = nothing was said of it. `before`:
// nullptr = a new channel.
[[nodiscard]] absl::Status SettleFbaOptions(ReadTx& tx, const quayside::plugin::v1::Manifest& manifest,
                                            std::optional<bool> asked, const ChannelRecord* before,
                                            ChannelRecord& record, std::vector<FieldViolation>& violations);

}  // namespace quayside
