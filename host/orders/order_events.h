// Events that name an order (docs/events.md).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "host/base/names.h"
#include "host/store/store.h"

namespace quayside {

[[nodiscard]] inline absl::Status AppendOrderEvent(Tx& tx, TimeUs now, std::string_view type,
                                                   const OrderRecord& record) {
  return tx
      .AppendEvent({0,
                    now,
                    std::string(type),
                    OrderName(record.id),
                    {{"external_id", record.external_id},
                     {"account", record.account_id},
                     {"channel", record.channel_id},
                     {"status", record.raw_status}}})
      .status();
}

}  // namespace quayside
