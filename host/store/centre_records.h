// Rows about a marketplace's warehouse: what it holds of the merchant's goods, SKU by SKU. As records.h.
#pragma once

#include <cstdint>
#include <string>

#include "host/base/time.h"

namespace quayside {

// Units of one of the seller's SKUs in a fulfilment centre, as the marketplace shows them.
struct CentreStockRecord {
  std::string location_id;
  std::string sku;
  std::string product_id;
  std::string centre_sku;  // the warehouse's own number for it
  std::string title;
  std::string condition;
  int64_t fulfillable = 0;  // can be shipped now: what counts for the level
  int64_t inbound = 0;
  int64_t reserved = 0;
  int64_t unfulfillable = 0;
  int64_t researching = 0;
  bool absent = false;    // the warehouse no longer knows it; all figures are 0
  TimeUs changed_us = 0;  // there; 0 = not told
  TimeUs seen_us = 0;     // when it was last read
  std::string pass_id;    // the last complete pass that saw it

  bool operator==(const CentreStockRecord&) const = default;
};

}  // namespace quayside
