// Everything the store has of a plugin's shops, read once for all who look at it before a flip.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/plugin/manifest_memo.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

struct PluginRows {
  int64_t revision = 0;  // of the newest event when this was read
  // Of the version that works according to the store; null: none does.
  std::shared_ptr<const quayside::plugin::v1::Manifest> present;
  std::vector<AccountRecord> accounts;  // by id
  std::vector<ChannelRecord> channels;  // by account and id
  std::vector<LanePlaceRecord> lanes;   // likewise
};

[[nodiscard]] absl::StatusOr<PluginRows> ReadPluginRows(ReadTx& tx, const std::string& plugin_id,
                                                        ManifestMemo& manifests);

}  // namespace quayside
