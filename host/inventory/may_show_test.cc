#include "host/inventory/may_show.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

TEST(MayShow, IsTheHighestOfWhatWasAcknowledged_SentWithoutOutcome_AndInADocument) {
  TargetRecord target;
  EXPECT_EQ(MostThatMayShow(target), std::nullopt) << "nobody knows";
  target.shown = 9;
  EXPECT_EQ(MostThatMayShow(target), 9);
  target.accepted = 4;
  EXPECT_EQ(MostThatMayShow(target), 4) << "what was acknowledged is newer than what a listing showed";
  NoteUnknownOutcome(target, 7);
  EXPECT_EQ(MostThatMayShow(target), 7);
  target.bulk_quantity = 11;
  EXPECT_EQ(MostThatMayShow(target), 11);
  EXPECT_EQ(MayShowBesides(target), 11);
}

TEST(MayShow, OfSeveralUnknownOutcomes_TheHighestCounts_UntilTheMarketplaceTells) {
  TargetRecord target{.accepted = 4};
  NoteUnknownOutcome(target, 9);
  NoteUnknownOutcome(target, 6);
  EXPECT_EQ(MostThatMayShow(target), 9);
  ForgetUnknownOutcomes(target);
  EXPECT_EQ(MostThatMayShow(target), 4);
  EXPECT_EQ(MayShowBesides(target), std::nullopt);
}

}  // namespace
}  // namespace quayside
