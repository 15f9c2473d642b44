#include "host/listings/listing_pass.h"

#include "host/inventory/testing/store_world.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

pb::PullListingsReply Page(const std::string& pass_id, bool complete = false) {
  pb::PullListingsReply reply;
  reply.set_pass_id(pass_id);
  reply.set_pass_complete(complete);
  return reply;
}

TEST(PassAfterPageTest, APassBeginsWithItsFirstPage_WhenThatWasAskedFor) {
  pb::PullListingsReply page = Page("p1");
  page.set_pass_done(10);
  page.set_pass_total(40);
  const PassRecord first = PassAfterPage({}, page, 100, 110);
  EXPECT_EQ(first.id, "p1");
  EXPECT_EQ(first.begun_us, 100);
  EXPECT_EQ(first.as_of_us, 100);
  EXPECT_EQ(first.completed_us, 0);
  EXPECT_EQ(first.done, 10);
  EXPECT_EQ(first.total, 40);
  const PassRecord second = PassAfterPage(first, Page("p1", true), 200, 210);
  EXPECT_EQ(second.begun_us, 100);
  EXPECT_EQ(second.completed_us, 210);
  EXPECT_EQ(second.ended_us, 210);
  EXPECT_TRUE(second.vanishing);
  const PassRecord next = PassAfterPage(second, Page("p2"), 300, 310);
  EXPECT_EQ(next.begun_us, 300);
  EXPECT_EQ(next.completed_us, 0);
  EXPECT_FALSE(next.vanishing);
  EXPECT_EQ(next.vanished, 0);
}

TEST(PassAfterPageTest, ItProvesNothingNewerThanItsOldestListing) {
  pb::PullListingsReply page = Page("p1");
  page.add_listings()->set_as_of_us(40);
  page.add_listings()->set_as_of_us(60);
  page.add_listings();  // now
  EXPECT_EQ(PassAfterPage({}, page, 100, 110).as_of_us, 40);
  pb::PullListingsReply ahead = Page("p1");
  ahead.add_listings()->set_as_of_us(500);  // a clock that is wrong
  EXPECT_EQ(PassAfterPage({}, ahead, 100, 110).as_of_us, 100);
}

TEST(PassAfterPageTest, ADelta_LeavesThePassAsItWas_EvenWhenItSaysComplete) {
  const PassRecord before{.id = "p1", .begun_us = 1, .as_of_us = 1, .completed_us = 9, .ended_us = 9, .done = 7};
  pb::PullListingsReply delta = Page("", true);
  delta.add_listings();
  delta.set_next_pass_us(1000);
  PassRecord expected = before;
  expected.next_us = 1000;
  EXPECT_EQ(PassAfterPage(before, delta, 100, 110), expected);
}

TEST(PassAfterPageTest, APluginThatUsesAnIdAgain_HasBegunAnotherPass) {
  const PassRecord done{.id = "p", .begun_us = 1, .as_of_us = 1, .completed_us = 9, .ended_us = 9};
  EXPECT_EQ(PassAfterPage(done, Page("p"), 100, 110).begun_us, 100);
}

TEST(PassAfterPageTest, APassThatProvesNothing_Ends_AndNothingVanishes) {
  for (const bool says_complete_as_well : {false, true}) {
    pb::PullListingsReply page = Page("p", says_complete_as_well);
    page.set_pass_inconclusive(true);
    const PassRecord pass = PassAfterPage({}, page, 100, 110);
    EXPECT_EQ(pass.ended_us, 110);
    EXPECT_EQ(pass.completed_us, 0);
    EXPECT_FALSE(pass.vanishing);
    EXPECT_EQ(PassAfterPage(pass, Page("p"), 200, 210).begun_us, 200) << "another one by the same id";
  }
}

TEST(FulfilsWishTest, OnlyAPassThatBeganAfterIt_AndEnded) {
  EXPECT_FALSE(FulfilsWish({.id = "p", .begun_us = 10}, 5));
  EXPECT_TRUE(FulfilsWish({.id = "p", .begun_us = 10, .completed_us = 20, .ended_us = 20}, 5));
  EXPECT_TRUE(FulfilsWish({.id = "p", .begun_us = 10, .ended_us = 20}, 5)) << "it would be as unreadable again";
  EXPECT_TRUE(FulfilsWish({.id = "p", .begun_us = 10, .ended_us = 20}, 10));
  EXPECT_FALSE(FulfilsWish({.id = "p", .begun_us = 10, .ended_us = 20}, 15)) << "wanted while it was under way";
  EXPECT_FALSE(FulfilsWish({.id = "p", .begun_us = 10, .ended_us = 20}, 0)) << "nobody wants one";
}

TEST(VanishPieceTest, GoesThroughTheChannelInPieces_AndLeavesWhatWasSeenLater) {
  StoreWorld world;
  const ChannelRecord de = world.AddChannel("de");
  std::vector<ListingRecord> listings;
  for (int i = 0; i < 2 * kVanishPiece + 1; ++i) {
    const bool seen_later = i % 1000 == 0;
    listings.push_back({.channel_id = "de",
                        .account_id = "acc",
                        .sku = "S" + std::to_string(1'000'000 + i),
                        .seen_us = world.now() + (seen_later ? 1 : 0)});
  }
  world.Write([&](Tx& tx) { return tx.AddListings(listings); });
  PassRecord pass{.id = "p", .as_of_us = world.now(), .completed_us = world.now(), .vanishing = true};
  int pieces = 0;
  while (pass.vanishing) {
    pass = world.TryWrite([&](Tx& tx) { return VanishPiece(tx, world.now(), de, pass); }).value().pass;
    ++pieces;
  }
  EXPECT_EQ(pieces, 3);
  EXPECT_EQ(pass.vanished, 2 * kVanishPiece + 1 - 5);
  EXPECT_FALSE(world.Listing("de", "S1000000").vanished);
  EXPECT_TRUE(world.Listing("de", "S1000001").vanished);
  EXPECT_TRUE(world.Listing("de", "S1003999").vanished);
}

}  // namespace
}  // namespace quayside
