#include "host/api/order_sources.h"

#include "host/plugin/job_contract.h"
#include "host/plugin/manifest.h"

namespace quayside {

bool BringsOrders(ReadTx& tx, const Manifests& manifests, const std::string& account_id) {
  const auto account = tx.GetAccount(account_id);
  if (!account.ok()) return false;
  const auto* manifest = manifests.Find(account->plugin_id);
  return manifest != nullptr && FindContract(*manifest, ContractOf(Job::kOrders)) != nullptr;
}

}  // namespace quayside
