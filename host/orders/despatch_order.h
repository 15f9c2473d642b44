// Processing an order: packages leave, levels fall once, and what is to be confirmed to the marketplace is
// written as intents. Parts of one transaction; the lane of the account's despatches sends them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/ids.h"
#include "host/security/cipher.h"
#include "host/store/store.h"

namespace quayside {

// A package as somebody asks for it.
struct PackageWish {
  // 0: a new package. Else the order's package of this number is edited: what is given replaces what is there, lines
  // stay.
  int32_t number = 0;
  // Of a new package; empty: all that is left of the order, if it is the only new one.
  std::vector<DespatchLine> lines;
  // The carrier: by postal method, or by what a marketplace is told. Neither: the order's own postal method.
  std::string postal_method;
  std::string carrier_code;
  std::string carrier_name;
  std::string service_name;
  std::string tracking;   // empty = not tracked
  TimeUs shipped_us = 0;  // 0 = now
};

struct DespatchInputs {
  Tx& tx;
  IdSource& ids;
  const Cipher& cipher;
  TimeUs now = 0;
  std::string plugin_id;  // of the order's account
  bool offered = false;   // it offers despatch/1
  // A marketplace's warehouse ships the order for the merchant, and says what left. Nobody else may meanwhile. Each
  // wish is a new package.
  bool by_centre = false;
};

struct DespatchedOrder {
  OrderRecord order;
  std::vector<OrderLineRecord> lines;
  std::vector<DespatchRecord> packages;  // as wished, in that order
  std::vector<std::string> accounts;     // whose quantities are to be decided again
};

// All packages or none. A wish without a number that says again what a package the order had before says (tracking
// number and lines) is that package: edited, not doubled; two wishes of one request are two packages. INVALID_ARGUMENT
// with every violation (fields below "packages[i]"), ORDER_NOT_FOUND, ORDER_NOT_DESPATCHABLE, CARRIER_MISSING,
// POSTAL_METHOD_NOT_FOUND.
[[nodiscard]] absl::StatusOr<DespatchedOrder> DespatchOrder(const DespatchInputs& in, int64_t order_id,
                                                            const std::vector<PackageWish>& wishes);

// The package is to be confirmed (again), at once; its dead letter is closed. DESPATCH_NOT_FOUND,
// DESPATCH_NOT_RETRYABLE with what stands against it, CARRIER_MISSING: nothing is written.
[[nodiscard]] absl::StatusOr<DespatchRecord> RetryDespatch(const DespatchInputs& in, int64_t order_id, int32_t number);

}  // namespace quayside
