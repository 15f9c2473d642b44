// The location of a channel's fulfilment centre: made when FBA is turned on, inactive while it is off,
// never deleted. Parts of a transaction.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/store/store.h"

namespace quayside {

// The location the channel owns, active or not.
[[nodiscard]] std::optional<LocationRecord> CentreOf(const std::vector<LocationRecord>& locations,
                                                     const std::string& channel_id);

// Of the locations that the configuration counts, the active centres whose stock no enabled channel reads.
[[nodiscard]] absl::StatusOr<std::set<std::string>> UnreadCentres(ReadTx& tx, const ChannelConfig& config,
                                                                  const std::vector<LocationRecord>& locations);

// The location follows the channel's fba_enabled. One that a deleted channel of the same id left is taken up again.
// While it is on and the channel does not read its stock, nothing is known of that, nor when it comes back until it is
// read: its levels are unset.
[[nodiscard]] absl::Status FollowFba(Tx& tx, TimeUs now, const ChannelRecord& channel);
// The channel is being deleted: its location stays, inactive.
[[nodiscard]] absl::Status RetireCentre(Tx& tx, TimeUs now, const std::string& channel_id);

// Where the channel's orders sit: those that the marketplace ships in its fulfilment centre while FBA is on, the others
// in the download location.
[[nodiscard]] absl::StatusOr<std::string> LocationOfOrders(ReadTx& tx, const ChannelRecord& channel,
                                                           Fulfilment fulfilment);

}  // namespace quayside
