#include "host/recording/cassette_recorder.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;

pb::HttpRequest Get(const std::string& path, const std::string& name = "", const std::string& value = "") {
  pb::HttpRequest request;
  request.set_method("GET");
  request.set_origin("shop");
  request.set_path(path);
  if (!name.empty()) {
    request.add_query()->set_name(name);
    request.mutable_query(0)->set_value(value);
  }
  return request;
}

pb::HttpReply Reply(int status, const std::string& body) {
  pb::HttpReply reply;
  reply.set_status(status);
  reply.set_body(body);
  return reply;
}

TEST(CassetteRecorderTest, KeepsRequestsAndAnswers_InTheFormOfACassette) {
  CassetteRecorder recorder({});
  pb::HttpReply reply = Reply(200, R"({"orders":[{"id":"A-1","buyer":{"id":7}}]})");
  reply.set_server_time_us(5);
  for (const auto& [name, value] : {std::pair{"content-type", "application/json"}, std::pair{"x-request-id", "abc"}}) {
    reply.add_headers()->set_name(name);
    reply.mutable_headers(reply.headers_size() - 1)->set_value(value);
  }
  recorder.Add(Get("/orders", "since", "0"), reply);
  EXPECT_EQ(json::value(recorder.Exchanges()), json::parse(R"([
    {"request": {"method": "GET", "origin": "shop", "path": "/orders", "query": {"since": "0"}},
     "reply": {"status": 200, "headers": {"content-type": "application/json"}, "server_time_us": 5,
               "json": {"orders": [{"id": "A-1", "buyer": {"id": 0}}]}}}])"));
}

TEST(CassetteRecorderTest, WhatSaysNothingMore_IsLeftOut) {
  CassetteRecorder recorder({});
  recorder.Add(Get("/orders"), Reply(429, ""));
  recorder.Add(Get("/orders"), Reply(503, "down"));
  recorder.Add(Get("/orders"), Reply(200, "[]"));
  recorder.Add(Get("/account"), Reply(200, "{}"));
  recorder.Add(Get("/orders"), Reply(200, "[]"));
  EXPECT_EQ(recorder.Exchanges().size(), 2u);
  // Another answer of the same request is the next in turn.
  recorder.Add(Get("/orders"), Reply(200, "[1]"));
  EXPECT_EQ(recorder.Exchanges().size(), 3u);
}

TEST(CassetteRecorderTest, AParameterThatMayNotBeKept_IsMatchedByAnything) {
  CassetteRecorder recorder({});
  recorder.Add(Get("/customers", "email", "ada@example.com"), Reply(200, "[]"));
  EXPECT_EQ(recorder.Exchanges()[0].at("request").at("query").at("email").as_string(), "*");
}

TEST(CassetteRecorderTest, ABody_TellsRequestsApart_UnlessItHoldsWhatIsTakenOut) {
  CassetteRecorder recorder({});
  pb::HttpRequest search = Get("/search");
  search.set_method("POST");
  search.set_body(R"({"page": 1})");
  recorder.Add(search, Reply(200, "[1]"), CassetteRecorder::Tell::kAddressAndBody);
  search.set_body(R"({"email": "ada@example.com"})");
  recorder.Add(search, Reply(200, "[2]"), CassetteRecorder::Tell::kAddressAndBody);
  recorder.Add(search, Reply(200, "[3]"), CassetteRecorder::Tell::kAddress);
  const json::array exchanges = recorder.Exchanges();
  ASSERT_EQ(exchanges.size(), 3u);
  EXPECT_EQ(exchanges[0].at("request").at("body").as_string(), R"({"page": 1})");
  EXPECT_FALSE(exchanges[1].at("request").as_object().contains("body"));
  EXPECT_FALSE(exchanges[2].at("request").as_object().contains("body"));
}

TEST(CassetteRecorderTest, WhatCannotBeKept_IsNamed) {
  CassetteRecorder recorder({.secrets = {"tops3cret"}});
  recorder.Add(Get("/of/tops3cret"), Reply(200, "{}"));
  recorder.Add(Get("/picture"), Reply(200, "\xff\xd8"));
  recorder.Add(Get("/report"), Reply(200, "id;sku"));
  recorder.Add(Get("/orders", "of-tops3cret", "1"), Reply(200, "{}"));
  EXPECT_EQ(recorder.Exchanges().size(), 1u);
  EXPECT_EQ(recorder.unjudged(), 1);
  EXPECT_EQ(recorder.left_out(),
            (std::set<std::string>{"GET shop /orders: a parameter's name holds an address, a number or a secret",
                                   "GET shop /picture: the body is no UTF-8 text",
                                   "GET shop: the path holds an address, a number or a secret"}));
}

}  // namespace
}  // namespace quayside
