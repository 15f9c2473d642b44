#include "tests/bench/order_import.h"

#include <boost/json.hpp>
#include <stdexcept>
#include <vector>

#include "tests/bench/amazon_page.h"
#include "tests/bench/figures.h"
#include "tests/bench/order_lane.h"
#include "tests/bench/raw_insert.h"

namespace quayside {
namespace {

constexpr int kPages = 60;
constexpr char kMarketplace[] = "A1F83G8C2ARO7P";

// Seconds of one step that brings `page`.
double Import(OrderLane& lane, PluginWorld& world, ManualClock& clock, const std::string& page) {
  world.transport().body = page;
  clock.Advance(200 * kSecondUs);  // what the allowance asks for
  const OrderLane::Imported imported = lane.Step();
  if (imported.orders != kOrdersPerPage) throw std::runtime_error("a page was not imported whole");
  return imported.seconds;
}

void ParseJson(const std::string& page) {
  boost::json::monotonic_resource memory;
  if (!boost::json::parse(page, &memory).is_object()) throw std::runtime_error("no object");
}

}  // namespace

void MeasureOrderImport(PluginWorld& world, ManualClock& clock, const std::string& scratch) {
  std::vector<std::string> pages;
  for (int i = 0; i < kPages; ++i) pages.push_back(AmazonPage(i));
  // Once before, for the rows the limit inserts.
  OrderLane before(world, clock, scratch + "/before", "amazon", kMarketplace);
  RawInsert raw(scratch + "/before/quayside.db", scratch + "/raw.db");
  for (const std::string& page : pages) {
    static_cast<void>(Import(before, world, clock, page));
    raw.LearnPage();
  }
  OrderLane lane(world, clock, scratch + "/import", "amazon", kMarketplace);
  std::vector<double> ours;
  std::vector<double> limit;
  for (int i = 0; i < kPages; ++i) {
    const std::string& page = pages[static_cast<size_t>(i)];
    ours.push_back(Import(lane, world, clock, page));
    limit.push_back(SecondsOf([&] {
      ParseJson(page);
      raw.InsertPage(i);
    }));
  }
  PrintRow("order_import", kOrdersPerPage / Median(ours), "orders/s", kOrdersPerPage / Median(limit));
}

}  // namespace quayside
