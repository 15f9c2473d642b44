// What a warehouse's answer makes of an order that was handed over to it.
#include "host/orders/outbound_outcome.h"

#include <gtest/gtest.h>

#include "host/orders/despatch_outcome.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr TimeUs kAnswered = 1'000 * kHourUs;

class OutboundOutcomeTest : public ::testing::Test {
 protected:
  OutboundRecord Submitted(const pb::Outcome& outcome, int32_t attempts = 1) {
    OutboundRecord outbound{.phase = OutboundPhase::kSending, .sent_us = kAnswered - 1, .attempts = attempts};
    TakeSubmitted(outcome, kAnswered, rng_, outbound);
    return outbound;
  }

  SeededRng rng_{7};
};

TEST_F(OutboundOutcomeTest, OnlyWhatTheWarehouseSurelyHas_IsKnownToBeThere) {
  pb::Outcome outcome;
  outcome.mutable_done();
  EXPECT_EQ(Submitted(outcome).phase, OutboundPhase::kAccepted);
  EXPECT_EQ(Submitted(outcome).accepted_us, kAnswered);
  outcome.mutable_accepted();
  EXPECT_EQ(Submitted(outcome).phase, OutboundPhase::kAccepted);
  EXPECT_EQ(Submitted(outcome).accepted_us, 0) << "it is being looked into";
}

TEST_F(OutboundOutcomeTest, WithoutAnAnswer_ItIsAskedAbout_AndNotSentAgain) {
  EXPECT_EQ(Submitted({}).phase, OutboundPhase::kUnknown);
  EXPECT_EQ(Submitted({}).reason, "HTTP_OUTCOME_UNKNOWN");
}

TEST_F(OutboundOutcomeTest, AnOutage_CostsNoAttempt_AFaultOfItsOwnDoes) {
  pb::Outcome outcome;
  outcome.mutable_retry()->set_reason("CHANNEL_UNAVAILABLE");
  ASSERT_TRUE(IsNobodysFault("CHANNEL_UNAVAILABLE"));
  EXPECT_EQ(Submitted(outcome, kMostAttempts).phase, OutboundPhase::kWaiting);
  outcome.mutable_retry()->set_reason("NOT_NOW");
  EXPECT_EQ(Submitted(outcome, kMostAttempts - 1).phase, OutboundPhase::kWaiting);
  EXPECT_EQ(Submitted(outcome, kMostAttempts).phase, OutboundPhase::kFailed);
  EXPECT_GT(Submitted(outcome, 1).due_us, kAnswered);
}

TEST_F(OutboundOutcomeTest, WhatTheWarehouseKeeps_GoesOnAsIfNobodyHadAsked) {
  OutboundRecord outbound{.phase = OutboundPhase::kCancelling, .cancellable = true};
  pb::Outcome outcome;
  outcome.mutable_accepted();
  EXPECT_FALSE(TakeAskedBack(outcome, kAnswered, outbound));
  EXPECT_EQ(outbound.phase, OutboundPhase::kCancelling);
  outcome.mutable_rejected()->set_reason("PACKED");
  EXPECT_TRUE(TakeAskedBack(outcome, kAnswered, outbound));
  EXPECT_EQ(outbound.phase, OutboundPhase::kAccepted);
  EXPECT_EQ(outbound.reason, "PACKED");
  EXPECT_FALSE(outbound.cancellable);
}

TEST_F(OutboundOutcomeTest, WhatWasThereOnce_IsNeverSentAgain) {
  OutboundRecord there{.phase = OutboundPhase::kAccepted, .accepted_us = 5};
  EXPECT_FALSE(SendAgain(kAnswered, there));
  OutboundRecord dropped{.phase = OutboundPhase::kAccepted};
  EXPECT_TRUE(SendAgain(kAnswered, dropped));
  OutboundRecord unknown{.phase = OutboundPhase::kUnknown};
  EXPECT_TRUE(SendAgain(kAnswered, unknown));
  EXPECT_EQ(unknown.phase, OutboundPhase::kWaiting);
  EXPECT_EQ(unknown.sent_us, 0);
}

}  // namespace
}  // namespace quayside
