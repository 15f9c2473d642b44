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

// By SKU. One that cannot be read is not told.
Result<std::map<std::string, pb::Listing>> ListingsIn(const pb::HttpReply& answer, ListingsLane& lane) {
  if (answer.status() != 200) return ErrorFrom(answer, kSearchListings, lane.caller().NowUs());
  json::monotonic_resource memory(std::max<size_t>(answer.body().size(), 4096));
  const auto page = ParsePage(answer.body(), memory);
  JsonFields fields;
  const json::array* items = page ? fields.GetArray(page->get_object(), "items") : nullptr;
  if (items == nullptr) return Unreadable(answer, kSearchListings);
  std::map<std::string, pb::Listing> found;
  for (const json::value& item : *items) {
    pb::Listing listing;
    if (!ReadListing(item, lane.marketplace(), listing).empty()) continue;
    std::string sku = listing.sku();
    found.try_emplace(std::move(sku), std::move(listing));
  }
  return found;
}

}  // namespace

bool IsDoubtful(const std::string& sku) { return sku.find('?') != std::string::npos; }

std::string AddDoubt(ReportPosition& report, const std::string& sku) {
  constexpr char kDoubt[] = "the SKU holds a question mark, which may stand for a character a report cannot show";
  std::vector<std::string>& doubts = report.doubts;
  if (std::find(doubts.begin(), doubts.end(), sku) != doubts.end())
    return std::string(kDoubt) + "; another line has the same";
  if (sku.size() > kLongestSku) return std::string(kDoubt) + "; it is too long to be looked for";
  if (doubts.size() >= kMostDoubts) return std::string(kDoubt) + "; there are too many to be looked for";
  // Names are joined by commas.
  if (sku.find(',') != std::string::npos) return std::string(kDoubt) + "; with its comma it cannot be looked for";
  doubts.push_back(sku);
  return {};
}

Result<bool> SettleSomeDoubts(ListingsLane& lane, pb::PullListingsReply& reply) {
  std::vector<std::string>& doubts = lane.position.report.doubts;
  const auto end = doubts.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(doubts.size(), kSkusPerSearch));
  const std::vector<std::string> asked(doubts.begin(), end);
  QS_TRY(const pb::HttpReply answer, lane.caller().Read(SearchFor(lane, lane.caller().settings(), asked)));
  std::map<std::string, pb::Listing> found;
  // What Amazon refuses to look for it would refuse again.
  if (answer.status() != 400) {
    QS_TRY(found, ListingsIn(answer, lane));
  }
  for (const std::string& sku : asked) {
    if (const auto listing = found.find(sku); listing != found.end()) {
      *reply.add_listings() = std::move(listing->second);
      ++lane.position.done;
      continue;
    }
    pb::BadRecord& bad = *reply.add_bad_records();
    bad.set_key(sku);
    bad.set_raw(sku);
    bad.set_reason("report " + lane.position.report.place.id +
                   ": the SKU holds a question mark, which may stand for a character a report cannot show, and Amazon "
                   "tells of no listing by that very name");
    lane.position.broken = true;
  }
  doubts.erase(doubts.begin(), end);
  return doubts.empty();
}

}  // namespace quayside::amazon
