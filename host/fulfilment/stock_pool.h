// Which marketplaces show the same units, and who reads them: pure rules.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/base/errors.h"
#include "host/store/records.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// The pool of a marketplace, as the plugin names it; a marketplace that shares none is its own.
[[nodiscard]] std::string StockPoolOf(const quayside::plugin::v1::Manifest& manifest, const std::string& marketplace);

// The channel of the account, other than `channel`, that reads the pool of its marketplace; empty = none does.
[[nodiscard]] std::string ReaderOfPool(const quayside::plugin::v1::Manifest& manifest, const ChannelRecord& channel,
                                       const std::vector<ChannelRecord>& of_account);

struct FbaWish {
  // As asked for; unset: as it was, and at first on when nobody else reads the pool.
  std::optional<bool> sync_inventory;
  bool was_enabled = false;
  bool was_syncing = false;
};

// Fills in `channel`'s fba_sync_inventory. Violations, fields below "channel.config.": the plugin ships nothing, or
// another channel of the pool reads it already, which is named.
[[nodiscard]] std::vector<FieldViolation> SettleFba(const quayside::plugin::v1::Manifest& manifest, const FbaWish& wish,
                                                    const std::vector<ChannelRecord>& of_account,
                                                    ChannelRecord& channel);

}  // namespace quayside
