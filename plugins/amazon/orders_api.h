// What searchOrders and getOrder have in common.
#pragma once

namespace quayside::amazon {

constexpr char kGetOrder[] = "getOrder";
constexpr char kOrdersPath[] = "/orders/2026-01-01/orders";
// Data sets beside the items. FULFILLMENT carries the status: never without it. EXPENSE, PROMOTION, TAX and PAYMENT
// hold nothing that a field of the contract's order takes.
constexpr char kIncludedData[] = "BUYER,RECIPIENT,PROCEEDS,CANCELLATION,FULFILLMENT,PACKAGES";
constexpr char kIncludedDataWithoutPeople[] = "PROCEEDS,CANCELLATION,FULFILLMENT,PACKAGES";

}  // namespace quayside::amazon
