// inventory_push/1 with Listings Items 2021-08-01: one patchListingsItem per intent. The quantity goes out with the
// operation `merge`, which leaves handling time and restock date as they are; `replace` would forget them.
#pragma once

#include "quayside/inventory_push.h"
#include "server_clock.h"
#include "settings.h"

namespace quayside::amazon {

// Sends each intent at most once; one outcome each. Amazon's answer settles an intent as done (queued by Amazon: it has
// no later verdict to poll for) or rejected; a lost or broken answer leaves it unknown; 429 and a used-up allowance end
// the batch, and this intent and those behind it come back as retry. Refused credentials are the error of the whole
// call as long as nothing of it was settled by Amazon: sending again would be as useless.
[[nodiscard]] sdk::Result<plugin::v1::PushReply> PushQuantities(const Settings& settings, ServerClock& clock,
                                                                const plugin::v1::PushRequest& request,
                                                                sdk::Step& step);

}  // namespace quayside::amazon
