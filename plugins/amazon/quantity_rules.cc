#include "quantity_rules.h"

#include "listings_api.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;

constexpr char kMerchantChannel[] = "DEFAULT";
constexpr char kAnyProductType[] = "PRODUCT";  // enough for changes to an offer
constexpr int32_t kMaxLatencyDays = 30;

}  // namespace

void Reject(pb::Outcome& outcome, std::string reason, std::string message) {
  outcome.mutable_rejected()->set_reason(std::move(reason));
  outcome.mutable_rejected()->set_message(std::move(message));
}

void PutOff(pb::Outcome& outcome, int64_t at_us, std::string reason) {
  outcome.mutable_retry()->set_at_us(at_us);
  outcome.mutable_retry()->set_reason(std::move(reason));
}

bool RejectUnsendable(const pb::QuantityIntent& intent, pb::Outcome& outcome) {
  if (intent.fulfilment() != pb::FULFILMENT_CHANNEL_MERCHANT) {
    // A merchant quantity on an FBA listing adds a second channel entry and strands the stock in Amazon's warehouse.
    Reject(outcome, "NOT_MERCHANT_FULFILLED",
           intent.fulfilment() == pb::FULFILMENT_CHANNEL_MARKETPLACE
               ? "Amazon fulfils this listing; it must not get a merchant quantity."
               : "It is not known who fulfils this listing. Read it back first.");
  } else if (!IsUsableSku(intent.sku())) {
    Reject(outcome, "SKU_INVALID", "Amazon has no listing of this SKU.");
  } else if (intent.marketplace().empty()) {
    Reject(outcome, "MARKETPLACE_MISSING", "The target has no owner channel.");
  } else if (intent.quantity() < 0) {
    Reject(outcome, "QUANTITY_INVALID", "A quantity is never negative.");
  } else if (intent.has_latency_days() && (intent.latency_days() < 1 || intent.latency_days() > kMaxLatencyDays)) {
    Reject(outcome, "LATENCY_INVALID", "Handling time is 1 to 30 days.");
  } else {
    return false;
  }
  return true;
}

json::array QuantityPatches(const pb::QuantityIntent& intent) {
  json::object availability{{"fulfillment_channel_code", kMerchantChannel}, {"quantity", intent.quantity()}};
  if (intent.has_latency_days()) availability["lead_time_to_ship_max_days"] = intent.latency_days();
  // Only what is left out of a `replace` is forgotten.
  return {{{"op", intent.clear_latency() ? "replace" : "merge"},
           {"path", "/attributes/fulfillment_availability"},
           {"value", {std::move(availability)}}}};
}

std::string ProductTypeOf(const pb::QuantityIntent& intent) {
  return intent.product_type().empty() ? kAnyProductType : intent.product_type();
}

}  // namespace quayside::amazon
