// What a fulfilment centre holds, and the levels that follow: an item's level there is the sum of what can be shipped
// of its SKUs. An item without any stays as it is where it never had a level, and is 0 where it had one. Parts of a
// transaction, each with one event of all the levels it sets (host/inventory/stock_events.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/fulfilment.pb.h"

namespace quayside {

// Empty: the record can be stored. Else what is wrong with it, in words.
[[nodiscard]] std::string ProblemOf(const quayside::plugin::v1::CentreStock& stock);

struct CentreStockTaken {
  int32_t changed = 0;                // SKUs whose figures changed
  int32_t gone = 0;                   // of these, those the warehouse no longer knows
  std::vector<std::string> accounts;  // whose quantities are to be decided again
};

// Figures as they were read now. `pass_id`: of the complete pass they belong to; empty = of none. What the warehouse no
// longer knows is 0. Records have no problem.
[[nodiscard]] absl::StatusOr<CentreStockTaken> TakeCentreStock(
    Tx& tx, TimeUs now, const LocationRecord& centre, const std::string& account_id, const std::string& pass_id,
    const std::vector<const quayside::plugin::v1::CentreStock*>& stock);

// A listing of the SKU was linked to the item, or unlinked from it: the levels follow wherever a centre of the account
// holds the SKU.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> RecountLinked(Tx& tx, TimeUs now, const std::string& account_id,
                                                                     const std::string& sku, int64_t item_id);

// Rows of the centre after the pass's vanished_through that neither the pass nor anything since its beginning has seen,
// at most `most`, and how far was looked.
struct Unseen {
  std::vector<std::string> skus;
  std::string through_sku;
  bool last = false;
};
[[nodiscard]] absl::StatusOr<Unseen> FindUnseen(ReadTx& tx, const std::string& location_id, const PassRecord& pass,
                                                size_t most);

}  // namespace quayside
