#include "host/sync/sent_latency.h"

#include "gtest/gtest.h"
#include "quayside/plugin/v1/inventory_push.pb.h"

namespace quayside {
namespace {

std::string Request(std::optional<int32_t> days, bool clear = false) {
  quayside::plugin::v1::QuantityIntent intent;
  intent.set_quantity(5);
  if (days.has_value()) intent.set_latency_days(*days);
  intent.set_clear_latency(clear);
  return intent.SerializeAsString();
}

TEST(SentLatencyTest, WhatCameIntoForce_IsKept_AndWhatIsNotNamed_Stands) {
  TargetRecord target;
  KeepLatency(Request(3), target);
  EXPECT_EQ(target.latency, 3);
  KeepLatency(Request(std::nullopt), target);
  EXPECT_EQ(target.latency, 3);
  KeepLatency("no message", target);
  EXPECT_EQ(target.latency, 3);
}

TEST(SentLatencyTest, AWishToClear_IsFulfilledByTheOneThatClears_OrByAnotherHandlingTime) {
  TargetRecord target{.latency = 3, .clear_latency = true};
  KeepLatency(Request(std::nullopt), target);
  EXPECT_TRUE(target.clear_latency) << "it was asked after that was sent";
  KeepLatency(Request(std::nullopt, true), target);
  EXPECT_FALSE(target.clear_latency);
  EXPECT_FALSE(target.latency.has_value());
  target.clear_latency = true;
  KeepLatency(Request(9), target);
  EXPECT_FALSE(target.clear_latency);
  EXPECT_EQ(target.latency, 9);
}

TEST(SentLatencyTest, TellsWhetherItWouldLeaveAnotherOne) {
  const TargetRecord target{.latency = 3};
  EXPECT_TRUE(LeavesOtherLatency(Request(4), target));
  EXPECT_TRUE(LeavesOtherLatency(Request(std::nullopt, true), target));
  EXPECT_FALSE(LeavesOtherLatency(Request(3), target));
  EXPECT_FALSE(LeavesOtherLatency(Request(std::nullopt), target));
}

}  // namespace
}  // namespace quayside
