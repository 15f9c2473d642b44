// What an account can do about packages, and what the rules need of the host for it.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "host/api/server.h"
#include "host/orders/despatch_order.h"
#include "host/store/store.h"

namespace quayside {

struct DespatchOffer {
  std::string account_id;
  std::string plugin_id;
  bool confirms = false;  // its plugin offers despatch/1
};

// An account or plugin that is gone offers nothing. Not from within a transaction: it reads the store and the catalog.
[[nodiscard]] absl::StatusOr<DespatchOffer> OfferOfAccount(const ApiParts& parts, const std::string& account_id);

[[nodiscard]] DespatchInputs DespatchInputsFor(const ApiParts& parts, Tx& tx, const DespatchOffer& offer);

}  // namespace quayside
