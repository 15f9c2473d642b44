// Which positions a version of a plugin can begin from. Pure.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "host/store/records.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

[[nodiscard]] inline bool ReadsSchema(const quayside::plugin::v1::Contract& contract, uint32_t schema) {
  return contract.cursor_schema() == schema ||
         std::count(contract.reads_cursor_schemas().begin(), contract.reads_cursor_schemas().end(), schema) > 0;
}

// `former`: newest first.
[[nodiscard]] inline std::optional<CursorRecord> NewestReadable(const quayside::plugin::v1::Contract& contract,
                                                                const std::vector<CursorRecord>& former) {
  const auto found = std::find_if(former.begin(), former.end(),
                                  [&](const CursorRecord& cursor) { return ReadsSchema(contract, cursor.schema); });
  return found == former.end() ? std::nullopt : std::optional(*found);
}

}  // namespace quayside
