// One authenticated call of an operation, and the answers SP-API gives.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/accounts.h"
#include "core/faults.h"
#include "core/http_message.h"
#include "core/ledger.h"
#include "core/page_token.h"
#include "core/seller_book.h"
#include "core/sim_clock.h"
#include "core/url.h"

namespace amazon_sim {

class World;

struct Call {
  World& world;
  const Request& request;
  const Target& target;
  Account& account;
  SellerBook& book;
  Ledger& ledger;
  const PageTokens& page_tokens;
  Rng& rng;  // for ids
  Micros now;
  std::optional<FaultRule> fault;

  bool Has(FaultKind kind) const { return fault && fault->kind == kind; }
};

// A refusal in SP-API's shape, thrown by what validates a request and answered by the router.
struct ApiError {
  int status;
  std::string code;
  std::string message;
  std::string details;
};
[[noreturn]] void RefuseInput(std::string details);
// The JSON object a request carries, as application/json.
boost::json::object ReadBodyObject(const Request& request);

Response JsonAnswer(int status, const boost::json::value& body);
Response ErrorAnswer(const ApiError& error);
Response QuotaExceeded();
Response HtmlAnswer(int status, std::string_view title);
ApiError AccessDenied(std::string details);

// By id; must be Amazon's and the account's.
const Marketplace* ReadMarketplace(const Account& account, const std::string& id);
// Refuses, as Amazon does, in words that do not say why: the seller's stock is not in Amazon's warehouses.
void RequireFba(const Call& call);
// The marketplaces a query names. Empty when the parameter is absent.
std::vector<const Marketplace*> ReadMarketplaces(const Call& call);
// A date-time parameter; nothing when absent.
std::optional<Micros> ReadTime(const Query& query, std::string_view name);
// Refuses any value of a list parameter that is not among those allowed.
std::vector<std::string> ReadEnumList(const Query& query, std::string_view name,
                                      std::initializer_list<std::string_view> allowed);
std::optional<std::int64_t> ReadWhole(const Query& query, std::string_view name);
// 8-4-4-4-12 hex digits.
std::string MakeUuid(Rng& rng);
// 12.30
std::string MoneyText(std::int64_t minor, const Marketplace& marketplace);
// {"amount": "12.30", "currencyCode": "GBP"}
boost::json::object MoneyJson(std::int64_t minor, const Marketplace& marketplace);

// The operations.
Response SearchOrders(Call& call);
Response GetOrder(Call& call);
Response ConfirmShipment(Call& call);
Response GetListingsItem(Call& call);
Response SearchListingsItems(Call& call);
Response PatchListingsItem(Call& call);
Response GetMarketplaceParticipations(Call& call);
Response CreateReport(Call& call);
Response GetReports(Call& call);
Response GetReport(Call& call);
Response CancelReport(Call& call);
Response GetReportDocument(Call& call);
Response CreateFeedDocument(Call& call);
Response CreateFeed(Call& call);
Response GetFeeds(Call& call);
Response GetFeed(Call& call);
Response CancelFeed(Call& call);
Response GetFeedDocument(Call& call);
Response GetInventorySummaries(Call& call);
Response GetFulfillmentPreview(Call& call);
Response CreateFulfillmentOrder(Call& call);
Response GetFulfillmentOrder(Call& call);
Response ListAllFulfillmentOrders(Call& call);
Response UpdateFulfillmentOrder(Call& call);
Response CancelFulfillmentOrder(Call& call);
Response GetPackageTrackingDetails(Call& call);
Response GetOrderPreview2026(Call& call);
Response CreateOrder2026(Call& call);
Response GetOrder2026(Call& call);
Response ListOrders2026(Call& call);
Response UpdateOrder2026(Call& call);
Response CancelOrder2026(Call& call);

}  // namespace amazon_sim
