// The file a plugin is tested with: what it records answers its own requests.
#include "sdk/conformance/cassette.h"

#include <algorithm>
#include <string>

#include "tests/fuzz/target.h"

namespace quayside::fuzz {
namespace {

plugin::v1::HttpRequest RequestOf(const conformance::Exchange& exchange) {
  plugin::v1::HttpRequest request;
  request.set_method(exchange.method);
  request.set_origin(exchange.origin);
  request.set_path(exchange.path);
  for (const auto& [name, value] : exchange.query) {
    plugin::v1::QueryParameter& parameter = *request.add_query();
    parameter.set_name(name);
    parameter.set_value(value);
  }
  if (exchange.body) request.set_body(*exchange.body);
  return request;
}

}  // namespace
}  // namespace quayside::fuzz

QUAYSIDE_FUZZ_TARGET(cassette) {
  const conformance::CassetteReading reading = conformance::ParseCassette(std::string(input));
  const auto again = conformance::ParseCassette(std::string(input));
  Require(again.problem == reading.problem, "a file is read in one way only");
  if (!reading.problem.empty()) return;
  const conformance::Cassette& cassette = reading.cassette;
  Require(!cassette.config.account_id().empty(), "there is an account to test with");
  for (const conformance::Exchange& exchange : cassette.exchanges) {
    plugin::v1::HttpRequest request = RequestOf(exchange);
    Require(conformance::Matches(exchange, request), "an exchange answers its own request");
    Require(conformance::IsSameRequest(exchange, exchange), "an exchange is the same as itself");
    Require(!conformance::Describe(request).empty(), "a request can be told of");
    std::reverse(request.mutable_query()->begin(), request.mutable_query()->end());
    const bool repeats =
        std::adjacent_find(exchange.query.begin(), exchange.query.end(),
                           [](const auto& a, const auto& b) { return a.first == b.first; }) != exchange.query.end();
    Require(repeats || conformance::Matches(exchange, request), "the order of other parameters does not count");
    request.add_query()->set_name("one more");
    Require(!conformance::Matches(exchange, request), "a request with one parameter more is another one");
  }
}
