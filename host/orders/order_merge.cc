#include "host/orders/order_merge.h"

#include <algorithm>
#include <string>

#include "host/security/redact.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

void Keep(const std::string& stored, std::string* reported) {
  if (reported->empty()) *reported = stored;
}

// Does it say to whom or where exactly? A town alone is what marketplaces show of an address they withhold.
bool IsFull(const pb::Address& address) { return !address.name().empty() || !address.lines().empty(); }

void KeepAddress(const pb::Address& stored, pb::Address& reported) {
  if (!IsFull(reported)) {
    if (IsFull(stored) || reported.ByteSizeLong() == 0) reported = stored;
    return;
  }
  if (reported.name() == stored.name()) Keep(stored.phone(), reported.mutable_phone());
}

void KeepLine(const pb::OrderLine& stored, pb::OrderLine& reported) {
  Keep(stored.sku(), reported.mutable_sku());
  Keep(stored.title(), reported.mutable_title());
  Keep(stored.gift_message(), reported.mutable_gift_message());
  Keep(stored.product_id(), reported.mutable_product_id());
  if (!reported.has_unit_price() && stored.has_unit_price()) *reported.mutable_unit_price() = stored.unit_price();
  if (!reported.has_line_total() && stored.has_line_total()) *reported.mutable_line_total() = stored.line_total();
  if (!reported.has_tax() && stored.has_tax()) *reported.mutable_tax() = stored.tax();
  if (!reported.has_shipping() && stored.has_shipping()) *reported.mutable_shipping() = stored.shipping();
  if (!reported.has_discount() && stored.has_discount()) *reported.mutable_discount() = stored.discount();
}

void KeepLines(const pb::Order& stored, pb::Order& merged) {
  for (const pb::OrderLine& before : stored.lines()) {
    auto* lines = merged.mutable_lines();
    const auto now = std::find_if(lines->begin(), lines->end(), [&](const pb::OrderLine& line) {
      return line.external_id() == before.external_id();
    });
    if (now == lines->end()) {
      *lines->Add() = before;
    } else {
      KeepLine(before, *now);
    }
  }
}

}  // namespace

pb::Order MergeOrder(const pb::Order& stored, const pb::Order& reported, bool erased) {
  pb::Order merged = reported;
  Keep(stored.merchant_order_id(), merged.mutable_merchant_order_id());
  Keep(stored.service_level(), merged.mutable_service_level());
  if (merged.created_us() == 0) merged.set_created_us(stored.created_us());
  if (merged.ship_by_us() == 0) merged.set_ship_by_us(stored.ship_by_us());
  if (merged.deliver_by_us() == 0) merged.set_deliver_by_us(stored.deliver_by_us());
  if (merged.programs().empty()) *merged.mutable_programs() = stored.programs();
  if (merged.packages().empty()) *merged.mutable_packages() = stored.packages();
  if (merged.replaces().empty()) *merged.mutable_replaces() = stored.replaces();
  if (!merged.has_total() && stored.has_total()) *merged.mutable_total() = stored.total();
  if (stored.has_buyer()) {
    pb::Buyer& buyer = *merged.mutable_buyer();
    Keep(stored.buyer().name(), buyer.mutable_name());
    Keep(stored.buyer().email(), buyer.mutable_email());
    Keep(stored.buyer().company(), buyer.mutable_company());
    Keep(stored.buyer().purchase_order_number(), buyer.mutable_purchase_order_number());
  }
  if (stored.has_ship_to()) KeepAddress(stored.ship_to(), *merged.mutable_ship_to());
  KeepLines(stored, merged);
  if (erased) ClearPersonal(merged);
  return merged;
}

}  // namespace quayside
