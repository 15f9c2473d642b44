// What happens to the generations of a plugin, as the API shows it.
#pragma once

#include "host/plugin/reload/reload.h"
#include "quayside/v1/plugin_service.pb.h"

namespace quayside {

[[nodiscard]] quayside::v1::GenerationTransition TransitionView(const GenerationTransition& transition);
[[nodiscard]] quayside::v1::ReloadReport ReportView(const ReloadReport& report);

}  // namespace quayside
