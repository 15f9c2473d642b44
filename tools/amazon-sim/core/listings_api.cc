// getListingsItem and searchListingsItems of Listings Items 2021-08-01.
#include <algorithm>
#include <optional>
#include <span>
#include <tuple>

#include "core/call.h"
#include "core/listing_json.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

constexpr std::int64_t kReachable = 1000;  // results that can be paged through, however many match
constexpr std::size_t kFew = 50'000;       // listings that are quick to sort

struct ListingSearch {
  std::vector<const Marketplace*> marketplaces;
  std::vector<std::string> included;
  std::vector<std::string> identifiers;
  std::string identifiers_type;
  Micros created_after = 0, created_before = 0, updated_after = 0, updated_before = 0;
  std::vector<std::string> with_status, without_status;
  bool nothing_matches = false;  // filters for what the simulator does not have: issues, variations, packages
  std::string sort_by = "lastUpdatedDate";
  bool descending = true;
  std::size_t page_size = 10;
  std::uint64_t fingerprint = 0;

  bool HasStatus(const Listing& listing, std::string_view status) const {
    return std::any_of(marketplaces.begin(), marketplaces.end(), [&](const Marketplace* marketplace) {
      const auto offer = listing.FindOffer(marketplace);
      return offer && (status == "BUYABLE" ? IsBuyable(listing, *offer) : IsDiscoverable(*offer));
    });
  }
  bool Matches(const Listing& listing) const {
    if (listing.deleted || nothing_matches) return false;
    if (created_after != 0 && listing.created < created_after) return false;
    if (created_before != 0 && listing.created > created_before) return false;
    if (updated_after != 0 && listing.updated < updated_after) return false;
    if (updated_before != 0 && listing.updated > updated_before) return false;
    if (std::none_of(marketplaces.begin(), marketplaces.end(),
                     [&](auto* each) { return listing.offered_in.Has(each); })) {
      return false;
    }
    const auto has = [&](const std::string& status) { return HasStatus(listing, status); };
    if (!with_status.empty() && std::none_of(with_status.begin(), with_status.end(), has)) return false;
    if (std::any_of(without_status.begin(), without_status.end(), has)) return false;
    if (identifiers.empty()) return true;
    const std::string_view key = identifiers_type == "ASIN" ? listing.asin : listing.sku;
    return (identifiers_type == "SKU" || identifiers_type == "ASIN") &&
           std::find(identifiers.begin(), identifiers.end(), key) != identifiers.end();
  }
};

std::vector<std::string> ReadListingBlocks(const Query& query) {
  auto blocks = ReadEnumList(query, "includedData",
                             {"summaries", "attributes", "issues", "offers", "fulfillmentAvailability", "procurement",
                              "relationships", "productTypes"});
  if (blocks.empty()) blocks.emplace_back("summaries");
  return blocks;
}

std::vector<const Marketplace*> ReadRequiredMarketplaces(const Call& call) {
  auto marketplaces = ReadMarketplaces(call);
  if (marketplaces.empty()) RefuseInput("'marketplaceIds' is required.");
  return marketplaces;
}

void ReadIdentifiers(const Query& query, ListingSearch& search) {
  search.identifiers = query.List("identifiers");
  search.identifiers_type = query.Get("identifiersType");
  if (search.identifiers.empty() != search.identifiers_type.empty()) {
    RefuseInput("'identifiers' and 'identifiersType' go together.");
  }
  if (search.identifiers.size() > 20) RefuseInput("At most 20 identifiers are allowed.");
  ReadEnumList(query, "identifiersType", {"ASIN", "EAN", "FNSKU", "GTIN", "ISBN", "JAN", "MINSAN", "SKU", "UPC"});
  const int exclusive = static_cast<int>(!search.identifiers.empty()) +
                        static_cast<int>(query.Has("variationParentSku")) +
                        static_cast<int>(query.Has("packageHierarchySku"));
  if (exclusive > 1) RefuseInput("'identifiers', 'variationParentSku' and 'packageHierarchySku' exclude each other.");
}

ListingSearch ReadListingSearch(const Call& call) {
  const Query& query = call.target.query;
  ListingSearch search;
  search.marketplaces = ReadRequiredMarketplaces(call);
  search.included = ReadListingBlocks(query);
  ReadIdentifiers(query, search);
  search.created_after = ReadTime(query, "createdAfter").value_or(0);
  search.created_before = ReadTime(query, "createdBefore").value_or(0);
  search.updated_after = ReadTime(query, "lastUpdatedAfter").value_or(0);
  search.updated_before = ReadTime(query, "lastUpdatedBefore").value_or(0);
  search.with_status = ReadEnumList(query, "withStatus", {"BUYABLE", "DISCOVERABLE"});
  search.without_status = ReadEnumList(query, "withoutStatus", {"BUYABLE", "DISCOVERABLE"});
  search.nothing_matches = !ReadEnumList(query, "withIssueSeverity", {"WARNING", "ERROR"}).empty() ||
                           query.Has("variationParentSku") || query.Has("packageHierarchySku");
  if (query.Has("sortBy")) {
    ReadEnumList(query, "sortBy", {"sku", "createdDate", "lastUpdatedDate"});
    search.sort_by = query.Get("sortBy");
  }
  ReadEnumList(query, "sortOrder", {"ASC", "DESC"});
  search.descending = query.Get("sortOrder") != "ASC";
  if (const auto size = ReadWhole(query, "pageSize")) {
    if (*size < 1 || *size > 20) RefuseInput("'pageSize' must be between 1 and 20.");
    search.page_size = static_cast<std::size_t>(*size);
  }
  search.fingerprint = query.Fingerprint({"pageToken", "pageSize"}) ^ call.account.index;
  return search;
}

PageState ReadListingPage(const Call& call, const ListingSearch& search) {
  const std::string* token = call.target.query.Find("pageToken");
  if (!token) return {.query = search.fingerprint, .issued = call.now};
  const auto page = call.page_tokens.Open(*token);
  if (!page || page->query != search.fingerprint) RefuseInput("The 'pageToken' is invalid for this search.");
  return *page;
}

using Indexes = std::vector<std::uint32_t>;

// The part of an order by time that lies in a window; 0 is no bound.
template <typename Element, typename TimeOf>
std::span<const Element> Window(std::span<const Element> order, Micros after, Micros before, TimeOf time_of) {
  const auto first = after == 0 ? order.begin()
                                : std::partition_point(order.begin(), order.end(),
                                                       [&](const Element& each) { return time_of(each) < after; });
  const auto last = before == 0 ? order.end()
                                : std::partition_point(order.begin(), order.end(),
                                                       [&](const Element& each) { return time_of(each) <= before; });
  return first < last ? std::span<const Element>(first, last) : std::span<const Element>();
}

std::span<const UpdateOrder::Entry> UpdatedWindow(SellerBook& book, const ListingSearch& search) {
  return Window(book.listings_by_updated().Sorted(), search.updated_after, search.updated_before,
                [](const UpdateOrder::Entry& entry) { return entry.time; });
}

std::span<const std::uint32_t> CreatedWindow(SellerBook& book, const ListingSearch& search) {
  return Window(book.listings_by_created(), search.created_after, search.created_before,
                [&](std::uint32_t index) { return book.listing(index).created; });
}

// Listings that a narrow filter leaves, of any status and place, in no order; nothing when there is no such filter.
std::optional<Indexes> FewCandidates(SellerBook& book, const ListingSearch& search) {
  if (search.identifiers_type == "SKU") {
    Indexes found;
    for (const std::string& sku : search.identifiers) {
      if (const Listing* listing = book.FindListing(sku)) found.push_back(listing->index);
    }
    return found;
  }
  if (const auto window = UpdatedWindow(book, search); window.size() < kFew) {
    Indexes found;
    for (const UpdateOrder::Entry& entry : window) {
      if (!book.listings_by_updated().IsStale(entry)) found.push_back(entry.index);
    }
    return found;
  }
  if (const auto window = CreatedWindow(book, search); window.size() < kFew) {
    return Indexes(window.begin(), window.end());
  }
  return std::nullopt;
}

struct Matching {
  std::int64_t count = 0;
  std::optional<Indexes> all;  // in no order, unless there are too many
};

// What the search finds. Through a whole catalogue it goes in the order of memory, ten times as fast as any other.
Matching FindMatching(SellerBook& book, const ListingSearch& search) {
  Matching matching{.all = Indexes()};
  const auto take = [&](const Listing& listing) {
    if (!search.Matches(listing)) return;
    ++matching.count;
    if (matching.all && matching.all->size() == kFew) matching.all.reset();
    if (matching.all) matching.all->push_back(listing.index);
  };
  if (auto few = FewCandidates(book, search)) {
    std::sort(few->begin(), few->end());
    few->erase(std::unique(few->begin(), few->end()), few->end());
    for (const std::uint32_t index : *few) take(book.listing(index));
  } else {
    for (const Listing& listing : book.listings()) take(listing);
  }
  return matching;
}

void SortFound(SellerBook& book, const ListingSearch& search, Indexes& found) {
  std::sort(found.begin(), found.end(), [&](std::uint32_t a, std::uint32_t b) {
    const Listing& left = book.listing(a);
    const Listing& right = book.listing(b);
    if (search.sort_by == "sku") return std::tie(left.sku, a) < std::tie(right.sku, b);
    const bool created = search.sort_by == "createdDate";
    return std::pair(created ? left.created : left.updated, a) < std::pair(created ? right.created : right.updated, b);
  });
}

// Calls visit(listing index) for what was found, in the order asked for, until it returns false. When there is too much
// it also passes listings that do not match.
template <typename Visit>
void ForEachInOrder(SellerBook& book, const ListingSearch& search, Matching& matching, Visit visit) {
  const auto both_ways = [&](auto order, auto use) {
    search.descending ? (void)std::all_of(order.rbegin(), order.rend(), use)
                      : (void)std::all_of(order.begin(), order.end(), use);
  };
  if (matching.all) {
    SortFound(book, search, *matching.all);
    both_ways(std::span<const std::uint32_t>(*matching.all), visit);
  } else if (search.sort_by == "sku") {
    both_ways(book.listings_by_sku(), visit);
  } else if (search.sort_by == "createdDate") {
    both_ways(CreatedWindow(book, search), visit);
  } else {
    both_ways(UpdatedWindow(book, search), [&](const UpdateOrder::Entry& entry) {
      return book.listings_by_updated().IsStale(entry) || visit(entry.index);
    });
  }
}

}  // namespace

Response GetListingsItem(Call& call) {
  const auto marketplaces = ReadRequiredMarketplaces(call);
  const auto blocks = ReadListingBlocks(call.target.query);
  const std::string& sku = call.target.segments.back();
  const Listing* listing = call.book.FindListing(sku);
  const bool offered = listing && std::any_of(marketplaces.begin(), marketplaces.end(),
                                              [&](auto* each) { return listing->offered_in.Has(each); });
  if (!offered) {
    throw ApiError{404, "NOT_FOUND", "SKU '" + sku + "' not found in marketplace " + std::string(marketplaces[0]->id),
                   ""};
  }
  return JsonAnswer(200, ListingJson(*listing, marketplaces, blocks));
}

Response SearchListingsItems(Call& call) {
  const ListingSearch search = ReadListingSearch(call);
  const PageState asked = ReadListingPage(call, search);
  const std::int64_t skip = call.Has(FaultKind::kRepeatedPage) && asked.seen > 0 ? asked.start_seen : asked.seen;

  // Pages count from the start of the result as it is now, like a search engine's: a listing that changes between two
  // pages can show twice or be missed, and only the first thousand can be reached.
  Matching matching = FindMatching(call.book, search);
  json::array items;
  std::int64_t number = 0;
  ForEachInOrder(call.book, search, matching, [&](std::uint32_t index) {
    const Listing& listing = call.book.listing(index);
    if (!search.Matches(listing)) return true;
    if (number++ >= skip) items.push_back(ListingJson(listing, search.marketplaces, search.included));
    return items.size() < search.page_size && number < kReachable;
  });

  const std::int64_t shown = skip + static_cast<std::int64_t>(items.size());
  json::object body{{"numberOfResults", matching.count}};
  if (shown < std::min(matching.count, kReachable)) {
    const PageState next{.query = search.fingerprint, .issued = call.now, .seen = shown, .start_seen = skip};
    body["pagination"] = json::object{{"nextToken", call.page_tokens.Seal(next)}};
  }
  body["items"] = std::move(items);
  return JsonAnswer(200, body);
}

Response GetMarketplaceParticipations(Call& call) {
  json::array payload;
  for (const Marketplace* marketplace : call.account.marketplaces) {
    std::string domain = "www." + std::string(marketplace->name);
    domain[4] = 'a';
    payload.push_back({{"marketplace",
                        {{"id", marketplace->id},
                         {"name", marketplace->name},
                         {"countryCode", marketplace->country},
                         {"defaultCurrencyCode", marketplace->currency},
                         {"defaultLanguageCode", marketplace->language},
                         {"domainName", domain}}},
                       {"storeName", call.account.store_name},
                       {"participation", {{"isParticipating", true}, {"hasSuspendedListings", false}}}});
  }
  return JsonAnswer(200, json::object{{"payload", std::move(payload)}});
}

}  // namespace amazon_sim
