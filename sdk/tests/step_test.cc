// Result, Error and Step with the fake host.
#include "quayside/step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quayside/testing/fake_host.h"
#include "src/bytes.h"

namespace {

using namespace quayside::sdk;
using quayside::sdk::testing::FakeHost;
using quayside::sdk::testing::Json;

Result<int> Half(int n) {
  if (n % 2 != 0) return Error::Invalid("ODD", "no half", "n");
  return n / 2;
}

Result<std::string> QuarterText(int n) {
  QS_TRY(const int half, Half(n));
  QS_TRY(const int quarter, Half(half));
  return std::to_string(quarter);
}

TEST(ResultTest, Try_GivesTheValueOrReturnsTheFirstError) {
  EXPECT_EQ(QuarterText(8).value(), "2");
  EXPECT_EQ(QuarterText(6).error().reason, "ODD");
  EXPECT_EQ(QuarterText(3).error().field, "n");
}

TEST(ResultTest, Try_MovesWhatCannotBeCopied) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(5); };
  const auto take = [&]() -> Result<int> {
    QS_TRY(const std::unique_ptr<int> p, make());
    return *p;
  };
  EXPECT_EQ(take().value(), 5);
}

TEST(ErrorTest, EveryField_SurvivesTheWire) {
  const Error error{QS_RETRY, "REASON", "message", "field", 42, "rq"};
  const Error back = internal::DecodeError(QS_RETRY, internal::EncodeError(error).SerializeAsString(), "somewhere");
  EXPECT_EQ(back.status, QS_RETRY);
  EXPECT_EQ(back.reason, "REASON");
  EXPECT_EQ(back.message, "message");
  EXPECT_EQ(back.field, "field");
  EXPECT_EQ(back.retry_at_us, 42);
  EXPECT_EQ(back.request_id, "rq");
}

TEST(ErrorTest, WithoutOrWithUnreadableBytes_KeepsTheStatus) {
  EXPECT_EQ(internal::DecodeError(QS_DENIED, "", "http/1").status, QS_DENIED);
  EXPECT_EQ(internal::DecodeError(QS_DENIED, "\xff\xff", "http/1").reason, "PLUGIN_FAULT");
}

TEST(StepTest, Http_RecordsTheRequestAndAnswersFromTheHandler) {
  FakeHost host;
  host.OnHttp([](const pb::HttpRequest& rq) { return Json(200, "body of " + rq.path(), {{"x-a", "1"}}); });
  pb::HttpRequest request;
  request.set_path("/p");
  auto reply = host.step().Http(request);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply.value().body(), "body of /p");
  EXPECT_EQ(reply.value().headers(0).name(), "x-a");
  ASSERT_EQ(host.requests().size(), 1u);
  EXPECT_EQ(host.requests()[0].path(), "/p");
}

TEST(StepTest, Http_WithoutHandler_FailsLikeABrokenLine) {
  FakeHost host;
  auto reply = host.step().Http(pb::HttpRequest());
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().status, QS_RETRY);
  EXPECT_EQ(reply.error().reason, "HTTP_FAILED");
}

TEST(StepTest, Http_CarriesAnyBytes) {
  FakeHost host;
  std::string every(256, '\0');
  for (int i = 0; i < 256; ++i) every[static_cast<size_t>(i)] = static_cast<char>(i);
  host.OnHttp([&](const pb::HttpRequest& rq) { return Json(200, rq.body()); });
  pb::HttpRequest request;
  request.set_body(every);
  auto reply = host.step().Http(request);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply.value().body(), every);
}

TEST(StepTest, Sign_IsTheHosts_AndItsRefusalIsAnError) {
  FakeHost host;
  pb::SignRequest request;
  request.set_secret("key");
  request.set_algorithm("hmac_sha256");
  request.set_data("data");
  EXPECT_EQ(host.step().Sign(request).value(), "hmac_sha256 of data with key");
  host.OnSign([](const pb::SignRequest&) -> Result<pb::SignReply> {
    return Error{QS_DENIED, "SIGNING_DENIED", "not declared", {}};
  });
  EXPECT_EQ(host.step().Sign(request).error().reason, "SIGNING_DENIED");
}

TEST(StepTest, TimeAndCancellation_AreTheHosts) {
  FakeHost host;
  host.SetNow(1000);
  host.SetDeadline(5000);
  EXPECT_EQ(host.step().NowUs(), 1000);
  EXPECT_EQ(host.step().deadline_us(), 5000);
  EXPECT_FALSE(host.step().Cancelled());
  host.Cancel();
  EXPECT_TRUE(host.step().Cancelled());
}

TEST(StepTest, Log_ReachesTheHostWithItsFields) {
  FakeHost host;
  host.step().Info("page read", {{"orders", "7"}});
  host.step().Warning("odd");
  ASSERT_EQ(host.logs().size(), 2u);
  EXPECT_EQ(host.logs()[0].message(), "page read");
  EXPECT_EQ(host.logs()[0].fields().at("orders"), "7");
  EXPECT_EQ(host.logs()[1].severity(), pb::LogRecord::SEVERITY_WARNING);
}

TEST(StepTest, HostWithoutAService_IsAnErrorNotACrash) {
  qs_host host{sizeof(qs_host), QS_ABI_MINOR, nullptr,
               [](void*, uint64_t, const char*, qs_bytes, qs_sink*) -> qs_status { return QS_UNSUPPORTED; }};
  qs_call call{sizeof(qs_call), 0, 1, "", "", 123, {nullptr, 0}};
  Step step(host, call);
  EXPECT_EQ(step.Http(pb::HttpRequest()).error().status, QS_UNSUPPORTED);
  EXPECT_EQ(step.NowUs(), 123);
  EXPECT_TRUE(step.Cancelled()) << "a host that cannot say is a host that is gone";
  step.Info("nobody hears it");
}

TEST(ReplyBufferTest, LastReservationWins) {
  internal::ReplyBuffer buffer;
  qs_sink sink = buffer.sink();
  ASSERT_NE(sink.reserve(sink.ctx, 100), nullptr);
  uint8_t* room = sink.reserve(sink.ctx, 2);
  room[0] = 'o';
  room[1] = 'k';
  EXPECT_EQ(buffer.bytes(), "ok");
}

}  // namespace
