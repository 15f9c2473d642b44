#include "host/api/despatch_offer.h"

#include "host/base/errors.h"
#include "host/plugin/manifest.h"
#include "host/sync/lane_id.h"
#include "host/sync/step.h"

namespace quayside {

absl::StatusOr<DespatchOffer> OfferOfAccount(const ApiParts& parts, const std::string& account_id) {
  DespatchOffer offer{.account_id = account_id, .plugin_id = "", .confirms = false};
  QS_RETURN_IF_ERROR(parts.store.Read([&](ReadTx& tx) -> absl::Status {
    const auto account = tx.GetAccount(account_id);
    if (absl::IsNotFound(account.status())) return absl::OkStatus();
    if (!account.ok()) return account.status();
    offer.plugin_id = account->plugin_id;
    return absl::OkStatus();
  }));
  const auto plugin = parts.catalog.Get(offer.plugin_id);
  offer.confirms = plugin.ok() && FindContract(plugin->manifest, ContractOf(Job::kDespatch)) != nullptr;
  return offer;
}

DespatchInputs DespatchInputsFor(const ApiParts& parts, Tx& tx, const DespatchOffer& offer) {
  return {.tx = tx,
          .ids = parts.ids,
          .cipher = parts.cipher,
          .now = parts.clock.Now(),
          .plugin_id = offer.plugin_id,
          .offered = offer.confirms};
}

}  // namespace quayside
