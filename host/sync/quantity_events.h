// Events that name a target's listing, and those about documents (docs/events.md).
#pragma once

#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "host/base/names.h"
#include "host/store/store.h"

namespace quayside {

[[nodiscard]] inline absl::Status AppendQuantityEvent(Tx& tx, TimeUs now, std::string type, const TargetRecord& target,
                                                      std::map<std::string, std::string> attributes) {
  attributes["sku"] = target.sku;
  attributes["account"] = target.account_id;
  return tx
      .AppendEvent({0, now, std::move(type), ListingName(target.owner_channel_id, target.sku), std::move(attributes)})
      .status();
}

}  // namespace quayside
