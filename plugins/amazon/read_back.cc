#include "read_back.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "errors.h"
#include "json_fields.h"
#include "listing_decoder.h"
#include "listings_api.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

constexpr char kGetItem[] = "getListingsItem";
constexpr char kSearchItems[] = "searchListingsItems";
// The attributes tell the handling time and, when the availability is silent, the channel.
constexpr char kReadBackData[] = "summaries,attributes,fulfillmentAvailability,productTypes";

pb::ReadBack Missing(const std::string& sku) {
  pb::ReadBack result;
  result.set_sku(sku);
  return result;
}

// An item that cannot be read is there, with nothing known about it: it must not hide the others, nor get a quantity.
pb::ReadBack ReadItem(const json::value& item, const std::string& marketplace, sdk::Step& step) {
  pb::Listing listing;
  const std::string problem = ReadListing(item, marketplace, listing);
  if (problem.empty()) return ToReadBack(std::move(listing));
  step.Warning("listing unreadable", {{"sku", listing.sku()}, {"problem", problem}});
  pb::ReadBack result;
  result.set_sku(listing.sku());
  result.set_found(true);
  return result;
}

Result<pb::ReadBack> ReadOne(const Settings& settings, const std::string& sku, const std::string& marketplace,
                             sdk::Step& step) {
  if (!IsUsableSku(sku)) return Missing(sku);
  pb::HttpRequest request = NewRequest(settings, kGetItem, "GET", ListingPath(settings, sku));
  AddQuery(request, "marketplaceIds", marketplace);
  AddQuery(request, "includedData", kReadBackData);
  AddQuery(request, "issueLocale", kIssueLocale);
  QS_TRY(const pb::HttpReply answer, Read(step, request));
  if (answer.status() == 404) return Missing(sku);
  if (answer.status() != 200) return ErrorFrom(answer, kGetItem, step.NowUs());
  json::monotonic_resource memory;
  const auto item = ParsePage(answer.body(), memory);
  if (!item) return Unreadable(answer, kGetItem);
  pb::ReadBack result = ReadItem(*item, marketplace, step);
  result.set_sku(sku);  // as asked for, whatever capitals Amazon prefers
  return result;
}

bool SameButForCapitals(std::string_view one, std::string_view other) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

// The SKU as it was asked for, whatever capitals Amazon prefers; its own when it was not asked for.
std::string AsAskedFor(const std::vector<std::string>& skus, const std::string& sku) {
  if (std::find(skus.begin(), skus.end(), sku) != skus.end()) return sku;
  const auto asked =
      std::find_if(skus.begin(), skus.end(), [&](const std::string& each) { return SameButForCapitals(each, sku); });
  return asked == skus.end() ? sku : *asked;
}

// At most kSkusPerSearch SKUs, none with a comma: lists are joined by commas.
Result<std::map<std::string, pb::ReadBack>> ReadSeveral(const Settings& settings, const std::vector<std::string>& skus,
                                                        const std::string& marketplace, sdk::Step& step) {
  pb::HttpRequest request = NewRequest(settings, kSearchItems, "GET", ListingsPath(settings));
  AddQuery(request, "marketplaceIds", marketplace);
  AddQuery(request, "identifiersType", "SKU");
  AddQuery(request, "identifiers", Csv(skus));
  AddQuery(request, "includedData", kReadBackData);
  AddQuery(request, "issueLocale", kIssueLocale);
  AddQuery(request, "pageSize", std::to_string(kSkusPerSearch));
  QS_TRY(const pb::HttpReply answer, Read(step, request));
  if (answer.status() != 200) return ErrorFrom(answer, kSearchItems, step.NowUs());
  json::monotonic_resource memory;
  const auto page = ParsePage(answer.body(), memory);
  JsonFields fields;
  const json::array* items = page ? fields.GetArray(page->get_object(), "items") : nullptr;
  if (items == nullptr) return Unreadable(answer, kSearchItems);
  std::map<std::string, pb::ReadBack> found;
  for (const json::value& item : *items) {
    pb::ReadBack result = ReadItem(item, marketplace, step);
    std::string sku = AsAskedFor(skus, result.sku());
    const bool exact = sku == result.sku();
    result.set_sku(sku);
    if (exact) {
      found.insert_or_assign(std::move(sku), std::move(result));
    } else {
      found.try_emplace(std::move(sku), std::move(result));
    }
  }
  return found;
}

}  // namespace

Result<pb::ReadBackReply> ReadBackQuantities(const Settings& settings, const pb::ReadBackRequest& request,
                                             sdk::Step& step) {
  if (request.marketplace().empty())
    return Error::Invalid("MARKETPLACE_MISSING", "read_back needs a marketplace", "marketplace");
  std::vector<std::string> alone;
  std::vector<std::string> together;
  for (const std::string& sku : request.skus()) {
    const bool listable = IsUsableSku(sku) && sku.find(',') == std::string::npos;
    (listable && request.skus_size() > 1 ? together : alone).push_back(sku);
  }
  std::map<std::string, pb::ReadBack> found;
  for (size_t begin = 0; begin < together.size(); begin += kSkusPerSearch) {
    const auto first = together.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = together.size() - begin > kSkusPerSearch ? first + kSkusPerSearch : together.end();
    QS_TRY(auto some, ReadSeveral(settings, {first, last}, request.marketplace(), step));
    found.merge(some);
  }
  for (const std::string& sku : alone) {
    QS_TRY(pb::ReadBack result, ReadOne(settings, sku, request.marketplace(), step));
    found.insert_or_assign(sku, std::move(result));
  }
  pb::ReadBackReply reply;
  for (const std::string& sku : request.skus()) {
    const auto result = found.find(sku);
    *reply.add_results() = result == found.end() ? Missing(sku) : result->second;
  }
  return reply;
}

}  // namespace quayside::amazon
