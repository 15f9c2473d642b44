// inventory_push/1 push_bulk, find_bulk, withdraw_bulk: quantities in one feed.
#pragma once

#include "quayside/inventory_push.h"
#include "server_clock.h"
#include "settings.h"

namespace quayside::amazon {

// Creates one feed for the marketplace most intents have; those of others are put off to the next one, for a feed
// applies each message to all of its marketplaces. Nothing is handed over before createFeed: whatever fails earlier
// leaves every intent to be sent again, and a refusal that only a person can lift is the error of the call.
[[nodiscard]] sdk::Result<plugin::v1::PushReply> PushBulk(const Settings& settings, ServerClock& clock,
                                                          const plugin::v1::PushRequest& request, sdk::Step& step);

// A feed bears no mark of ours. It is the one of its type that was created in the time given for a marketplace of these
// intents; when several are, none is taken: undecided.
[[nodiscard]] sdk::Result<plugin::v1::FindBulkReply> FindBulk(const Settings& settings, ServerClock& clock,
                                                              const plugin::v1::FindBulkRequest& request,
                                                              sdk::Step& step);

// Amazon cancels a feed in its queue, none that is being worked off.
[[nodiscard]] sdk::Result<plugin::v1::WithdrawBulkReply> WithdrawBulk(const Settings& settings, ServerClock& clock,
                                                                      const plugin::v1::WithdrawBulkRequest& request,
                                                                      sdk::Step& step);

}  // namespace quayside::amazon
