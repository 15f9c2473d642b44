// Takes listings of a page into the store: what the channel says is replaced, what people decided (link, ignore, rules)
// stays.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/listing_sync.pb.h"

namespace quayside {

struct ListingImportResult {
  int32_t created = 0;
  int32_t updated = 0;
  int32_t vanished = 0;
  bool targets_changed = false;  // of the account
};

// One part of a transaction. `reply.pass_complete` marks what the pass did not see as vanished; an empty or half-read
// pass changes nothing else.
[[nodiscard]] absl::StatusOr<ListingImportResult> ImportListings(Tx& tx, TimeUs now, const ChannelRecord& channel,
                                                                 const quayside::plugin::v1::PullListingsReply& reply);

// What the marketplace says about single SKUs, for every channel of the account that lists them.
[[nodiscard]] Fulfilment FulfilmentOf(quayside::plugin::v1::FulfilmentChannel channel);

}  // namespace quayside
