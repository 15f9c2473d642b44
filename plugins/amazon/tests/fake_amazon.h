// A tiny Amazon inside the test: the rules of searchOrders, getOrder, the listings operations and the participations
// that the plugin relies on, over a few vectors. It shares no code with the plugin and none with the simulator.
#pragma once

#include <boost/json.hpp>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fake_feeds.h"
#include "fake_reports.h"
#include "fake_warehouse.h"
#include "quayside/testing/fake_host.h"

namespace quayside::amazon {

namespace pb = plugin::v1;

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;

struct FakeListing {
  std::string sku;
  int64_t updated_us = 0;
  std::string channel = "DEFAULT";  // empty = Amazon does not say
  std::optional<int> quantity;
  std::optional<int> latency_days;
  std::string marketplace = "A1F83G8C2ARO7P";
  int64_t created_us = 0;  // 0 = when it was updated
};

class FakeAmazon {
 public:
  explicit FakeAmazon(sdk::testing::FakeHost& host);

  // An order of one line that changed at `updated_us`; replaces the one of the same id.
  void PutOrder(const std::string& id, int64_t updated_us, const std::string& marketplace = "A1F83G8C2ARO7P");
  // The same with the JSON given.
  void PutOrderJson(const std::string& id, int64_t updated_us, boost::json::value json);
  static boost::json::object OrderJson(const std::string& id, int64_t updated_us, const std::string& marketplace);
  void PutListing(FakeListing listing);
  FakeListing* FindListing(const std::string& sku);
  void RemoveListing(const std::string& sku) { listings_.erase(sku); }
  // Header and lines of the report of all listings, as Amazon makes it in English.
  [[nodiscard]] std::string ReportText(const std::string& marketplace, int64_t listed_before_us) const;

  // The next call that is not answered by rule: first in, first out.
  void Inject(std::function<sdk::Result<pb::HttpReply>(const pb::HttpRequest&)> fault) {
    faults_.push_back(std::move(fault));
  }
  void InjectReply(const pb::HttpReply& reply) {
    Inject([reply](const pb::HttpRequest&) { return reply; });
  }
  void InjectError(const sdk::Error& error) {
    Inject([error](const pb::HttpRequest&) -> sdk::Result<pb::HttpReply> { return error; });
  }
  // What the host's handler answers; for tests that answer some requests themselves.
  sdk::Result<pb::HttpReply> Answer(const pb::HttpRequest& request);
  // Called before each answer by rule.
  std::function<void(const pb::HttpRequest&)> before_answer;

  std::string region = "eu";    // whose end point takes the account's token
  int64_t clock_offset_us = 0;  // Amazon's clock less the host's
  bool sends_date = true;
  bool forgets_tokens = false;               // every page token is refused
  bool repeats_pages = false;                // every page token gives the first page again
  std::optional<int64_t> applied_before_us;  // Amazon applies an earlier end than asked for
  std::vector<std::string> participations{"A1F83G8C2ARO7P", "A1PA6795UKMFR9"};
  std::set<std::string> suspended;
  std::set<std::string> refused_operations;  // 403
  std::vector<int> patched;                  // quantities, in order of arrival
  std::vector<boost::json::value> patch_bodies;
  FakeReports reports;
  FakeFeeds feeds;
  FakeWarehouse warehouse;

  // The order as Amazon has it.
  boost::json::object& Order(const std::string& id) { return orders_.at(id).json.as_object(); }
  // A package of the order that somebody confirmed: all units of its first line.
  void PutPackage(const std::string& order_id, const std::string& number, const std::string& tracking);

  [[nodiscard]] int Calls(const std::string& operation) const;
  [[nodiscard]] int64_t Now() const { return host_.now() + clock_offset_us; }

 private:
  struct StoredOrder {
    int64_t updated_us;
    boost::json::value json;
  };
  using Query = std::map<std::string, std::string>;

  pb::HttpReply Rule(const pb::HttpRequest& request);
  pb::HttpReply SearchOrders(const Query& query);
  pb::HttpReply GetOrder(const std::string& id);
  pb::HttpReply SearchListings(const Query& query);
  pb::HttpReply GetListing(const std::string& sku, const Query& query);
  pb::HttpReply PatchListing(const std::string& sku, const pb::HttpRequest& request);
  pb::HttpReply ConfirmShipment(const std::string& id, const pb::HttpRequest& request);
  pb::HttpReply Participations();
  // What a merge of fulfillment_availability does.
  static void Merge(const boost::json::object& patch, FakeListing& listing);
  static boost::json::object ListingJson(const FakeListing& listing, const Query& query);

  sdk::testing::FakeHost& host_;
  int serial_ = 0;
  std::map<std::string, StoredOrder> orders_;
  std::map<std::string, FakeListing> listings_;
  std::deque<std::function<sdk::Result<pb::HttpReply>(const pb::HttpRequest&)>> faults_;
};

// As Amazon writes times. Own conversion: the plugin's is under test.
std::string IsoTime(int64_t us);

// Amazon's error list.
pb::HttpReply ErrorReply(int status, const std::string& code, const std::string& message);

std::string QueryOf(const pb::HttpRequest& request, const std::string& name);

}  // namespace quayside::amazon
