// The simulator over a real loopback socket.
#include "server/http_server.h"

#include <boost/system/system_error.hpp>

#include "server/http_client.h"
#include "testing/sim_fixture.h"

namespace amazon_sim {
namespace {

class HttpTest : public SimFixture {
 protected:
  HttpTest() : server(0, 2, [this](const Request& request) { return amazon.Handle(request); }), client(server.url()) {
    Unthrottle();
  }
  Response Over(const std::string& target) { return client.Ask({"GET", target, ClientHeaders(), ""}); }
  std::string Searching() const { return "/orders/2026-01-01/orders?" + SinceYesterday(); }

  HttpServer server;
  HttpClient client;
};

TEST_F(HttpTest, RoundTrip_GivesWhatTheCoreGives) {
  PlaceOrder(R"({"skus": ["A"]})");
  LetItShow();
  const Response answer = Over(Searching());
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, Search(SinceYesterday()).body);
  EXPECT_NE(FindHeader(answer.headers, "x-amzn-RequestId"), nullptr);
}

TEST_F(HttpTest, DroppedAndTruncatedAnswers_FailAtTheClient) {
  Control("faults", R"({"fault": "timeout-before", "count": 1})");
  EXPECT_THROW(Over(Searching()), boost::system::system_error);
  Control("faults", R"({"fault": "truncated-body", "count": 1})");
  EXPECT_THROW(Over(Searching()), boost::system::system_error);
  EXPECT_EQ(Over(Searching()).status, 200);
}

TEST_F(HttpTest, DrippedAndHugeAnswers_ArriveWhole) {
  Control("faults", R"({"fault": "slow-drip", "count": 1, "bytes": 30, "interval_ms": 0})");
  EXPECT_EQ(Over(Searching()).body, Search(SinceYesterday()).body);
  for (const char* variant : {"", "chunked"}) {
    Control("faults",
            std::string(R"({"fault": "huge-body", "count": 1, "bytes": 3000000, "variant": ")") + variant + "\"}");
    const Response answer = Over(Searching());
    EXPECT_EQ(answer.body.size(), 3'000'000U) << variant;
    EXPECT_NO_THROW(boost::json::parse(answer.body));
  }
}

}  // namespace
}  // namespace amazon_sim
