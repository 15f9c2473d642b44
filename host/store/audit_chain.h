// The hash of an audit record: it covers the hash of the record before, so that a record that is changed, removed or
// put in between shows when the chain is followed. Who can write the database can also make the whole chain anew; that
// shows only against a hash that was noted elsewhere (AuditService.VerifyAuditRecords).
#pragma once

#include <string>
#include <string_view>

#include "host/store/records.h"

namespace quayside {

// SHA-256, 32 bytes. `before`: the hash of record.id - 1; empty for the first of the chain. `record.hash` is not read.
[[nodiscard]] std::string AuditHash(std::string_view before, const AuditRecord& record);

}  // namespace quayside
