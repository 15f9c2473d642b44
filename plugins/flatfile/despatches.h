// despatch/1: one file for each package, by a name that depends on what it says alone. Sent again it is the same file;
// with other data it is another, with the same despatch id inside.
#pragma once

#include "quayside/plugin/v1/despatch.pb.h"
#include "quayside/step.h"
#include "settings.h"

namespace quayside::flatfile {

[[nodiscard]] sdk::Result<plugin::v1::ConfirmDespatchReply> ConfirmDespatch(
    const Settings& settings, const plugin::v1::ConfirmDespatchRequest& request, sdk::Step& step);

// A file that lies there is confirmed. One that does not may have been taken by whoever it is for: it is absent, and
// writing it again does no harm, since its lines carry the despatch id.
[[nodiscard]] sdk::Result<plugin::v1::ReconcileDespatchReply> ReconcileDespatch(
    const Settings& settings, const plugin::v1::ReconcileDespatchRequest& request, sdk::Step& step);

}  // namespace quayside::flatfile
