// Takes orders of a page into the store: the order and its lines, reservations, level changes for what was shipped
// elsewhere, events. One object per page and transaction; made anew when the transaction is run again.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "host/base/ids.h"
#include "host/security/cipher.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {

// An order ready to be written: what costs time (encryption) is done before the transaction. An order that is known is
// merged with what is stored (order_merge.h) and encrypted within it.
struct IncomingOrder {
  const quayside::plugin::v1::Order* order = nullptr;
  std::string sealed_document;
};

struct ImportCounts {
  int32_t received = 0;   // new
  int32_t updated = 0;    // changed
  int32_t unchanged = 0;  // seen before as it is, or older than what is stored
};

class OrderImport {
 public:
  OrderImport(Tx& tx, IdSource& ids, const Cipher& cipher, TimeUs now, std::string account_id)
      : tx_(tx), ids_(ids), cipher_(cipher), now_(now), account_id_(std::move(account_id)) {}

  absl::Status Import(const IncomingOrder& incoming);
  // After the last order: marks the targets of every item touched, and of every SKU whose figure the marketplace
  // changed by itself. `changed_us`: a raise that follows waits for orders known up to here, so an item that sells all
  // the time would never get its raise if this were always now. Answers the accounts.
  absl::StatusOr<std::vector<std::string>> Finish(TimeUs changed_us);
  [[nodiscard]] const ImportCounts& counts() const { return counts_; }

 private:
  absl::StatusOr<const ChannelRecord*> ChannelOf(const std::string& marketplace);
  absl::StatusOr<std::string> LocationOf(const ChannelRecord& channel, Fulfilment fulfilment);
  // The report with what only the stored document knows.
  absl::StatusOr<quayside::plugin::v1::Order> Merged(const OrderRecord& known,
                                                     const quayside::plugin::v1::Order& reported);
  // What is known already, read again: with what it tells and the stored document lacks (an address, once the
  // marketplace may be asked for it), or of a channel that is new. nullopt: it tells nothing that is news.
  absl::StatusOr<std::optional<quayside::plugin::v1::Order>> FilledIn(const OrderRecord& known,
                                                                      const quayside::plugin::v1::Order& told);
  // The new order without personal data: it comes in after the day that would have been erased.
  absl::Status ImportErased(const quayside::plugin::v1::Order& order, OrderRecord& record);
  absl::Status LookUpPostalMethod(const quayside::plugin::v1::Order& order, OrderRecord& record);
  absl::Status LinkLine(const OrderRecord& order, OrderLineRecord& line);
  absl::Status Apply(const OrderRecord& order, const OrderLineRecord* before, OrderLineRecord& line, TimeUs shipped_us);

  Tx& tx_;
  IdSource& ids_;
  const Cipher& cipher_;
  const TimeUs now_;
  const std::string account_id_;
  // What is known of a channel's services, read once a page.
  struct Shipping {
    std::vector<ShippingMappingRecord> mappings;
    std::set<std::string> tags;
  };
  std::map<std::string, std::optional<ChannelRecord>> channels_;
  std::map<std::string, Shipping> shipping_;
  std::map<std::pair<std::string, Fulfilment>, std::string> locations_;
  std::set<int64_t> touched_items_;
  std::set<std::string> moved_skus_;  // sold, or put back on sale, by the marketplace
  ImportCounts counts_;
};

// Lines that waited for this link get it: item and units are fixed, stock is reserved now. Answers how
// many.
[[nodiscard]] absl::StatusOr<int32_t> LinkWaitingLines(Tx& tx, TimeUs now, const ListingRecord& listing);

}  // namespace quayside
