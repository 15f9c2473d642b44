// inventory_push/1 poll: what became of feeds and of each quantity in them.
#pragma once

#include "quayside/inventory_push.h"
#include "server_clock.h"
#include "settings.h"

namespace quayside::amazon {

// DONE: each message as the processing report says. CANCELLED: nothing happened, all are to be sent again. FATAL: what
// the report names is as it says, all else may or may not be in force. Intents that push_bulk leaves out (an answer was
// lost before the host could know) are told apart by the same rules.
[[nodiscard]] sdk::Result<plugin::v1::PollReply> PollBulk(const Settings& settings, ServerClock& clock,
                                                          const plugin::v1::PollRequest& request, sdk::Step& step);

}  // namespace quayside::amazon
