// searchOrders and getOrder of Orders 2026-01-01, with the rules that stand only in the model's prose.
#include <algorithm>

#include "core/call.h"
#include "core/order_json.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

constexpr Micros kFreshest = 2 * kMinute;                   // no search sees the last two minutes
constexpr Micros kTokenLife = 24 * kHour;                   // of a paginationToken
constexpr Micros kOldest = 730 * kDay;                      // older orders are gone ...
constexpr Micros kOldestFarEast = 1'451'606'400 * kSecond;  // ... except in JP, AU and SG: since 2016

struct OrderSearch {
  bool by_created = false;
  Micros after = 0;
  Micros before = 0;
  std::vector<OrderStatus> statuses;
  std::vector<const Marketplace*> marketplaces;
  std::optional<bool> by_amazon;
  IncludedData included;
  std::size_t page_size = 100;
  std::uint64_t fingerprint = 0;

  bool Matches(const Order& order, Micros now) const {
    if (order.listed_from > now) return false;
    if (by_amazon && order.by_amazon != *by_amazon) return false;
    if (!statuses.empty() && std::find(statuses.begin(), statuses.end(), order.status) == statuses.end()) return false;
    if (!marketplaces.empty() &&
        std::find(marketplaces.begin(), marketplaces.end(), order.marketplace) == marketplaces.end()) {
      return false;
    }
    const std::string_view country = order.marketplace->country;
    const bool keeps_long = country == "JP" || country == "AU" || country == "SG";
    return order.created >= (keeps_long ? kOldestFarEast : now - kOldest);
  }
};

IncludedData ReadIncludedData(const Query& query) {
  return IncludedData::Parse(ReadEnumList(query, "includedData",
                                          {"BUYER", "RECIPIENT", "PROCEEDS", "EXPENSE", "PROMOTION", "CANCELLATION",
                                           "FULFILLMENT", "PACKAGES", "TAX", "PAYMENT", "FULFILLMENT_ORDERS"}));
}

void ReadWindow(const Query& query, Micros now, OrderSearch& search) {
  const auto created_after = ReadTime(query, "createdAfter");
  const auto updated_after = ReadTime(query, "lastUpdatedAfter");
  const auto created_before = ReadTime(query, "createdBefore");
  const auto updated_before = ReadTime(query, "lastUpdatedBefore");
  if (created_after.has_value() == updated_after.has_value()) {
    RefuseInput("Provide exactly one of 'createdAfter' and 'lastUpdatedAfter'.");
  }
  if ((created_after && updated_before) || (updated_after && created_before)) {
    RefuseInput("'created...' and 'lastUpdated...' parameters cannot be mixed.");
  }
  search.by_created = created_after.has_value();
  search.after = search.by_created ? *created_after : *updated_after;
  if (search.after > now) RefuseInput("The start of the window lies in the future.");
  const auto before = search.by_created ? created_before : updated_before;
  if (before) {
    if (*before < search.after) RefuseInput("The end of the window lies before its start.");
    if (*before > now - kFreshest) RefuseInput("The end of the window must be at least two minutes in the past.");
  }
  // A start within the last two minutes gives an empty window rather than one that runs backwards.
  search.before = before ? *before : std::max(CutToMillis(now - kFreshest), search.after);
}

OrderSearch ReadSearch(const Call& call) {
  const Query& query = call.target.query;
  OrderSearch search;
  ReadWindow(query, call.now, search);
  if (query.List("marketplaceIds").size() > 50) RefuseInput("At most 50 marketplaceIds are allowed.");
  search.marketplaces = ReadMarketplaces(call);
  if (search.marketplaces.empty()) search.marketplaces = call.account.marketplaces;
  for (const std::string& name : query.List("fulfillmentStatuses")) {
    const auto status = ParseOrderStatus(name);
    if (!status) RefuseInput("'" + name + "' is not a value of 'fulfillmentStatuses'.");
    search.statuses.push_back(*status);
  }
  const auto fulfilled_by = ReadEnumList(query, "fulfilledBy", {"MERCHANT", "AMAZON"});
  if (!fulfilled_by.empty() && std::all_of(fulfilled_by.begin(), fulfilled_by.end(),
                                           [&](const auto& each) { return each == fulfilled_by[0]; })) {
    search.by_amazon = fulfilled_by[0] == "AMAZON";
  }
  search.included = ReadIncludedData(query);
  if (const auto size = ReadWhole(query, "maxResultsPerPage")) {
    if (*size < 1 || *size > 100) RefuseInput("'maxResultsPerPage' must be between 1 and 100.");
    search.page_size = static_cast<std::size_t>(*size);
  }
  search.fingerprint = query.Fingerprint({"paginationToken", "maxResultsPerPage"}) ^ call.account.index;
  return search;
}

PageState ReadPage(const Call& call, const OrderSearch& search) {
  const std::string* token = call.target.query.Find("paginationToken");
  if (!token) return {.query = search.fingerprint, .issued = call.now, .window_end = search.before};
  auto page = call.page_tokens.Open(*token);
  if (!page) RefuseInput("The 'paginationToken' is invalid.");
  if (page->issued + kTokenLife < call.now) RefuseInput("The 'paginationToken' has expired.");
  if (page->query != search.fingerprint) {
    RefuseInput("With a 'paginationToken' all parameters but 'maxResultsPerPage' must stay the same.");
  }
  page->has_start = true;
  return *page;
}

// Breaks one order of the page in the way the fault asks for.
void BreakOrder(json::array& orders, const FaultRule& fault, Rng& rng) {
  if (orders.empty()) return;
  json::value& victim = orders[rng.Below(orders.size())];
  json::object& order = victim.get_object();
  if (fault.variant == "not-an-object") {
    victim = "unreadable";
  } else if (fault.variant == "text-quantity") {
    order["orderItems"].get_array()[0].get_object()["quantityOrdered"] = "two";
  } else if (fault.variant == "no-items") {
    order.erase("orderItems");
  } else if (fault.variant == "unknown-status") {
    order["fulfillment"] = {{"fulfillmentStatus", "INVOICE_UNCONFIRMED"}, {"fulfilledBy", "MERCHANT"}};
  } else {
    order.erase("orderId");
  }
}

}  // namespace

Response SearchOrders(Call& call) {
  const OrderSearch search = ReadSearch(call);
  const PageState asked = ReadPage(call, search);
  PageState page = asked;
  if (call.Has(FaultKind::kRepeatedPage) && asked.has_start) {
    page.after_time = asked.start_time;
    page.after_index = asked.start_index;
  }

  // The whole answer depends on the window frozen in the token: what changes while a client pages leaves the window, it
  // does not shift the pages.
  const auto& index = search.by_created ? call.book.orders_by_created() : call.book.orders_by_updated();
  const SellerBook::TimeKey last_seen{page.after_time, page.after_index};
  const bool first_page = page.after_time == 0 && page.after_index == 0;
  auto at = first_page ? index.lower_bound({search.after, 0}) : index.upper_bound(last_seen);
  const Micros window_end = asked.window_end;
  json::array orders;
  SellerBook::TimeKey last{};
  bool more = false;
  for (; at != index.end() && at->first <= window_end; ++at) {
    const Order& order = call.book.order(at->second);
    if (!search.Matches(order, call.now)) continue;
    if (orders.size() == search.page_size) {
      more = true;
      break;
    }
    orders.push_back(OrderJson(order, search.included, call.now));
    last = *at;
  }
  if (call.Has(FaultKind::kMalformedOrder)) BreakOrder(orders, *call.fault, call.rng);

  json::object body{{"orders", std::move(orders)}};
  if (more) {
    const PageState next{.query = search.fingerprint,
                         .issued = call.now,
                         .window_end = window_end,
                         .after_time = last.first,
                         .after_index = last.second,
                         .start_time = page.after_time,
                         .start_index = page.after_index,
                         .has_start = true};
    body["pagination"] = json::object{{"nextToken", call.page_tokens.Seal(next)}};
  }
  body[search.by_created ? "createdBefore" : "lastUpdatedBefore"] = Iso8601(window_end);
  return JsonAnswer(200, body);
}

Response GetOrder(Call& call) {
  const std::string& id = call.target.segments.back();
  const IncludedData included = ReadIncludedData(call.target.query);
  const bool well_formed = id.size() == 19 && id[3] == '-' && id[11] == '-';
  if (!well_formed) RefuseInput("'" + id + "' is not an order id.");
  const Order* order = call.book.FindOrder(id);
  if (!order) throw ApiError{404, "NotFound", "The requested order was not found.", id};
  json::array one{OrderJson(*order, included, call.now)};
  if (call.Has(FaultKind::kMalformedOrder)) BreakOrder(one, *call.fault, call.rng);
  return JsonAnswer(200, json::object{{"order", one[0]}});
}

}  // namespace amazon_sim
