// The operations of Amazon that are simulated: one table, in operation.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace amazon_sim {

struct Call;
struct Response;

// In the order of the table.
enum class Operation : std::uint8_t {
  kToken,
  kSearchOrders,
  kGetOrder,
  kConfirmShipment,
  kGetListingsItem,
  kPatchListingsItem,
  kSearchListingsItems,
  kGetMarketplaceParticipations,
  kCreateReport,
  kGetReports,
  kGetReport,
  kCancelReport,
  kGetReportDocument,
  kCreateFeedDocument,
  kCreateFeed,
  kGetFeeds,
  kGetFeed,
  kCancelFeed,
  kGetFeedDocument,
  kGetInventorySummaries,
  kGetFulfillmentPreview,
  kCreateFulfillmentOrder,
  kGetFulfillmentOrder,
  kListAllFulfillmentOrders,
  kUpdateFulfillmentOrder,
  kCancelFulfillmentOrder,
  kGetPackageTrackingDetails,
  kGetOrderPreview2026,
  kCreateOrder2026,
  kGetOrder2026,
  kListOrders2026,
  kUpdateOrder2026,
  kCancelOrder2026,
  kDownloadDocument,
  kUploadDocument,
};

struct OperationInfo {
  Operation operation;
  std::string_view name;  // Amazon's; one that another API has as well bears its API's before a point
  std::string_view method;
  std::string_view path;  // "{}" is any one segment, "{seller}" must be the caller's seller id
  // The published usage plan; where Amazon's model and its pages differ, the smaller burst.
  double rate;
  double burst;
  Response (*run)(Call&);  // null for what needs no access token: the token itself and presigned addresses
};

std::span<const OperationInfo> AllOperations();
const OperationInfo& Info(Operation operation);
std::string_view Name(Operation operation);
std::optional<Operation> ParseOperation(std::string_view name);
// What a request asks for; nothing when Amazon has no such path.
std::optional<Operation> MatchOperation(std::string_view method, const std::vector<std::string>& path);
// The place of {seller} in the operation's path; nothing when it has none.
std::optional<std::size_t> SellerSegment(Operation operation);

}  // namespace amazon_sim
