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
  kDownloadDocument,
  kUploadDocument,
};

struct OperationInfo {
  Operation operation;
  std::string_view name;
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
