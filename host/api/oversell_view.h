// Oversell windows as the API shows them.
#pragma once

#include "absl/status/status.h"
#include "host/store/store.h"
#include "quayside/v1/sync_service.pb.h"

namespace quayside {

// Adds those of the account's channels to its inventory lane; part of a read.
[[nodiscard]] absl::Status AddOversells(ReadTx& tx, const std::string& account_id, TimeUs now, quayside::v1::Lane& out);

}  // namespace quayside
