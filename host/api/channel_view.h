// Channels as the API shows them.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "host/store/records.h"
#include "host/store/store.h"
#include "host/sync/engine.h"
#include "quayside/v1/channel_service.pb.h"

namespace quayside {

// Without what follows here.
[[nodiscard]] quayside::v1::Channel ShowChannel(const ChannelRecord& record);

// Whose plugin works for it, when orders and levels last went, and what is dangerous.
[[nodiscard]] absl::Status AddSyncState(ReadTx& tx, const ChannelRecord& record,
                                        const std::vector<LocationRecord>& locations, quayside::v1::Channel& out);

// The lanes of each, `channels[i]` being of `records[i]`. The engine is asked once for all of them: not in a
// transaction.
void AddLanes(Engine& engine, const std::vector<quayside::v1::Channel*>& channels,
              const std::vector<ChannelRecord>& records);

}  // namespace quayside
