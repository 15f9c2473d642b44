// inventory_push/1: one file for each batch of quantities. They are absolute, so that whoever reads two files in the
// order of their names ends with what is right, also when one of them came twice.
#pragma once

#include "quayside/plugin/v1/inventory_push.pb.h"
#include "quayside/step.h"
#include "settings.h"

namespace quayside::flatfile {

[[nodiscard]] sdk::Result<plugin::v1::PushReply> PushQuantities(const Settings& settings,
                                                                const plugin::v1::PushRequest& request,
                                                                sdk::Step& step);

}  // namespace quayside::flatfile
