// A short campaign, and the proof that it would see a loss: on disks that lie about their syncs it must fail.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "host/store/sqlite_test_support.h"
#include "tests/powercut/campaign.h"

namespace quayside::powercut {
namespace {

Tally CutOften(int64_t rounds, uint64_t seed, DiskLies lies, int most_writers) {
  const TemporaryFolder folder;
  return RunCampaign({.rounds = rounds,
                      .seed = seed,
                      .folder = folder.path(),
                      .lies = lies,
                      .only_life = {},
                      .most_writers = most_writers},
                     [](int64_t) {});
}

TEST(PowerCut, LosesNothing_OfSeveralWriters) {
  const Tally tally = CutOften(75, 20261123, {}, 4);
  EXPECT_THAT(tally.findings.texts(), testing::IsEmpty());
  EXPECT_EQ(tally.cuts, 75);
}

TEST(PowerCut, LosesNothing_WhateverItGoesInTheMiddleOf) {
  const Tally tally = CutOften(200, 20261123, {}, 1);
  EXPECT_THAT(tally.findings.texts(), testing::IsEmpty());
  EXPECT_EQ(tally.cuts, 200);
  EXPECT_GT(tally.acknowledged, 1'000);
  EXPECT_GT(tally.under_way, 20) << "the power goes in the middle of writes";
  for (size_t phase = 0; phase < kPhaseNames.size(); ++phase) EXPECT_GT(tally.cuts_in[phase], 0) << kPhaseNames[phase];
}

TEST(PowerCut, IsNoticed_WhenTheDiskSyncsNothing) {
  EXPECT_GT(CutOften(200, 1, {.contents = true}, 1).findings.count(Wrong::kLost), 0);
}

TEST(PowerCut, IsNoticed_WhenTheDiskDoesNotSyncTheDatabaseFile) {
  EXPECT_GT(CutOften(200, 1, {.database = true}, 1).findings.total(), 0);
}

TEST(PowerCut, IsNoticed_WhenTheDiskForgetsFilesThatWereMade) {
  EXPECT_GT(CutOften(200, 1, {.names = true}, 1).findings.count(Wrong::kLost), 0);
}

}  // namespace
}  // namespace quayside::powercut
