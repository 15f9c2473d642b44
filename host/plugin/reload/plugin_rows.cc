#include "host/plugin/reload/plugin_rows.h"

#include "host/base/errors.h"
#include "host/plugin/instance_config.h"

namespace quayside {

absl::StatusOr<PluginRows> ReadPluginRows(ReadTx& tx, const std::string& plugin_id, ManifestMemo& manifests) {
  PluginRows rows;
  QS_ASSIGN_OR_RETURN(rows.revision, tx.LastEventRevision());
  const auto present = tx.GetPlugin(plugin_id);
  if (present.ok()) {
    QS_ASSIGN_OR_RETURN(rows.present, manifests.Parse(present->manifest_json));
  } else if (!absl::IsNotFound(present.status())) {
    return present.status();
  }
  QS_ASSIGN_OR_RETURN(rows.accounts, ReadAccountsOfPlugin(tx, plugin_id));
  QS_ASSIGN_OR_RETURN(rows.channels, ReadChannelsOfPlugin(tx, plugin_id));
  QS_ASSIGN_OR_RETURN(rows.lanes, ReadLanePlacesOfPlugin(tx, plugin_id));
  return rows;
}

}  // namespace quayside
