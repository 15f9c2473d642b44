// Events that name an order (docs/events.md).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "host/base/names.h"
#include "host/store/store.h"

namespace quayside {

// `facts`: beyond those that every event of an order has.
[[nodiscard]] inline absl::Status AppendOrderEvent(Tx& tx, TimeUs now, std::string_view type, const OrderRecord& record,
                                                   std::map<std::string, std::string> facts = {}) {
  facts["external_id"] = record.external_id;
  facts["account"] = record.account_id;
  facts["channel"] = record.channel_id;
  facts["status"] = record.raw_status;
  return tx.AppendEvent({0, now, std::string(type), OrderName(record.id), std::move(facts)}).status();
}

}  // namespace quayside
