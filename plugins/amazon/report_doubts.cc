#include "report_doubts.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <utility>
#include <vector>

#include "client.h"
#include "errors.h"
#include "json_fields.h"
#include "listing_decoder.h"
#include "listings_api.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;
using sdk::Result;

constexpr char kSearchListings[] = "searchListingsItems";
constexpr char kData[] = "summaries,fulfillmentAvailability,productTypes";
// They travel in the cursor, which has 64 KiB.
constexpr size_t kMostDoubts = 100;
constexpr size_t kLongestSku = 80;  // bytes; Amazon takes 40 characters

pb::HttpRequest SearchFor(const ListingsLane& lane, const Settings& settings, const std::vector<std::string>& skus) {
  pb::HttpRequest request = NewRequest(settings, kSearchListings, "GET", ListingsPath(settings));
  AddQuery(request, "marketplaceIds", lane.marketplace());
  AddQuery(request, "identifiersType", "SKU");
  AddQuery(request, "identifiers", Csv(skus));
  AddQuery(request, "includedData", kData);
  AddQuery(request, "pageSize", std::to_string(kSkusPerSearch));
  return request;
}

}  // namespace

bool IsDoubtful(const std::string& sku) { return sku.find('?') != std::string::npos; }

bool AddDoubt(ReportPosition& report, const std::string& sku) {
  if (std::find(report.doubts.begin(), report.doubts.end(), sku) != report.doubts.end()) return true;
  // Names are joined by commas.
  if (report.doubts.size() >= kMostDoubts || sku.size() > kLongestSku || sku.find(',') != std::string::npos)
    return false;
  report.doubts.push_back(sku);
  return true;
}

void AddDoubtfulSku(const std::string& sku, const std::string& report_id, const std::string& why,
                    pb::PullListingsReply& reply) {
  pb::BadRecord& bad = *reply.add_bad_records();
  bad.set_key(sku);
  bad.set_raw(sku);
  bad.set_reason("report " + report_id +
                 ": the SKU holds a question mark, which may stand for a character a report cannot show; " + why);
}

Result<bool> SettleSomeDoubts(ListingsLane& lane, pb::PullListingsReply& reply) {
  std::vector<std::string>& doubts = lane.position.report.doubts;
  const auto end = doubts.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(doubts.size(), kSkusPerSearch));
  const std::vector<std::string> asked(doubts.begin(), end);
  QS_TRY(const pb::HttpReply answer, lane.caller().Read(SearchFor(lane, lane.caller().settings(), asked)));
  if (answer.status() != 200) return ErrorFrom(answer, kSearchListings, lane.caller().NowUs());
  json::monotonic_resource memory(std::max<size_t>(answer.body().size(), 4096));
  const auto page = ParsePage(answer.body(), memory);
  JsonFields fields;
  const json::array* items = page ? fields.GetArray(page->get_object(), "items") : nullptr;
  if (items == nullptr) return Unreadable(answer, kSearchListings);
  std::map<std::string, pb::Listing> found;
  for (const json::value& item : *items) {
    pb::Listing listing;
    if (ReadListing(item, lane.marketplace(), listing).empty()) found.try_emplace(listing.sku(), std::move(listing));
  }
  for (const std::string& sku : asked) {
    if (const auto listing = found.find(sku); listing != found.end()) {
      *reply.add_listings() = std::move(listing->second);
      ++lane.position.done;
    } else {
      AddDoubtfulSku(sku, lane.position.report.place.id, "Amazon has no listing of that very name", reply);
      lane.position.broken = true;
    }
  }
  doubts.erase(doubts.begin(), end);
  return doubts.empty();
}

}  // namespace quayside::amazon
