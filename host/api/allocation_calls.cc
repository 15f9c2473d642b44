#include "host/api/allocation_calls.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "host/api/convert.h"
#include "host/api/list_filters.h"
#include "host/api/paging.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/orders/outbound_order.h"
#include "host/orders/outbound_rules.h"

namespace quayside {
namespace {

namespace api = quayside::v1;
namespace pb = quayside::plugin::v1;

static_assert(static_cast<int>(OutboundPhase::kWaiting) == api::ALLOCATION_STATE_WAITING &&
                  static_cast<int>(OutboundPhase::kCancelling) == api::ALLOCATION_STATE_CANCELLING &&
                  static_cast<int>(OutboundPhase::kFailed) == api::ALLOCATION_STATE_FAILED,
              "the two enums number their values alike");

std::string SpeedText(int speed) {
  switch (speed) {
    case pb::SHIPPING_SPEED_PRIORITY:
      return "PRIORITY";
    case pb::SHIPPING_SPEED_EXPEDITED:
      return "EXPEDITED";
    default:
      return "STANDARD";
  }
}

api::Allocation ToProto(const OutboundRecord& record) {
  api::Allocation out;
  out.set_name(AllocationName(record.order_id, record.number));
  out.set_state(static_cast<api::AllocationState>(record.phase));
  out.set_location(LocationName(record.location_id));
  out.set_speed(SpeedText(record.speed));
  for (const OutboundPart& part : record.parts) {
    api::AllocationLine* added = out.add_lines();
    added->set_line(part.external_id);
    added->set_sku(part.sku);
    added->set_quantity(part.quantity);
    added->set_quantity_shipped(part.shipped);
  }
  out.set_warehouse_status(record.status);
  out.set_delayed(record.delayed);
  out.set_cancellable(record.cancellable);
  out.set_reason(record.reason);
  out.set_message(record.message);
  SetTime(out, &api::Allocation::mutable_ship_by_time, record.ship_by_us);
  if (IsOpen(record.phase)) SetTime(out, &api::Allocation::mutable_next_try_time, record.due_us);
  SetTime(out, &api::Allocation::mutable_create_time, record.created_us);
  SetTime(out, &api::Allocation::mutable_update_time, record.updated_us);
  return out;
}

// A change of an order's allocation: the warehouse's lane is told afterwards, and the lanes of quantities.
template <typename Request, typename Response, typename Change>
absl::Status ChangeAllocation(const ApiContext& context, const Request& request, Response& response, Change change) {
  const ApiParts& parts = context.parts;
  ChangedOutbound changed;
  return context.changes.Make(
      request, response,
      {.apply = [&](Tx& tx) -> absl::Status {
         QS_ASSIGN_OR_RETURN(changed, change(OutboundInputs{.tx = tx, .ids = parts.ids, .now = parts.clock.Now()}));
         *response.mutable_allocation() = ToProto(changed.outbound);
         return absl::OkStatus();
       },
       .after =
           [&] {
             parts.engine.OutboundsChanged(changed.outbound.account_id);
             if (!changed.accounts.empty()) parts.engine.TargetsChanged(changed.accounts);
           },
       .details =
           [&] {
             return AuditDetails{{"allocation", response.allocation().name()}};
           }});
}

}  // namespace

absl::Status AllocationCalls::Allocate(const api::AllocateOrderRequest& request, api::AllocateOrderResponse& response) {
  QS_ASSIGN_OR_RETURN(const int64_t id, ParseOrderName(request.name()));
  AllocationWish wish;
  QS_ASSIGN_OR_RETURN(wish.location_id, ParseLocationName(request.location(), "location"));
  for (const api::PreferredSku& preferred : request.preferred_skus())
    wish.preferred_skus[preferred.line()] = preferred.sku();
  return ChangeAllocation(context_, request, response,
                          [&](const OutboundInputs& in) -> absl::StatusOr<ChangedOutbound> {
                            QS_ASSIGN_OR_RETURN(const OrderRecord order, in.tx.GetOrder(id));
                            QS_RETURN_IF_ERROR(CheckEtag(request.etag(), order.revision, OrderName(id)));
                            return AllocateOrder(in, id, wish);
                          });
}

absl::Status AllocationCalls::TakeBack(const api::TakeBackOrderRequest& request, api::TakeBackOrderResponse& response) {
  QS_ASSIGN_OR_RETURN(const int64_t id, ParseOrderName(request.name()));
  return ChangeAllocation(context_, request, response, [&](const OutboundInputs& in) { return TakeBackOrder(in, id); });
}

absl::Status AllocationCalls::List(const api::ListAllocationsRequest& request, api::ListAllocationsResponse& response) {
  QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
  QS_ASSIGN_OR_RETURN(const int64_t position, NumberCursor(page));
  if (!api::AllocationState_IsValid(request.state()))
    return MakeFieldError(Reason::kInvalidFilter, {{"state", "is not a known value"}});
  const bool of_all = request.parent() == "orders/-";
  if (of_all && request.state() == api::ALLOCATION_STATE_UNSPECIFIED)
    return MakeFieldError(Reason::kInvalidFilter, {{"state", "is needed when those of all orders are listed"}});
  QS_ASSIGN_OR_RETURN(const WorkFilter filter, ParseWorkFilter(request.filter()));
  const SortOrder order = SortOrderOfWork(request.order_by(), of_all ? SortOrder::kDescending : SortOrder::kAscending);
  int64_t id = 0;
  if (!of_all) {
    QS_ASSIGN_OR_RETURN(id, ParseOrderName(request.parent(), "parent"));
  }
  return context_.parts.store.Read([&](ReadTx& tx) -> absl::Status {
    response.Clear();
    std::vector<OutboundRecord> found;
    if (of_all) {
      QS_ASSIGN_OR_RETURN(found, tx.ListOutbounds({.phase = static_cast<OutboundPhase>(request.state()),
                                                   .account_id = filter.account_id,
                                                   .location_id = filter.location_id,
                                                   .made = filter.made,
                                                   .order = order,
                                                   .before_id = position,
                                                   .limit = page.size + 1}));
    } else {
      QS_RETURN_IF_ERROR(tx.GetOrder(id).status());
      QS_ASSIGN_OR_RETURN(found, tx.ListOutboundsOfOrder(id));
      if (order == SortOrder::kDescending) std::reverse(found.begin(), found.end());
      std::erase_if(found, [&](const OutboundRecord& record) {
        return IsBefore(record.number, position, order) || !filter.Takes(record) ||
               (!filter.location_id.empty() && record.location_id != filter.location_id);
      });
    }
    int64_t last = 0;
    for (const OutboundRecord& record : found) {
      const bool wanted = request.state() == api::ALLOCATION_STATE_UNSPECIFIED ||
                          static_cast<int>(record.phase) == static_cast<int>(request.state());
      if (!wanted) continue;
      if (response.allocations_size() == page.size) {
        response.set_next_page_token(MakePageToken(request, absl::StrCat(last)));
        break;
      }
      last = of_all ? record.id : record.number;
      *response.add_allocations() = ToProto(record);
    }
    return absl::OkStatus();
  });
}

}  // namespace quayside
