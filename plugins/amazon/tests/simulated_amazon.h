// The simulated Amazon (tools/amazon-sim) behind the host of a test, where the fake ones stand in other tests: it has
// rules of its own making, so that what the plugin takes for granted is not what its author took for granted.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <string>

#include "core/simulator.h"
#include "core/url.h"
#include "quayside/testing/fake_host.h"

namespace quayside::amazon {

namespace pb = plugin::v1;

class SimulatedAmazon {
 public:
  explicit SimulatedAmazon(sdk::testing::FakeHost& host) : host_(host), amazon_({.base = host.now()}) {
    amazon_.LoadScenario(boost::json::parse(R"({
      "accounts": [{"seller_id": "A1QUAYSIDE0EU", "region": "EU", "marketplaces": ["UK", "DE"], "client_id": "client",
                    "client_secret": "secret", "refresh_token": "refresh"}],
      "settings": {"rate_limits_enabled": false, "token_life_s": 100000000,
                   "feeds": {"queue_s": 1, "work_s": 1, "compression": "none"},
                   "outbound": {"receive_s": 10, "queue_s": 10, "plan_s": 60, "ship_s": 600, "replan_s": 60,
                                "cancel_s": 5, "page_size": 2}},
      "listings": [{"sku": "MUG", "quantity": 10, "price": 12.5}, {"sku": "CUP", "fba": true, "fba_stock": {"uk": 10}}]})")
                             .get_object());
    const auto answer = amazon_.Handle({"POST",
                                        "/auth/o2/token",
                                        {{"Content-Type", "application/x-www-form-urlencoded"}},
                                        "grant_type=refresh_token&refresh_token=refresh&client_id=client&client_secret="
                                        "secret"});
    token_ = boost::json::parse(answer.body).at("access_token").get_string();
    host_.OnHttp([this](const pb::HttpRequest& request) -> sdk::Result<pb::HttpReply> { return Answer(request); });
    host_.OnSend([this](const pb::SendDocument& request) -> sdk::Result<pb::SentDocument> {
      pb::SentDocument sent;
      sent.set_http_status(
          Handle({"PUT", PathOf(request.url()), {{"Content-Type", request.content_type()}}, request.body()}).status);
      return sent;
    });
    host_.OnFetch([this](const pb::FetchDocument& request) -> sdk::Result<sdk::testing::FetchedBytes> {
      const auto answer = Handle({"GET", PathOf(request.url()), {}, ""});
      return sdk::testing::FetchedBytes{answer.status,
                                        answer.stream ? amazon_sim::ReadAll(*answer.stream) : answer.body};
    });
  }

  boost::json::value Control(const std::string& command, const std::string& arguments) {
    const auto answer = Handle({"POST", "/sim/v1/" + command, {}, arguments});
    EXPECT_EQ(answer.status, 200) << answer.body;
    return boost::json::parse(answer.body);
  }
  boost::json::value Look(const std::string& what) {
    const auto answer = Handle({"GET", "/sim/v1/" + what, {}, ""});
    EXPECT_EQ(answer.status, 200) << answer.body;
    return boost::json::parse(answer.body);
  }
  // The host's clock and Amazon's, which are one.
  void Wait(int64_t us) {
    host_.SetNow(host_.now() + us);
    host_.SetDeadline(host_.now() + 60'000'000);
    Synchronise();
  }

 private:
  void Synchronise() {
    const int64_t ahead = host_.now() - amazon_.clock().Now();
    if (ahead > 0) amazon_.clock().Advance(ahead);
    amazon_.Tick();
  }
  amazon_sim::Response Handle(const amazon_sim::Request& request) {
    Synchronise();
    return amazon_.Handle(request);
  }
  static std::string PathOf(const std::string& url) { return url.substr(url.find('/', sizeof "https://")); }

  sdk::Result<pb::HttpReply> Answer(const pb::HttpRequest& request) {
    std::string target = request.path();
    char separator = '?';
    for (const pb::QueryParameter& parameter : request.query()) {
      target +=
          separator + amazon_sim::PercentEncode(parameter.name()) + "=" + amazon_sim::PercentEncode(parameter.value());
      separator = '&';
    }
    amazon_sim::Headers headers{{"x-amz-access-token", token_}, {"User-Agent", "Test/1"}};
    for (const pb::Header& header : request.headers()) headers.emplace_back(header.name(), header.value());
    const auto answer = Handle({request.method(), target, headers, request.body()});
    if (answer.transport.drop) return sdk::Error{QS_UNKNOWN, "CONNECTION_LOST", "nobody knows what became of it", {}};
    pb::HttpReply reply;
    reply.set_status(answer.status);
    reply.set_body(answer.body);
    reply.set_server_time_us(amazon_.clock().Now());
    for (const auto& [name, value] : answer.headers) {
      pb::Header& header = *reply.add_headers();
      header.set_name(name);
      std::transform(name.begin(), name.end(), header.mutable_name()->begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      header.set_value(value);
    }
    return reply;
  }

  sdk::testing::FakeHost& host_;
  amazon_sim::Simulator amazon_;
  std::string token_;
};

}  // namespace quayside::amazon
