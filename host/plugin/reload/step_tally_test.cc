#include "host/plugin/reload/step_tally.h"

#include <gtest/gtest.h>

#include "host/base/errors.h"

namespace quayside {
namespace {

StepReport Good(int64_t items = 1, int64_t bad = 0) {
  return {.lane_id = "a.orders", .plugin_calls = 1, .items = items, .bad_records = bad, .duration_us = 1000};
}
StepReport Ended(absl::StatusCode code, Reason reason) {
  return {.lane_id = "a.orders", .status = MakeError(code, reason, "so it was"), .plugin_calls = 1};
}

TEST(StepVerdict, AStepThatNeverAskedThePlugin_SaysNothingOfIt) {
  EXPECT_EQ(VerdictOf(Good()), StepVerdict::kGood);
  StepReport idle = Good();
  idle.plugin_calls = 0;
  EXPECT_EQ(VerdictOf(idle), StepVerdict::kNeutral);
}

TEST(StepVerdict, FaultsAndHangs_AreThePluginsOwn) {
  EXPECT_EQ(VerdictOf(Ended(absl::StatusCode::kInternal, Reason::kPluginFault)), StepVerdict::kBroken);
  EXPECT_EQ(VerdictOf(Ended(absl::StatusCode::kDeadlineExceeded, Reason::kPluginTimeout)), StepVerdict::kBroken);
}

TEST(StepVerdict, WhatTheHostOrTheMerchantCaused_IsNotHeldAgainstThePlugin) {
  EXPECT_EQ(VerdictOf(Ended(absl::StatusCode::kResourceExhausted, Reason::kRateLimited)), StepVerdict::kNeutral);
  EXPECT_EQ(VerdictOf(Ended(absl::StatusCode::kAborted, Reason::kLaneFenced)), StepVerdict::kNeutral);
  EXPECT_EQ(VerdictOf(Ended(absl::StatusCode::kResourceExhausted, Reason::kDiskFull)), StepVerdict::kNeutral);
  EXPECT_EQ(VerdictOf(Ended(absl::StatusCode::kUnauthenticated, Reason::kSecretMissing)), StepVerdict::kNeutral);
}

// A merchant's key may have been revoked just then; but a version that signs wrongly shows nothing else.
TEST(StepVerdict, NotToBeLetIn_IsAFailure_UnlessTheLaneWasNotLetInBefore) {
  StepReport refused = Ended(absl::StatusCode::kUnauthenticated, Reason::kCredentialsRefused);
  EXPECT_EQ(VerdictOf(refused), StepVerdict::kFailed);
  StepTally tally;
  tally.Add(refused);
  EXPECT_EQ(tally.All().refused, 1);
  refused.failed_before = true;
  EXPECT_EQ(VerdictOf(refused), StepVerdict::kNeutral);
  StepReport broken = Ended(absl::StatusCode::kInternal, Reason::kPluginFault);
  broken.failed_before = true;
  EXPECT_EQ(VerdictOf(broken), StepVerdict::kBroken) << "whatever was before: this is the version's own";
}

TEST(StepVerdict, AnyOtherFailure_MayBeThePluginsOrTheMarketplaces) {
  EXPECT_EQ(VerdictOf(Ended(absl::StatusCode::kUnavailable, Reason::kChannelUnavailable)), StepVerdict::kFailed);
}

TEST(StepTally, SumsUpByJob) {
  StepTally tally;
  tally.Add(Good(4, 1));
  tally.Add(Good(6));
  StepReport listings = Good(100);
  listings.job = Job::kListings;
  tally.Add(listings);
  const StepSums orders = tally.Of(Job::kOrders);
  EXPECT_EQ(orders.good, 2);
  EXPECT_EQ(orders.items, 10);
  EXPECT_DOUBLE_EQ(orders.items_per_step(), 5);
  EXPECT_DOUBLE_EQ(orders.latency_us(), 1000);
  EXPECT_DOUBLE_EQ(orders.bad_share(), 1.0 / 11);
  EXPECT_EQ(tally.All().good, 3);
  EXPECT_EQ(tally.Of(Job::kInventory).steps(), 0);
}

TEST(StepTally, RemembersTheLastFailure_WithItsLane) {
  StepTally tally;
  tally.Add(Ended(absl::StatusCode::kInternal, Reason::kPluginFault));
  tally.Add(Good());
  EXPECT_EQ(tally.All().last_failure, "a.orders: so it was");
  EXPECT_DOUBLE_EQ(tally.All().failure_share(), 0.5);
}

TEST(StepTally, ForgetsWhatIsLongAgo) {
  StepTally tally;
  tally.Add(Ended(absl::StatusCode::kInternal, Reason::kPluginFault));
  for (size_t i = 0; i < StepTally::kWindow; ++i) tally.Add(Good());
  EXPECT_EQ(tally.All().broken, 0);
  EXPECT_EQ(tally.All().good, static_cast<int64_t>(StepTally::kWindow));
}

}  // namespace
}  // namespace quayside
