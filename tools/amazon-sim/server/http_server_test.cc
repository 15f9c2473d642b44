// The simulator over a real loopback socket.
#include "server/http_server.h"

#include <algorithm>
#include <boost/asio.hpp>
#include <boost/system/system_error.hpp>

#include "server/http_client.h"
#include "testing/gunzip.h"
#include "testing/sim_fixture.h"

namespace amazon_sim {
namespace {

class HttpTest : public SimFixture {
 protected:
  HttpTest() : server(0, 2, [this](const Request& request) { return Handle(request); }), client(server.url()) {
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

// A report of 20,000 lines, ready to be fetched.
class HttpDocumentTest : public HttpTest {
 protected:
  HttpDocumentTest() {
    Load(R"({"listings": {"count": 20000, "in_ledger": false}, "settings": {"rate_limits_enabled": false,
             "reports": {"queue_s": 0, "work_s": 0, "min_interval_s": 0}}})");
  }
  Response Ask(const std::string& method, const std::string& target, const std::string& body = "") {
    return client.Ask({method, target, ClientHeaders(), body});
  }
  std::string Address() {
    const Response created =
        Ask("POST", "/reports/2021-06-30/reports",
            R"({"reportType": "GET_MERCHANT_LISTINGS_ALL_DATA", "marketplaceIds": ["A1F83G8C2ARO7P"]})");
    const std::string id = Text(boost::json::parse(created.body), "reportId");
    const auto report = boost::json::parse(Ask("GET", "/reports/2021-06-30/reports/" + id).body);
    const Response document = Ask("GET", "/reports/2021-06-30/documents/" + Text(report, "reportDocumentId"));
    return Text(boost::json::parse(document.body), "url");
  }
  Response Download(const std::string& address) { return client.Ask({"GET", PathOf(address), {}, ""}); }
};

TEST_F(HttpDocumentTest, Document_StreamsFromItsAddress) {
  const std::string address = Address();
  EXPECT_EQ(address.rfind(server.url() + "/documents/", 0), 0U);
  const Response answer = Download(address);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(*FindHeader(answer.headers, "content-length"), std::to_string(answer.body.size()));
  const std::string lines = Unzipped(answer.body);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 20001);
  Response part = client.Ask({"GET", PathOf(address), {{"Range", "bytes=300000-"}}, ""});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, answer.body.substr(300'000));
}

TEST_F(HttpDocumentTest, TransferFaults_ReachTheSocket) {
  const std::string address = Address();
  Control("faults", R"({"fault": "truncated-body", "operation": "downloadDocument", "count": 1})");
  EXPECT_THROW(Download(address), boost::system::system_error);
  Control("faults", R"({"fault": "cut-document", "operation": "downloadDocument", "count": 1})");
  EXPECT_THROW(Unzipped(Download(address).body), std::runtime_error);
  Control("faults", R"({"fault": "slow-drip", "bytes": 100000, "interval_ms": 0, "count": 1})");
  const std::string whole = Download(address).body;
  EXPECT_EQ(Download(address).body, whole);
  Control("faults", R"({"fault": "huge-body", "bytes": 2000000, "count": 1})");
  EXPECT_EQ(Download(address).body.size(), 2'000'000U);
}

TEST_F(HttpDocumentTest, Upload_TravelsByPut) {
  const Response created = Ask("POST", "/feeds/2021-06-30/documents", R"({"contentType": "application/json"})");
  EXPECT_EQ(created.status, 201);
  const std::string path = PathOf(Text(boost::json::parse(created.body), "url"));
  const std::string content(5'000'000, ' ');
  EXPECT_EQ(client.Ask({"PUT", path, {{"Content-Type", "application/json"}}, content}).status, 200);
  EXPECT_EQ(Look("documents").at("documents").at(0).at("bytes"), content.size());
}

TEST_F(HttpDocumentTest, ClientThatAsksFirst_IsToldToGoOn) {
  boost::asio::io_context context;
  boost::asio::ip::tcp::socket socket(context);
  socket.connect({boost::asio::ip::address_v4::loopback(), server.port()});
  const auto send = [&](const std::string& text) { boost::asio::write(socket, boost::asio::buffer(text)); };
  const auto receive_until = [&](const std::string& end) {
    std::string text;
    boost::asio::read_until(socket, boost::asio::dynamic_buffer(text), end);
    return text;
  };
  send("PUT /documents/none HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  send("abc");
  EXPECT_EQ(receive_until("</Error>").rfind("HTTP/1.1 403 ", 0), 0U);
}

}  // namespace
}  // namespace amazon_sim
