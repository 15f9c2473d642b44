#include "host/sync/backfill.h"

#include "gtest/gtest.h"

namespace quayside {
namespace {

constexpr TimeUs kThisDay = 1000 * kDayUs;

TEST(BackfillTest, BeginsOnce_WhenTheLiveWindowIsThere_AndNobodySetItOtherwise) {
  const BackfillRecord fresh{.start_us = kThisDay - 7 * kDayUs};
  EXPECT_TRUE(IsToBegin(fresh, kThisDay, 730 * kDayUs));
  EXPECT_FALSE(IsToBegin(fresh, kThisDay, 0)) << "no history is wanted";
  EXPECT_FALSE(IsToBegin(fresh, kThisDay, 7 * kDayUs)) << "the live window reaches as far";
  EXPECT_FALSE(IsToBegin({}, kThisDay, 730 * kDayUs)) << "where it began is not known";
  EXPECT_FALSE(IsToBegin({.start_us = fresh.start_us, .edits = 1}, kThisDay, 730 * kDayUs));
  EXPECT_FALSE(IsToBegin(BegunBackfill(fresh, kThisDay, 1, fresh.start_us), kThisDay, 730 * kDayUs));
}

struct Piece {
  int from_day;
  int to_day;
  bool personal_data;
};

TEST(BackfillTest, GoesBackInPieces_EachAsLongAsAllBeforeIt_WithoutPersonalDataBeyondItsDay) {
  BackfillRecord backfill = BegunBackfill({}, kThisDay, kThisDay - 730 * kDayUs, kThisDay - 7 * kDayUs);
  EXPECT_TRUE(IsUnderWay(backfill));
  for (const Piece& expected : {Piece{963, 993, true}, Piece{933, 963, false}, Piece{873, 933, false},
                                Piece{753, 873, false}, Piece{513, 753, false}, Piece{270, 513, false}}) {
    const BackfillPiece piece = PieceOf(backfill, kThisDay);
    EXPECT_EQ(piece.from_us / kDayUs, expected.from_day);
    EXPECT_EQ(piece.to_us / kDayUs, expected.to_day);
    EXPECT_EQ(piece.personal_data, expected.personal_data) << expected.from_day;
    backfill.cursor.state = "in it";
    EXPECT_EQ(PieceOf(backfill, kThisDay).from_us, piece.from_us) << "the same until it is complete";
    EXPECT_TRUE(IsUnderWay(backfill));
    CompletePiece(backfill, kThisDay);
    EXPECT_EQ(backfill.cursor, CursorRecord{});
  }
  EXPECT_FALSE(IsUnderWay(backfill));
  EXPECT_EQ(backfill.done_us, kThisDay);
  EXPECT_EQ(backfill.reached_us, backfill.from_us);
}

TEST(BackfillTest, AShortOne_IsOnePiece) {
  BackfillRecord backfill =
      BegunBackfill({.start_us = 5, .edits = 3}, kThisDay, kThisDay - 2 * kDayUs, kThisDay - kDayUs);
  EXPECT_EQ(PieceOf(backfill, kThisDay).from_us, kThisDay - 2 * kDayUs);
  CompletePiece(backfill, kThisDay);
  EXPECT_FALSE(IsUnderWay(backfill));
  EXPECT_EQ(backfill.start_us, 5);
  EXPECT_EQ(backfill.edits, 3);
}

}  // namespace
}  // namespace quayside
