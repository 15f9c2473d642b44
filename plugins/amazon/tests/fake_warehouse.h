// Amazon's warehouse inside the test: stock with page tokens that die after 30 seconds, and outbound orders behind both
// versions of Fulfillment Outbound.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quayside/testing/fake_host.h"

namespace quayside::amazon {

namespace pb = plugin::v1;

struct FakeStock {
  int64_t fulfillable = 0;
  int64_t changed_us = 0;
};

struct FakeOutbound {
  std::string status = "Received";  // in the words of 2020-07-01
  std::string sent_through;         // path of the version's orders
  int64_t updated_us = 0;
  std::string speed;
  boost::json::array items;      // sellerSku, sellerFulfillmentOrderItemId, quantity
  boost::json::array shipments;  // as 2020-07-01 shows them
};

class FakeWarehouse {
 public:
  FakeWarehouse(sdk::testing::FakeHost& host, const int64_t& clock_offset_us)
      : host_(host), clock_offset_us_(clock_offset_us) {}

  // The reply to one of its operations; nothing when `request` is none.
  std::optional<pb::HttpReply> Answer(const pb::HttpRequest& request);

  // All of the order in a shipment of that status, in the words of 2020-07-01.
  boost::json::object& AddShipment(const std::string& id, const std::string& status);
  // Everything of the order leaves in one package.
  void Ship(const std::string& id, const std::string& carrier, const std::string& tracking);

  std::map<std::string, FakeStock> stock;
  std::map<std::string, FakeOutbound> orders;
  int stock_pages = 0;
  bool takes_later = false;     // 2026-07-04 answers 202
  bool versions_apart = false;  // each version knows only what was sent through it

 private:
  using Query = std::map<std::string, std::string>;
  pb::HttpReply Summaries(const Query& query);
  pb::HttpReply Create2020(const boost::json::object& body);
  pb::HttpReply Create2026(const boost::json::object& body);
  [[nodiscard]] const FakeOutbound* Find(const std::string& id, const char* version) const;
  pb::HttpReply Cancel(const std::string& id, const char* version, int success);
  [[nodiscard]] pb::HttpReply Get2020(const std::string& id) const;
  [[nodiscard]] pb::HttpReply Get2026(const std::string& id) const;
  [[nodiscard]] boost::json::object Order2026(const std::string& id, const FakeOutbound& order) const;
  [[nodiscard]] boost::json::object Head2020(const std::string& id, const FakeOutbound& order) const;
  pb::HttpReply Preview2020(const boost::json::object& body) const;
  pb::HttpReply Preview2026(const boost::json::object& body) const;
  [[nodiscard]] int64_t Now() const { return host_.now() + clock_offset_us_; }

  sdk::testing::FakeHost& host_;
  const int64_t& clock_offset_us_;
};

}  // namespace quayside::amazon
