// A small Amazon for tests: one EU seller in Britain and Germany, a clock moved by hand, and a client with a token.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/simulator.h"
#include "core/time_text.h"
#include "core/url.h"

namespace amazon_sim {

class SimFixture : public testing::Test {
 protected:
  static constexpr Micros kStart = 1'795'000'000'000'000;  // 2026-11-18T11:06:40Z
  static constexpr const char* kUk = "A1F83G8C2ARO7P";

  SimFixture() : amazon({.base = kStart}) {
    Load(R"({"listings": [
      {"sku": "A", "quantity": 10, "price": 12.5, "lead_time_days": 3},
      {"sku": "B", "quantity": 5},
      {"sku": "F", "fba": true}]})");
  }

  // Loads a scenario with the test's account added, and logs in.
  void Load(const std::string& text) {
    boost::json::object scenario = boost::json::parse(text).get_object();
    scenario["accounts"] = boost::json::parse(R"([{"seller_id": "SELLER", "region": "EU", "marketplaces": ["UK", "DE"],
      "client_id": "client", "client_secret": "secret", "refresh_token": "Atzr|r"}])");
    amazon.LoadScenario(scenario);
    LogIn();
  }
  // One at a time, as the simulator wants it: a test may stand beside a server.
  Response Handle(const Request& request) {
    const std::lock_guard<std::mutex> guard(mutex_);
    return amazon.Handle(request);
  }
  Response AskToken(const std::string& form) {
    return Handle({"POST", "/auth/o2/token", {{"Content-Type", "application/x-www-form-urlencoded"}}, form});
  }
  void LogIn() {
    const Response answer =
        AskToken("grant_type=refresh_token&refresh_token=Atzr%7Cr&client_id=client&client_secret=secret");
    ASSERT_EQ(answer.status, 200) << answer.body;
    token = boost::json::parse(answer.body).at("access_token").get_string();
  }

  Headers ClientHeaders() const {
    return {{"x-amz-access-token", token}, {"User-Agent", "Test/1"}, {"Content-Type", "application/json"}};
  }
  Response Get(const std::string& target) { return Handle({"GET", target, ClientHeaders(), ""}); }
  Response Post(const std::string& target, const std::string& body) {
    return Handle({"POST", target, ClientHeaders(), body});
  }
  Response Delete(const std::string& target) { return Handle({"DELETE", target, ClientHeaders(), ""}); }
  static std::string Text(const boost::json::value& object, std::string_view name) {
    return std::string(object.at(name).get_string());
  }
  // Path and query of an absolute address.
  static std::string PathOf(const std::string& address) { return address.substr(address.find('/', 8)); }
  // Gets a presigned address, as a client should: without credentials.
  Response Fetch(const std::string& address) { return Handle({"GET", PathOf(address), {}, ""}); }
  static std::string BodyOf(const Response& answer) { return answer.stream ? ReadAll(*answer.stream) : answer.body; }
  boost::json::value Look(const std::string& what) {
    const Response answer = Handle({"GET", "/sim/v1/" + what, {}, ""});
    EXPECT_EQ(answer.status, 200) << answer.body;
    return boost::json::parse(answer.body);
  }
  boost::json::value GetJson(const std::string& target) {
    const Response answer = Get(target);
    EXPECT_EQ(answer.status, 200) << target << "\n" << answer.body;
    return boost::json::parse(answer.body);
  }
  Response Search(const std::string& parameters) { return Get("/orders/2026-01-01/orders?" + parameters); }
  boost::json::value SearchJson(const std::string& parameters) {
    return GetJson("/orders/2026-01-01/orders?" + parameters);
  }
  // Everything updated since a day before the start, long enough ago to be visible.
  std::string SinceYesterday() const { return "lastUpdatedAfter=" + Iso8601(kStart - kDay); }
  Response Patch(const std::string& sku, const std::string& body, const std::string& more = "") {
    return Handle({"PATCH", "/listings/2021-08-01/items/SELLER/" + PercentEncode(sku) + "?marketplaceIds=" + kUk + more,
                   ClientHeaders(), body});
  }
  boost::json::value PatchAvailability(const std::string& sku, const std::string& op, const std::string& element,
                                       const std::string& more = "") {
    const Response answer = Patch(sku,
                                  R"({"productType":"PRODUCT","patches":[{"op":")" + op +
                                      R"(","path":"/attributes/fulfillment_availability","value":[)" + element + "]}]}",
                                  more);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return boost::json::parse(answer.body);
  }
  boost::json::value Control(const std::string& command, const std::string& body) {
    const Response answer = Handle({"POST", "/sim/v1/" + command, {}, body});
    EXPECT_EQ(answer.status, 200) << answer.body;
    return boost::json::parse(answer.body);
  }
  // Places one order and returns its id.
  std::string PlaceOrder(const std::string& arguments) {
    const auto answer = Control("place-orders", arguments);
    const auto& placed = answer.at("placed").get_array();
    EXPECT_EQ(placed.size(), 1U) << boost::json::serialize(answer);
    return placed.empty() ? "" : std::string(placed[0].at("order_id").get_string());
  }
  // Lets enough time pass for searches to show what has just happened.
  void LetItShow() { amazon.clock().Advance(3 * kMinute); }
  void Unthrottle() { Control("settings", R"({"rate_limits_enabled": false})"); }
  std::optional<std::int64_t> Quantity(const std::string& sku) {
    return amazon.world().Book("SELLER").FindListing(sku)->quantity;
  }
  // Walks all pages; checks that no order comes twice.
  std::vector<std::string> AllOrderIds(const std::string& parameters) {
    std::vector<std::string> ids;
    std::string token_parameter;
    do {
      const auto page = SearchJson(parameters + token_parameter);
      for (const auto& order : page.at("orders").get_array()) ids.emplace_back(order.at("orderId").get_string());
      const auto* pagination = page.get_object().if_contains("pagination");
      token_parameter = pagination ? "&paginationToken=" + PercentEncode(pagination->at("nextToken").get_string()) : "";
    } while (!token_parameter.empty() && ids.size() < 10'000);
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
    return ids;
  }
  static std::string ErrorDetails(const Response& answer) {
    const auto body = boost::json::parse(answer.body);
    const auto& error = body.at("errors").at(0).get_object();
    return std::string(error.at("code").get_string()) + ": " + std::string(error.at("details").get_string());
  }

  Simulator amazon;
  std::string token;

 private:
  std::mutex mutex_;
};

}  // namespace amazon_sim
