#include "tests/bench/api_listings.h"

#include <algorithm>
#include <cstdio>
#include <random>
#include <stdexcept>
#include <vector>

#include "quayside/v1/listing_service.grpc.pb.h"
#include "tests/bench/api_client.h"
#include "tests/bench/figures.h"

namespace quayside {
namespace {

namespace api = quayside::v1;
using Listings = api::ListingService::Stub;

constexpr int kPages = 2000;
constexpr int kPageSize = 100;
constexpr int kPrefixes = 2000;
constexpr int kSearches = 5;
// As MakeBigCatalogue names them (big_catalogue.h); this program has no store.
constexpr uint32_t kListingsOfChannel = 500'000;
constexpr char kChannel[] = "channels/bench-uk-shop";

// One call of it, timed.
api::ListListingsResponse Ask(Listings& listings, const api::ListListingsRequest& request,
                              std::vector<double>& seconds) {
  api::ListListingsResponse answer;
  grpc::ClientContext context;
  seconds.push_back(SecondsOf([&] { Check(listings.ListListings(&context, request, &answer)); }));
  return answer;
}

api::ListListingsRequest PageOf(int size) {
  api::ListListingsRequest request;
  request.set_parent(kChannel);
  request.set_page_size(size);
  return request;
}

double P99(std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() * 99 / 100];
}

std::vector<double> Pages(Listings& listings) {
  std::vector<double> seconds;
  api::ListListingsRequest request = PageOf(kPageSize);
  for (int page = 0; page < kPages; ++page) {
    const api::ListListingsResponse answer = Ask(listings, request, seconds);
    if (answer.listings_size() != kPageSize || answer.total() != kListingsOfChannel)
      throw std::runtime_error("a page is not full");
    request.set_page_token(answer.next_page_token());
  }
  return seconds;
}

std::vector<double> Prefixes(Listings& listings) {
  std::vector<double> seconds;
  std::mt19937 random(1);
  for (int i = 0; i < kPrefixes; ++i) {
    char prefix[32];
    std::snprintf(prefix, sizeof prefix, "SKU-%07u",
                  static_cast<unsigned>(random() % (kListingsOfChannel / kPageSize)));
    api::ListListingsRequest request = PageOf(kPageSize);
    request.mutable_filter()->set_sku_prefix(prefix);
    if (Ask(listings, request, seconds).listings_size() != kPageSize)
      throw std::runtime_error("listings of a SKU are missing");
  }
  return seconds;
}

// Through the whole channel, for the title of one listing, which the answer must have.
void SearchAll(Listings& listings, uint32_t number, std::vector<double>& seconds) {
  api::ListListingsRequest request = PageOf(kPageSize);
  request.mutable_filter()->set_search("NUMBER " + std::to_string(number));
  int found = 0;
  do {
    const api::ListListingsResponse answer = Ask(listings, request, seconds);
    found += answer.listings_size();
    request.set_page_token(answer.next_page_token());
  } while (!request.page_token().empty());
  if (found != 1) throw std::runtime_error("the search found " + std::to_string(found) + " listings");
}

}  // namespace

void MeasureListings(const std::string& host_socket) {
  const auto listings = api::ListingService::NewStub(ConnectTo(host_socket));
  PrintRow("listings_page_p99", P99(Pages(*listings)) * 1e3, "ms");
  PrintRow("listings_prefix_p99", P99(Prefixes(*listings)) * 1e3, "ms");
  std::vector<double> calls;
  std::vector<double> whole;
  for (int i = 0; i < kSearches; ++i) {
    // Of six digits, so that no other number begins with it.
    const uint32_t number = 100'000 + static_cast<uint32_t>(i) * 79'999;
    whole.push_back(SecondsOf([&] { SearchAll(*listings, number, calls); }));
  }
  PrintRow("listings_search_page_p99", P99(calls) * 1e3, "ms");
  PrintRow("listings_search_all", Median(whole), "s");
}

}  // namespace quayside
