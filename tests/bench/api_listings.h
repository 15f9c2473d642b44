// The mapping screen of a merchant with 1,000,000 listings: pages and searches asked of a running host.
#pragma once

#include <string>

namespace quayside {

// The host has a MakeBigCatalogue of all items. Prints the rows listings_page_p99 (100 listings, one page after the
// other), listings_prefix_p99 (100 from a SKU on, anywhere), listings_search_page_p99 (one call of a search for what
// one listing has) and listings_search_all (all calls of it, through half of the listings: one channel's).
void MeasureListings(const std::string& host_socket);

}  // namespace quayside
