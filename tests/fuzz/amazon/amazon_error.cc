// Answers that are no success. The first line is the status, the rest the body.
#include <cstdlib>

#include "errors.h"
#include "quayside/testing/fake_host.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(amazon_error) {
  constexpr int64_t kNow = 1'790'000'000'000'000;
  const auto [line, body] = SplitLine(input);
  const std::string status(line.substr(0, line.find(' ')));
  const std::string rate(line.substr(std::min(line.size(), status.size() + 1)));
  const plugin::v1::HttpReply reply =
      sdk::testing::Json(std::atoi(status.c_str()) % 1000, std::string(body), {{"x-amzn-ratelimit-limit", rate}});
  const sdk::Error error = amazon::ErrorFrom(reply, "searchOrders", kNow);
  Require(error.status != QS_OK && !error.reason.empty() && !error.message.empty(), "a failure says why");
  Require(amazon::ErrorText(reply).size() <= 310, "a quotation is short");
  const int64_t until_us = amazon::ThrottledUntil(reply, "searchOrders", kNow);
  Require(until_us > kNow && until_us <= kNow + int64_t{3'700} * 1'000'000,
          "a throttled call is tried again within the hour");
}
