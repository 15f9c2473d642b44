// The report types there are. A new one is a file that makes a ReportType, and a line in report_type.cc.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/byte_source.h"
#include "core/marketplaces.h"
#include "core/report_settings.h"
#include "core/seller_book.h"
#include "core/sim_clock.h"

namespace amazon_sim {

// What a report is made from, as of `now`.
struct ReportContext {
  const SellerBook& book;
  const Marketplace& marketplace;  // the first one asked for; most types look at no other
  const boost::json::object& options;
  const ReportSettings& settings;
  std::uint64_t seed;
  Micros now;
  const std::vector<const Marketplace*>& marketplaces;  // all that were asked for
  std::optional<Micros> data_start;
  std::optional<Micros> data_end;
};

// Of a tab-separated report: what the settings say, else Amazon's habit in that marketplace.
std::string CharsetOf(const ReportContext& context);
std::string TextContentType(const ReportContext& context);

struct ReportType {
  std::string_view name;
  std::string (*content_type)(const ReportContext&);
  // Writes the whole document and says how many lines of data it has. Without any, Amazon cancels the report.
  std::int64_t (*write)(const ReportContext&, ByteSink& out);
};

std::span<const ReportType> AllReportTypes();
const ReportType* FindReportType(std::string_view name);

// merchant_listings_report.cc
extern const ReportType kMerchantListingsAll;
extern const ReportType kMerchantListingsActive;
extern const ReportType kMerchantListingsInactive;
extern const ReportType kOpenListings;
// all_orders_report.cc
extern const ReportType kAllOrdersByLastUpdate;
extern const ReportType kAllOrdersByOrderDate;

}  // namespace amazon_sim
