// Which packages share a call, and when it is made.
#include "host/sync/despatch_batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "host/orders/despatch_outcome.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr TimeUs kToday = 100 * kHourUs;
constexpr TimeUs kNothing = std::numeric_limits<TimeUs>::max();
constexpr DespatchPace kFree{.looks = {.most = 10}, .calls = {.most = 10}, .documents = {.most = 10}};

DespatchRecord Looked(int64_t id, bool tracked = true) {
  return {.id = id,
          .order_id = id,
          .channel_id = "de",
          .tracking = tracked ? "sealed" : "",
          .looked_us = kToday - kMinuteUs,
          .due_us = kToday - kHourUs};
}
DespatchRecord New(int64_t id) {
  DespatchRecord package = Looked(id);
  package.looked_us = 0;
  return package;
}
DespatchRecord Suspect(int64_t id, int32_t failures) {
  DespatchRecord package = Looked(id);
  for (int32_t n = 0; n < failures; ++n) TakeBrokenCall("PLUGIN_FAULT", "it threw", package);
  return package;
}
std::vector<int64_t> Ids(const Packages& packages) {
  std::vector<int64_t> ids;
  for (const DespatchRecord& package : packages) ids.push_back(package.id);
  return ids;
}

TEST(GroupTest, ThoseOfABrokenCall_GoInEverSmallerGroups_InTheirTurn) {
  EXPECT_THAT(Ids(GroupOf({New(1), Suspect(2, 1), New(3)}, 10)), ElementsAre(1, 3));
  EXPECT_THAT(Ids(GroupOf({Suspect(1, 1), New(2), Suspect(3, 1), Suspect(4, 1), Suspect(5, 2)}, 4)), ElementsAre(1, 3));
  EXPECT_THAT(Ids(GroupOf({Suspect(1, 9), Suspect(2, 9)}, 4)), ElementsAre(1));
  EXPECT_THAT(Ids(GroupOf({New(1), New(2), New(3)}, 2)), ElementsAre(1, 2));
  EXPECT_THAT(GroupOf({New(1)}, 0), IsEmpty());
  EXPECT_THAT(GroupOf({}, 5), IsEmpty());
}

TEST(ChoiceTest, WhatWasNotLookedFor_IsLookedFor_AndNotSent) {
  DespatchRecord edit = New(2);
  edit.confirmed_us = 1;
  DespatchRecord stale = Looked(3);
  stale.looked_us = kToday - kLookHolds;
  DespatchRecord of_the_future = Looked(4);
  of_the_future.looked_us = kToday + 1;
  const Packages waiting = {New(1), edit, stale, of_the_future, Looked(5)};
  EXPECT_THAT(Ids(ChooseLooks(waiting, kFree, kToday)), ElementsAre(1, 3, 4));
  EXPECT_THAT(Ids(ChooseCalls(waiting, kFree, kToday)), ElementsAre(2, 5));
  EXPECT_THAT(ChooseDocument(waiting, kFree, kToday), IsEmpty());
}

TEST(ChoiceTest, WhatIsNotDue_Waits) {
  DespatchRecord later = Looked(1);
  later.due_us = kToday + 1;
  EXPECT_THAT(ChooseCalls({later}, kFree, kToday), IsEmpty());
  EXPECT_EQ(NextDespatch({later}, kFree, kToday), kToday + 1);
  EXPECT_EQ(NextDespatch({}, kFree, kToday), kNothing);
}

TEST(ChoiceTest, EachWay_WaitsForItsOwnAllowance) {
  const Packages waiting = {New(1), Looked(2), Looked(3, false)};
  DespatchPace pace = kFree;
  pace.looks = {.most = 0, .next_us = kToday + 10};
  EXPECT_THAT(ChooseLooks(waiting, pace, kToday), IsEmpty());
  EXPECT_THAT(Ids(ChooseCalls(waiting, pace, kToday)), ElementsAre(2));
  EXPECT_EQ(NextDespatch({New(1)}, pace, kToday), kToday + 10);
  pace.calls = {.most = 0, .next_us = kToday + 20};
  EXPECT_THAT(ChooseCalls(waiting, pace, kToday), IsEmpty());
  EXPECT_EQ(NextDespatch({Looked(2)}, pace, kToday), kToday + 20);
  EXPECT_THAT(Ids(ChooseDocument(waiting, pace, kToday)), ElementsAre(3));
  pace.documents = {.most = 0, .next_us = kToday + 30};
  EXPECT_THAT(ChooseDocument(waiting, pace, kToday), IsEmpty());
  EXPECT_EQ(NextDespatch({Looked(3, false)}, pace, kToday), kToday + 30);
}

TEST(DocumentTest, IsGathered_UntilItsFirstHasWaitedLongEnough_OrItIsFull) {
  DespatchPace pace = kFree;
  pace.documents.most = 3;
  pace.gather_us = 5 * kMinuteUs;
  const Packages two = {Looked(1, false), Looked(2, false)};
  EXPECT_THAT(ChooseDocument(two, pace, kToday), IsEmpty());
  const TimeUs ripe_us = kToday - kMinuteUs + 5 * kMinuteUs;  // since they were looked for
  EXPECT_EQ(NextDespatch(two, pace, kToday), ripe_us);
  EXPECT_THAT(Ids(ChooseDocument(two, pace, ripe_us)), ElementsAre(1, 2));
  const Packages four = {Looked(1, false), Looked(2, false), Looked(3, false), Looked(4, false)};
  EXPECT_THAT(Ids(ChooseDocument(four, pace, kToday)), ElementsAre(1, 2, 3));
  EXPECT_LE(NextDespatch(four, pace, kToday), kToday);
}

TEST(DocumentTest, IsOfOneChannel_TheOneThatHasWaitedForLongest) {
  DespatchRecord other = Looked(2, false);
  other.channel_id = "fr";
  other.looked_us = kToday - 2 * kMinuteUs;
  EXPECT_THAT(Ids(ChooseDocument({Looked(1, false), other, Looked(3, false)}, kFree, kToday)), ElementsAre(2));
}

TEST(ChoiceTest, TheNextTime_IsNowOnlyIfSomethingIsChosenNow) {
  DespatchPace pace = kFree;
  pace.gather_us = kMinuteUs * 2;
  pace.looks = {.most = 1, .next_us = 0};
  const Packages all = {New(1), Looked(2), Looked(3, false), Suspect(4, 2)};
  for (size_t i = 0; i < all.size(); ++i) {
    for (const TimeUs at : {kToday, kToday + kMinuteUs, kToday + 2 * kMinuteUs, kToday + 2 * kHourUs}) {
      const Packages one = {all[i]};
      const bool chosen = !ChooseLooks(one, pace, at).empty() || !ChooseCalls(one, pace, at).empty() ||
                          !ChooseDocument(one, pace, at).empty();
      EXPECT_EQ(NextDespatch(one, pace, at) <= at, chosen) << i << " at " << at - kToday;
    }
  }
}

TEST(AgeTest, PackagesSentWithinAMinute_AreAskedAboutTogether) {
  DespatchRecord old{.id = 1, .sent_us = kToday - kHourUs};
  DespatchRecord same_age{.id = 2, .sent_us = kToday - kHourUs + kMinuteUs};
  DespatchRecord young{.id = 3, .sent_us = kToday};
  EXPECT_THAT(Ids(OfOneAge({old, young, same_age})), ElementsAre(1, 2));
  EXPECT_THAT(Ids(OfOneAge({young, old})), ElementsAre(3));
  EXPECT_THAT(OfOneAge({}), IsEmpty());
}

}  // namespace
}  // namespace quayside
