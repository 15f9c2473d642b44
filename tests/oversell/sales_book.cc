#include "tests/oversell/sales_book.h"

#include <algorithm>

namespace quayside {
namespace {

OversellCause CauseWithin(const HostView& host) {
  if (!host.open) return host.restocked ? OversellCause::kRestocked : OversellCause::kUnexplained;
  if (host.braked) return OversellCause::kBrake;
  if (host.failing) return OversellCause::kFault;
  return host.travelling ? OversellCause::kTravelling : OversellCause::kWaiting;
}

}  // namespace

const char* OversellCauseName(OversellCause cause) {
  switch (cause) {
    case OversellCause::kUnread:
      return "order_not_read_yet";
    case OversellCause::kFault:
      return "window_fault";
    case OversellCause::kTravelling:
      return "window_travelling";
    case OversellCause::kBrake:
      return "window_brake";
    case OversellCause::kWaiting:
      return "window_waiting";
    case OversellCause::kRestocked:
      return "restocked_by_marketplace";
    case OversellCause::kUnexplained:
      break;
  }
  return "unexplained";
}

OversoldUnits ExplainSale(int64_t left, int64_t units, const HostView& host) {
  OversoldUnits oversold;
  const int64_t there = std::max<int64_t>(left, 0);
  const int64_t missing = std::max<int64_t>(units - there, 0);
  if (missing == 0) return oversold;
  // Units the host takes for there although they are not: it has not read all orders.
  const int64_t unread = std::clamp<int64_t>(std::max<int64_t>(host.stock, 0) - there, 0, missing);
  if (unread > 0) oversold[OversellCause::kUnread] = unread;
  if (missing > unread) oversold[CauseWithin(host)] = missing - unread;
  return oversold;
}

}  // namespace quayside
