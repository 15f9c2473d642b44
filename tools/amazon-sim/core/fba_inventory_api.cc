// FBA Inventory v1: getInventorySummaries.
#include <algorithm>

#include "core/call.h"
#include "core/fba_stock_json.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

constexpr std::size_t kStockPage = 50;
constexpr std::size_t kMaxStockSkus = 50;
constexpr Micros kStockTokenLives = 30 * kSecond;
constexpr Micros kStockFurthestBack = 548 * kDay;  // 18 months

struct StockSearch {
  const Marketplace* marketplace = nullptr;
  bool details = false;
  std::optional<Micros> changed_since;
  std::vector<std::string> skus;  // empty: all

  bool Matches(const FbaStock& stock) const {
    if (changed_since) return !stock.unlisted && stock.changed >= *changed_since;
    if (skus.empty()) return !stock.unlisted;
    return std::find(skus.begin(), skus.end(), stock.listing->sku) != skus.end();
  }
};

StockSearch ReadStockSearch(const Call& call) {
  const Query& query = call.target.query;
  if (query.Get("granularityType") != "Marketplace") RefuseInput("'granularityType' must be Marketplace.");
  const auto marketplaces = ReadMarketplaces(call);
  if (marketplaces.size() != 1) RefuseInput("'marketplaceIds' must name one marketplace.");
  if (query.Get("granularityId") != marketplaces[0]->id) RefuseInput("'granularityId' must be the marketplace.");
  const std::string details = query.Get("details");
  if (!details.empty() && details != "true" && details != "false") RefuseInput("'details' is true or false.");
  StockSearch search{.marketplace = marketplaces[0], .details = details == "true"};
  search.changed_since = ReadTime(query, "startDateTime");
  if (search.changed_since && *search.changed_since < call.now - kStockFurthestBack) {
    RefuseInput("'startDateTime' lies more than 18 months back.");
  }
  search.skus = query.List("sellerSkus");
  if (search.skus.size() > kMaxStockSkus) RefuseInput("At most 50 sellerSkus are allowed.");
  if (const std::string* sku = query.Find("sellerSku"); search.skus.empty() && sku) search.skus = {*sku};
  return search;
}

// The place in the list behind which a page begins. The token says nothing of startDateTime: the caller must repeat it,
// and gets the wrong page when he does not.
struct StockStockPage {
  std::string marketplace;
  Micros issued = 0;
  std::string after;   // SKU; empty: from the start
  std::string before;  // where the page that gave the token out began

  std::string Seal(const PageTokens& tokens) const {
    return tokens.SealText(json::serialize(json::array{marketplace, issued, after, before}));
  }
};

StockStockPage ReadStockStockPage(const Call& call, const StockSearch& search) {
  const std::string* token = call.target.query.Find("nextToken");
  if (!token || token->empty()) return {.marketplace = std::string(search.marketplace->id)};
  const auto text = call.page_tokens.OpenText(*token);
  boost::system::error_code error;
  const json::value state = text ? json::parse(*text, error) : json::value();
  if (error || !state.is_array() || state.get_array().size() != 4) RefuseInput("The 'nextToken' is invalid.");
  const json::array& fields = state.get_array();
  StockStockPage page{.marketplace = std::string(fields[0].get_string()),
                      .issued = fields[1].get_int64(),
                      .after = std::string(fields[2].get_string()),
                      .before = std::string(fields[3].get_string())};
  if (page.issued + kStockTokenLives < call.now) RefuseInput("The 'nextToken' has expired.");
  if (page.marketplace != search.marketplace->id) RefuseInput("The 'nextToken' is of another marketplace.");
  if (call.Has(FaultKind::kRepeatedPage)) page.after = page.before;
  return page;
}

}  // namespace

Response GetInventorySummaries(Call& call) {
  RequireFba(call);
  const StockSearch search = ReadStockSearch(call);
  StockStockPage page = ReadStockStockPage(call, search);
  const Warehouse::Shelves& shelves = call.book.warehouse().shelves();
  const std::string_view pool = search.marketplace->stock_pool;
  auto at = page.after.empty() ? shelves.lower_bound({pool, ""}) : shelves.upper_bound({pool, page.after});
  json::array summaries;
  std::string_view last;
  bool more = false;
  for (; at != shelves.end() && at->first.first == pool; ++at) {
    if (!search.Matches(at->second)) continue;
    if (summaries.size() == kStockPage) {
      more = true;
      break;
    }
    last = at->second.listing->sku;
    summaries.push_back(InventorySummaryJson(at->second, search.details));
  }
  json::object body{{"payload",
                     {{"granularity", {{"granularityType", "Marketplace"}, {"granularityId", search.marketplace->id}}},
                      {"inventorySummaries", std::move(summaries)}}}};
  if (more) {
    const StockStockPage next{page.marketplace, call.now, std::string(last), page.after};
    body["pagination"] = json::object{{"nextToken", next.Seal(call.page_tokens)}};
  }
  return JsonAnswer(200, body);
}

}  // namespace amazon_sim
