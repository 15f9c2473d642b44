// A document of quantities as the API shows it.
#pragma once

#include "host/store/records.h"
#include "quayside/v1/sync_service.pb.h"

namespace quayside {

[[nodiscard]] quayside::v1::Document ShowDocument(const BulkRecord& record);

}  // namespace quayside
