#include "host/net/traced_http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/net/http_service_test_support.h"

namespace quayside {
namespace {

constexpr char kAmazon[] = "https://sellingpartnerapi-eu.amazon.com";
constexpr char kGateway[] = "https://gateway.example";

// What was logged, by field; and the span it was logged in.
class SpanLog final : public Logger {
 public:
  void Log(LogLevel, std::string_view message, const std::vector<LogField>& fields) override {
    std::map<std::string, std::string>& line = lines.emplace_back();
    line["message"] = message;
    for (const LogField& field : fields) line[std::string(field.key)] = field.value;
    if (const TraceContext* trace = CurrentTrace(); trace != nullptr) line["traceparent"] = Traceparent(*trace);
  }
  [[nodiscard]] bool Writes(LogLevel) const override { return true; }
  std::vector<std::map<std::string, std::string>> lines;
};

class TracedHttpTest : public HttpServiceTest {
 protected:
  // As a step of `trace`, to a host that sends traces on to `origins`.
  HttpExchange SendTraced(const std::optional<TraceContext>& trace, std::set<std::string> origins,
                          std::map<std::string, std::string> origin_map = {}) {
    const auto rules = MakeHttpService(
        client_, tokens_, budgets_, clock_,
        {.origin_map = std::move(origin_map), .user_agent = "Quayside/0.1", .trace_origins = std::move(origins)});
    TracedHttp http(*rules, log_, 7);
    const TraceScope scope(trace);
    last_ = http.Send(request_, context_);
    EXPECT_EQ(KeepTrace(), trace) << "the span ends with its call";
    return Sent();
  }

  SpanLog log_;
  absl::StatusOr<plugin::v1::HttpReply> last_ = absl::UnknownError("nothing was sent");
  const std::optional<TraceContext> trace_ =
      TraceOfHeaders({"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, {"ours=1"});
};

TEST_F(TracedHttpTest, AnOriginOfTheList_GetsTheTraceAndASpanOfItsOwn) {
  const HttpExchange sent = SendTraced(trace_, {kGateway}, {{kAmazon, kGateway}});
  EXPECT_EQ(HeaderOf(sent, "tracestate"), "ours=1");
  const auto parent = ParseTraceparent(HeaderOf(sent, "traceparent"));
  ASSERT_TRUE(parent.has_value());
  EXPECT_EQ(TraceIdText(*parent), TraceIdText(*trace_));
  EXPECT_NE(parent->span_id, trace_->span_id);
  ASSERT_EQ(log_.lines.size(), 1u);
  EXPECT_EQ(log_.lines[0]["traceparent"], HeaderOf(sent, "traceparent")) << "the log names the span that was sent";
}

TEST_F(TracedHttpTest, NoOtherOrigin_LearnsOfTraces) {
  const std::vector<std::set<std::string>> lists = {{}, {kGateway}, {"https://api.amazon.com"}};
  for (const std::set<std::string>& origins : lists) {
    const HttpExchange sent = SendTraced(trace_, origins);
    EXPECT_EQ(HeaderOf(sent, "traceparent"), "");
    EXPECT_EQ(HeaderOf(sent, "tracestate"), "");
  }
  // The address counts, not the name it stands for.
  EXPECT_EQ(HeaderOf(SendTraced(trace_, {kAmazon}, {{kAmazon, kGateway}}), "traceparent"), "");
}

TEST_F(TracedHttpTest, OutsideOfATrace_NoneIsMadeUp) {
  EXPECT_EQ(HeaderOf(SendTraced(std::nullopt, {kAmazon}), "traceparent"), "");
  EXPECT_EQ(log_.lines[0].count("traceparent"), 0u);
}

TEST_F(TracedHttpTest, APluginCannotSetThem) {
  ExpectInvalidHeader("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  ExpectInvalidHeader("TraceState", "a=1");
}

TEST_F(TracedHttpTest, TheLog_LeadsToTheMarketplacesOwnNameOfTheCall) {
  request_.set_operation("searchOrders");
  answer_.headers = {{"x-amzn-requestid", "f4ad-1"}, {"x-request-id", "second"}};
  SendTraced(trace_, {});
  ASSERT_TRUE(last_.ok()) << last_.status();
  ASSERT_EQ(log_.lines.size(), 1u);
  std::map<std::string, std::string>& line = log_.lines[0];
  EXPECT_EQ(line["message"], "marketplace call");
  EXPECT_EQ(line["account"], "acc");
  EXPECT_EQ(line["origin"], "eu");
  EXPECT_EQ(line["operation"], "searchOrders");
  EXPECT_EQ(line["status"], "200");
  EXPECT_EQ(line["request_id"], "f4ad-1");
  EXPECT_NE(line["took_us"], "");
}

TEST_F(TracedHttpTest, ACallThatFails_IsLoggedWithItsReason) {
  client_.OnSend([](const HttpExchange&) -> absl::StatusOr<HttpAnswer> {
    return MakeError(absl::StatusCode::kUnavailable, Reason::kHttpFailed, "no route");
  });
  SendTraced(trace_, {});
  EXPECT_FALSE(last_.ok());
  EXPECT_EQ(log_.lines[0]["error"], "HTTP_FAILED: no route");
}

TEST(RequestIdOf, IsPlainTextOrNothing) {
  const auto of = [](const std::string& name, const std::string& value) {
    plugin::v1::HttpReply reply;
    auto* header = reply.add_headers();
    header->set_name(name);
    header->set_value(value);
    return RequestIdOf(reply);
  };
  EXPECT_EQ(of("request-id", "a"), "a");
  EXPECT_EQ(of("X-Request-Id", "b"), "b");
  EXPECT_EQ(of("x-amzn-RequestId", "c"), "c");
  EXPECT_EQ(of("x-other", "d"), "");
  EXPECT_EQ(of("request-id", "two words"), "");
  EXPECT_EQ(of("request-id", std::string(129, 'x')), "");
  EXPECT_EQ(of("request-id", std::string(128, 'x')).size(), 128u);
}

}  // namespace
}  // namespace quayside
