#include "core/operation.h"

#include <algorithm>
#include <array>

#include "core/call.h"

namespace amazon_sim {
namespace {

constexpr std::string_view kSellerPlace = "{seller}";
// Unpublished, high enough not to matter.
constexpr double kPlenty = 100;

constexpr std::array kOperations{
    OperationInfo{Operation::kToken, "token", "POST", "auth/o2/token", kPlenty, kPlenty, nullptr},
    OperationInfo{Operation::kSearchOrders, "searchOrders", "GET", "orders/2026-01-01/orders", 0.0056, 20,
                  SearchOrders},
    OperationInfo{Operation::kGetOrder, "getOrder", "GET", "orders/2026-01-01/orders/{}", 0.5, 30, GetOrder},
    OperationInfo{Operation::kConfirmShipment, "confirmShipment", "POST", "orders/v0/orders/{}/shipmentConfirmation", 2,
                  10, ConfirmShipment},
    OperationInfo{Operation::kGetListingsItem, "getListingsItem", "GET", "listings/2021-08-01/items/{seller}/{}", 5, 5,
                  GetListingsItem},
    OperationInfo{Operation::kPatchListingsItem, "patchListingsItem", "PATCH", "listings/2021-08-01/items/{seller}/{}",
                  5, 5, PatchListingsItem},
    OperationInfo{Operation::kSearchListingsItems, "searchListingsItems", "GET", "listings/2021-08-01/items/{seller}",
                  5, 5, SearchListingsItems},
    OperationInfo{Operation::kGetMarketplaceParticipations, "getMarketplaceParticipations", "GET",
                  "sellers/v1/marketplaceParticipations", 0.016, 15, GetMarketplaceParticipations},
    OperationInfo{Operation::kCreateReport, "createReport", "POST", "reports/2021-06-30/reports", 0.0167, 15,
                  CreateReport},
    OperationInfo{Operation::kGetReports, "getReports", "GET", "reports/2021-06-30/reports", 0.0222, 10, GetReports},
    OperationInfo{Operation::kGetReport, "getReport", "GET", "reports/2021-06-30/reports/{}", 2, 15, GetReport},
    OperationInfo{Operation::kCancelReport, "cancelReport", "DELETE", "reports/2021-06-30/reports/{}", 0.0222, 10,
                  CancelReport},
    OperationInfo{Operation::kGetReportDocument, "getReportDocument", "GET", "reports/2021-06-30/documents/{}", 0.0167,
                  15, GetReportDocument},
    OperationInfo{Operation::kCreateFeedDocument, "createFeedDocument", "POST", "feeds/2021-06-30/documents", 0.5, 15,
                  CreateFeedDocument},
    OperationInfo{Operation::kCreateFeed, "createFeed", "POST", "feeds/2021-06-30/feeds", 0.0083, 15, CreateFeed},
    OperationInfo{Operation::kGetFeeds, "getFeeds", "GET", "feeds/2021-06-30/feeds", 0.0222, 10, GetFeeds},
    OperationInfo{Operation::kGetFeed, "getFeed", "GET", "feeds/2021-06-30/feeds/{}", 2, 15, GetFeed},
    OperationInfo{Operation::kCancelFeed, "cancelFeed", "DELETE", "feeds/2021-06-30/feeds/{}", 2, 15, CancelFeed},
    OperationInfo{Operation::kGetFeedDocument, "getFeedDocument", "GET", "feeds/2021-06-30/documents/{}", 0.0222, 10,
                  GetFeedDocument},
    OperationInfo{Operation::kGetInventorySummaries, "getInventorySummaries", "GET", "fba/inventory/v1/summaries", 2, 2,
                  GetInventorySummaries},
    OperationInfo{Operation::kGetFulfillmentPreview, "getFulfillmentPreview", "POST",
                  "fba/outbound/2020-07-01/fulfillmentOrders/preview", 2, 30, GetFulfillmentPreview},
    OperationInfo{Operation::kCreateFulfillmentOrder, "createFulfillmentOrder", "POST",
                  "fba/outbound/2020-07-01/fulfillmentOrders", 2, 30, CreateFulfillmentOrder},
    OperationInfo{Operation::kGetFulfillmentOrder, "getFulfillmentOrder", "GET",
                  "fba/outbound/2020-07-01/fulfillmentOrders/{}", 2, 30, GetFulfillmentOrder},
    OperationInfo{Operation::kListAllFulfillmentOrders, "listAllFulfillmentOrders", "GET",
                  "fba/outbound/2020-07-01/fulfillmentOrders", 2, 30, ListAllFulfillmentOrders},
    OperationInfo{Operation::kUpdateFulfillmentOrder, "updateFulfillmentOrder", "PUT",
                  "fba/outbound/2020-07-01/fulfillmentOrders/{}", 2, 30, UpdateFulfillmentOrder},
    OperationInfo{Operation::kCancelFulfillmentOrder, "cancelFulfillmentOrder", "PUT",
                  "fba/outbound/2020-07-01/fulfillmentOrders/{}/cancel", 2, 30, CancelFulfillmentOrder},
    OperationInfo{Operation::kGetPackageTrackingDetails, "getPackageTrackingDetails", "GET",
                  "fba/outbound/2020-07-01/tracking", 2, 30, GetPackageTrackingDetails},
    OperationInfo{Operation::kGetOrderPreview2026, "outbound2026.getOrderPreview", "POST",
                  "fulfillment/outbound/2026-07-04/previews", 2, 30, GetOrderPreview2026},
    OperationInfo{Operation::kCreateOrder2026, "outbound2026.createOrder", "POST",
                  "fulfillment/outbound/2026-07-04/orders", 2, 30, CreateOrder2026},
    OperationInfo{Operation::kGetOrder2026, "outbound2026.getOrder", "GET", "fulfillment/outbound/2026-07-04/orders/{}",
                  2, 30, GetOrder2026},
    OperationInfo{Operation::kListOrders2026, "outbound2026.listOrders", "GET",
                  "fulfillment/outbound/2026-07-04/orders", 2, 30, ListOrders2026},
    OperationInfo{Operation::kUpdateOrder2026, "outbound2026.updateOrder", "PUT",
                  "fulfillment/outbound/2026-07-04/orders/{}", 2, 30, UpdateOrder2026},
    OperationInfo{Operation::kCancelOrder2026, "outbound2026.cancelOrder", "PUT",
                  "fulfillment/outbound/2026-07-04/orders/{}/cancel", 2, 30, CancelOrder2026},
    OperationInfo{Operation::kDownloadDocument, "downloadDocument", "GET", "documents/{}", kPlenty, kPlenty, nullptr},
    OperationInfo{Operation::kUploadDocument, "uploadDocument", "PUT", "documents/{}", kPlenty, kPlenty, nullptr},
};

constexpr bool IsInOrder() {
  for (std::size_t i = 0; i < kOperations.size(); ++i) {
    if (static_cast<std::size_t>(kOperations[i].operation) != i) return false;
  }
  return true;
}
static_assert(IsInOrder());

// Calls visit(segment, number) until it returns false; whether it never did.
template <typename Visit>
bool EverySegment(std::string_view path, Visit visit) {
  for (std::size_t number = 0;; ++number) {
    const std::size_t slash = path.find('/');
    if (!visit(path.substr(0, slash), number)) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool Fits(std::string_view pattern, const std::vector<std::string>& path) {
  if (static_cast<std::size_t>(std::count(pattern.begin(), pattern.end(), '/')) + 1 != path.size()) return false;
  return EverySegment(
      pattern, [&](std::string_view segment, std::size_t i) { return segment.front() == '{' || segment == path[i]; });
}

}  // namespace

std::span<const OperationInfo> AllOperations() { return kOperations; }

const OperationInfo& Info(Operation operation) { return kOperations[static_cast<std::size_t>(operation)]; }

std::string_view Name(Operation operation) { return Info(operation).name; }

std::optional<Operation> ParseOperation(std::string_view name) {
  for (const OperationInfo& info : kOperations) {
    if (info.name == name) return info.operation;
  }
  return std::nullopt;
}

std::optional<Operation> MatchOperation(std::string_view method, const std::vector<std::string>& path) {
  for (const OperationInfo& info : kOperations) {
    if (info.method == method && Fits(info.path, path)) return info.operation;
  }
  return std::nullopt;
}

std::optional<std::size_t> SellerSegment(Operation operation) {
  std::optional<std::size_t> found;
  EverySegment(Info(operation).path, [&](std::string_view segment, std::size_t number) {
    if (segment == kSellerPlace) found = number;
    return !found;
  });
  return found;
}

}  // namespace amazon_sim
