// A simulated marketplace's script, and what the marketplace answers: the script, a line of "---", and requests, one to
// a line ("PUT /stock/MUG {"level": 3}").
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "sdk/simulator/marketplace.h"
#include "sdk/simulator/script.h"
#include "tests/fuzz/target.h"

namespace quayside::fuzz {
namespace {

using amazon_sim::Request;
using amazon_sim::Response;
using simulator::Script;

constexpr int64_t kBeganUs = 1'790'000'000'000'000;

void CheckScript(const Script& script) {
  Require(!script.routes.empty() && script.routes.size() <= simulator::kMostRoutes, "a script has routes, of a bound");
  for (const auto& [name, items] : script.state)
    Require(items.size() <= simulator::kMostItems, "a collection has a bound");
  for (const simulator::Route& route : script.routes) {
    Require(!route.method.empty() && !route.operation.empty(), "a route has a method and an operation");
    Require(route.list.has_value() + route.item.has_value() + route.put.has_value() <= 1, "a route does one thing");
    Require(!route.list || script.state.contains(route.list->from), "what a route lists is there");
  }
  for (const simulator::Fault& fault : script.faults)
    Require(fault.hold_ms >= 0 && fault.hold_ms <= simulator::kLongestHoldMs, "a fault has an end");
}

// "METHOD target body"
Request RequestOf(std::string_view line) {
  Request request;
  const auto take = [&] {
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    return std::string(word);
  };
  request.method = take();
  request.target = take();
  request.body = line;
  return request;
}

void CheckAnswer(const Response& response) {
  Require(response.status >= 200 && response.status <= 599, "an answer has a status");
  Require(response.transport.delay_ms >= 0 && response.transport.delay_ms <= simulator::kLongestHoldMs,
          "an answer comes, or the line drops");
  Require(response.transport.drop_after_body < static_cast<int64_t>(response.body.size()),
          "a cut body is a part of it");
  if (response.status != 429 || response.body != R"({"error":"too many requests"})") return;  // the script's own words
  if (const std::string* wait = amazon_sim::FindHeader(response.headers, "retry-after"))
    Require(!wait->starts_with('-'), "nobody is to come back in the past");
}

}  // namespace
}  // namespace quayside::fuzz

QUAYSIDE_FUZZ_TARGET(marketplace_script) {
  constexpr std::string_view kDivider = "\n---\n";
  constexpr int kMostRequests = 16;
  constexpr int64_t kBetweenUs = 10'000'000;
  const size_t divider = input.find(kDivider);
  simulator::ScriptReading reading = simulator::ParseScript(std::string(input.substr(0, divider)), kBeganUs);
  if (!reading.problem.empty()) return;
  CheckScript(reading.script);
  if (divider == std::string_view::npos) return;

  int64_t now_us = kBeganUs;
  simulator::Marketplace marketplace(
      std::move(reading.script), [&] { return now_us; }, 1);
  std::string_view requests = input.substr(divider + kDivider.size());
  for (int i = 0; i < kMostRequests && !requests.empty(); ++i, now_us += kBetweenUs) {
    const auto [line, rest] = SplitLine(requests);
    CheckAnswer(marketplace.Handle(RequestOf(line)));
    requests = rest;
  }
}
