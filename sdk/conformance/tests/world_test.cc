#include "sdk/conformance/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <thread>

#include "sdk/conformance/trouble.h"

namespace quayside::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class WorldTest : public ::testing::Test {
 protected:
  WorldTest() {
    pb::Origin& origin = *bundle_.manifest.add_origins();
    origin.set_name("shop");
    bundle_.manifest.add_places()->set_name("out");
    pb::Credential& credential = *bundle_.manifest.add_credentials();
    credential.set_name("key");
    credential.add_origins("elsewhere");
    for (const char* body : {"first", "second"}) {
      Exchange exchange;
      exchange.method = "PUT";
      exchange.origin = "shop";
      exchange.path = "/stock";
      exchange.reply.set_status(200);
      exchange.reply.set_body(body);
      cassette_.exchanges.push_back(exchange);
    }
  }

  // The status, and the reply's bytes in `reply`.
  qs_status Invoke(World& world, const char* service, const google::protobuf::MessageLite& request,
                   std::string* reply = nullptr) {
    std::string bytes;
    qs_sink sink{&bytes, [](void* ctx, size_t size) {
                   auto& room = *static_cast<std::string*>(ctx);
                   room.resize(size);
                   return reinterpret_cast<uint8_t*>(room.data());
                 }};
    const std::string text = request.SerializeAsString();
    const qs_status status = world.host().invoke(world.host().ctx, 1, service,
                                                 {reinterpret_cast<const uint8_t*>(text.data()), text.size()}, &sink);
    if (reply != nullptr) *reply = bytes;
    return status;
  }
  std::string BodyOf(World& world) {
    std::string bytes;
    EXPECT_EQ(Invoke(world, "http/1", request_, &bytes), QS_OK);
    pb::HttpReply reply;
    EXPECT_TRUE(reply.ParseFromString(bytes));
    return reply.body();
  }
  void SetUp() override {
    request_.set_method("PUT");
    request_.set_origin("shop");
    request_.set_path("/stock");
  }

  Bundle bundle_;
  Cassette cassette_;
  pb::HttpRequest request_;
};

TEST_F(WorldTest, SeveralAnswers_ComeInTurn_AndTheLastStays) {
  World world(bundle_, cassette_);
  world.SetCall(1);
  EXPECT_EQ(BodyOf(world), "first");
  EXPECT_EQ(BodyOf(world), "second");
  EXPECT_EQ(BodyOf(world), "second");
}

TEST_F(WorldTest, NoAnswer_IsToldAndIsABrokenLine) {
  World world(bundle_, cassette_);
  world.SetCall(1);
  request_.set_path("/other");
  EXPECT_EQ(Invoke(world, "http/1", request_), QS_RETRY);
  EXPECT_THAT(world.unanswered(), ElementsAre("PUT shop /other"));
}

TEST_F(WorldTest, ABadLine_IsMetByWhatNobodyRecorded_AndByFilesWhereItIsNoStatus) {
  pb::TransferRequest put;
  put.mutable_put()->set_place("out");
  put.mutable_put()->set_path("a.csv");
  request_.set_path("/other");
  for (const Trouble& trouble : Troubles()) {
    World world(bundle_, cassette_);
    BadLine line(world, trouble);
    line.FilesToo();
    world.SetCall(1);
    const bool is_status = trouble.what.starts_with("HTTP");
    const bool is_half = trouble.is_torn;
    EXPECT_EQ(Invoke(world, "transfer/1", put), is_status || is_half ? QS_OK : QS_RETRY) << trouble.what;
    EXPECT_EQ(line.met(), !is_status && !is_half) << trouble.what;
    EXPECT_EQ(Invoke(world, "http/1", request_), is_status ? QS_OK : QS_RETRY) << trouble.what;
    EXPECT_EQ(line.met(), !is_half) << trouble.what << ": of nothing there is no half";
    EXPECT_THAT(world.unanswered(), IsEmpty()) << trouble.what;
  }
}

TEST_F(WorldTest, ABodyBreaksOff_WhereThereIsOne) {
  const auto torn =
      std::find_if(Troubles().begin(), Troubles().end(), [](const Trouble& trouble) { return trouble.is_torn; });
  ASSERT_NE(torn, Troubles().end());
  for (const bool has_body : {true, false}) {
    if (!has_body) cassette_.exchanges[0].reply.clear_body();
    World world(bundle_, cassette_);
    const BadLine line(world, *torn);
    world.SetCall(1);
    EXPECT_EQ(BodyOf(world), has_body ? "fi" : "");
    EXPECT_EQ(line.met(), has_body);
    EXPECT_EQ(line.passed(), !has_body);
  }
}

TEST_F(WorldTest, DocumentsMeetABadLine_AndAreExchanges) {
  cassette_.documents["https://store.example/a"] = "text";
  pb::DocumentRequest request;
  request.mutable_fetch()->set_url("https://store.example/a");
  request.mutable_fetch()->set_name("a");
  for (const Trouble& trouble : Troubles()) {
    World world(bundle_, cassette_);
    BadLine line(world, trouble);
    line.FilesToo();
    world.SetCall(1);
    const bool is_told_by_status = trouble.what.starts_with("HTTP") || trouble.is_torn;
    EXPECT_EQ(Invoke(world, "document/1", request), is_told_by_status ? QS_OK : QS_RETRY) << trouble.what;
    EXPECT_EQ(line.met(), !is_told_by_status) << trouble.what;
    EXPECT_EQ(world.exchanges(), 1u);
  }
}

TEST_F(WorldTest, AStepIsToldToEnd_BeforeTheNthCall) {
  for (const Ending& ending : Endings()) {
    World world(bundle_, cassette_);
    std::optional<BadLine> line;
    world.BeforeNth(2, [&] {
      ending.within(world);
      line.emplace(world, ending);
    });
    world.SetCall(1);
    EXPECT_EQ(Invoke(world, "http/1", request_), QS_OK) << ending.what;
    EXPECT_FALSE(line.has_value()) << ending.what;
    EXPECT_EQ(Invoke(world, "http/1", request_), ending.answer.status) << ending.what;
    ASSERT_TRUE(line.has_value()) << ending.what;
    EXPECT_TRUE(line->met()) << ending.what;
    pb::StepStateReply state;
    std::string bytes;
    ASSERT_EQ(Invoke(world, "step/1", pb::StepStateRequest(), &bytes), QS_OK);
    ASSERT_TRUE(state.ParseFromString(bytes));
    EXPECT_TRUE(state.cancelled() || state.deadline_us() <= world.now_us()) << ending.what;
  }
}

TEST_F(WorldTest, TheSameWriteTwice_IsOneEffect) {
  World world(bundle_, cassette_);
  world.SetCall(1);
  request_.set_body("3");
  (void)BodyOf(world);
  (void)BodyOf(world);
  EXPECT_THAT(world.Effects(true), SizeIs(1));
  request_.set_body("4");
  (void)BodyOf(world);
  EXPECT_THAT(world.Effects(true), SizeIs(2));
}

TEST_F(WorldTest, AFileIsAnEffect_ByItsNameOrByItsBytes) {
  World world(bundle_, cassette_);
  world.SetCall(1);
  for (const char* name : {"a.csv", "b.csv"}) {
    pb::TransferRequest request;
    request.mutable_put()->set_place("out");
    request.mutable_put()->set_path(name);
    request.mutable_put()->set_body("x");
    EXPECT_EQ(Invoke(world, "transfer/1", request), QS_OK);
  }
  EXPECT_THAT(world.Effects(true), SizeIs(2));
  EXPECT_THAT(world.Effects(false), SizeIs(1));
}

TEST_F(WorldTest, WhatIsNotDeclared_IsDenied_AndAViolation) {
  World world(bundle_, cassette_);
  world.SetCall(1);
  request_.set_origin("stranger");
  EXPECT_EQ(Invoke(world, "http/1", request_), QS_DENIED);
  request_.set_origin("shop");
  request_.set_operation("orders");
  EXPECT_EQ(Invoke(world, "http/1", request_), QS_DENIED);
  request_.clear_operation();
  request_.add_credentials()->set_name("key");
  EXPECT_EQ(Invoke(world, "http/1", request_), QS_DENIED);
  pb::SignRequest sign;
  sign.set_secret("api_key");
  sign.set_algorithm("hmac_sha256");
  EXPECT_EQ(Invoke(world, "sign/1", sign), QS_DENIED);
  EXPECT_THAT(world.violations(), ElementsAre(HasSubstr("no origin 'stranger'"), HasSubstr("no operation 'orders'"),
                                              HasSubstr("'key' may not go to origin 'shop'"),
                                              HasSubstr("does not let secret 'api_key' sign by 'hmac_sha256'")));
  EXPECT_THAT(world.Effects(true), IsEmpty());
}

TEST_F(WorldTest, OutsideACall_ServicesAreRefused) {
  World world(bundle_, cassette_);
  EXPECT_EQ(Invoke(world, "clock/1", pb::ClockRequest()), QS_INVALID);
  world.SetCall(2);
  EXPECT_EQ(Invoke(world, "clock/1", pb::ClockRequest()), QS_INVALID) << "another call's id";
  EXPECT_THAT(world.violations(), SizeIs(2));
}

TEST_F(WorldTest, OnAnotherThread_ServicesAreRefused_AndItIsAViolation) {
  World world(bundle_, cassette_);
  world.SetCall(1);
  qs_status status = QS_OK;
  std::thread([&] { status = Invoke(world, "clock/1", pb::ClockRequest()); }).join();
  EXPECT_EQ(status, QS_INVALID);
  EXPECT_THAT(world.violations(), ElementsAre(HasSubstr("another thread")));
}

TEST_F(WorldTest, FailNth_FailsThatCallOnce) {
  World world(bundle_, cassette_);
  world.SetCall(1);
  world.FailNth(2, Fault::kLost, "http");
  EXPECT_EQ(Invoke(world, "clock/1", pb::ClockRequest()), QS_OK);
  EXPECT_EQ(Invoke(world, "http/1", request_), QS_OK);
  request_.set_body("lost");
  EXPECT_EQ(Invoke(world, "http/1", request_), QS_UNKNOWN);
  EXPECT_THAT(world.Effects(true), SizeIs(2)) << "it happened";
  EXPECT_EQ(Invoke(world, "http/1", request_), QS_OK);
  EXPECT_EQ(world.invocations(), 4);
}

TEST_F(WorldTest, AFaultBeforeTheCall_LeavesNoEffect) {
  for (const Fault fault : {Fault::kRetry, Fault::kUnknown, Fault::kDeadline, Fault::kInternal, Fault::kGarbage}) {
    World world(bundle_, cassette_);
    world.SetCall(1);
    world.FailNth(1, fault);
    EXPECT_EQ(Invoke(world, "http/1", request_) == QS_OK, fault == Fault::kGarbage) << NameOf(fault);
    EXPECT_THAT(world.Effects(true), IsEmpty()) << NameOf(fault);
  }
}

}  // namespace
}  // namespace quayside::conformance
