#include "file_world.h"

namespace quayside::flatfile {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ListingsTest : public FileWorld {
 protected:
  pb::PullListingsReply PullOnce() {
    pb::PullListingsRequest request;
    if (cursor_) *request.mutable_cursor() = *cursor_;
    request.set_marketplace(kMarketplace);
    request.set_page_size(page_size_);
    auto reply = PullListings(settings(), request, host_.step());
    if (!reply.ok()) {
      ADD_FAILURE() << reply.error().message;
      return {};
    }
    Commit(reply.value().next_cursor());
    return std::move(reply.value());
  }
};

TEST_F(ListingsTest, AFile_IsACompletePass) {
  files()["listings/all.csv"] = "sku,title,quantity,latency_days\nMUG,Mug,5,2\nHAT,,,\nCUP,Cup,0,\n";
  page_size_ = 2;
  const pb::PullListingsReply first = PullOnce();
  ASSERT_EQ(first.listings_size(), 2);
  EXPECT_EQ(first.listings(0).sku(), "MUG");
  EXPECT_EQ(first.listings(0).quantity(), 5);
  EXPECT_EQ(first.listings(0).latency_days(), 2);
  EXPECT_EQ(first.listings(0).fulfilment(), pb::FULFILMENT_CHANNEL_MERCHANT);
  EXPECT_FALSE(first.listings(1).has_quantity());
  EXPECT_TRUE(first.listings(1).title_unknown());
  EXPECT_FALSE(first.pass_id().empty());
  EXPECT_FALSE(first.pass_complete());
  const pb::PullListingsReply second = PullOnce();
  ASSERT_EQ(second.listings_size(), 1);
  EXPECT_TRUE(second.listings(0).has_quantity());
  EXPECT_EQ(second.pass_id(), first.pass_id());
  EXPECT_TRUE(second.pass_complete());
  EXPECT_FALSE(second.pass_inconclusive());
  EXPECT_EQ(second.pass_done(), 3);
  EXPECT_TRUE(second.has_more());
  EXPECT_FALSE(PullOnce().has_more());
}

TEST_F(ListingsTest, APassWithABadLine_IsNotComplete_SoThatNothingVanishes) {
  files()["listings/all.csv"] = "sku,quantity\nMUG,5\nHAT,-1\nCUP,2\n";
  const pb::PullListingsReply reply = PullOnce();
  EXPECT_EQ(reply.listings_size(), 2);
  EXPECT_THAT(ReasonsOf(reply.bad_records()),
              ElementsAre("line 3, column 2 (quantity): must be a whole number, 0 or more"));
  EXPECT_FALSE(reply.pass_complete());
  EXPECT_TRUE(reply.pass_inconclusive());
}

TEST_F(ListingsTest, ABadLineOnAnEarlierPage_CountsToo) {
  files()["listings/all.csv"] = "sku,quantity\nHAT,-1\nMUG,5\n";
  page_size_ = 1;
  EXPECT_EQ(PullOnce().bad_records_size(), 1);
  const pb::PullListingsReply last = PullOnce();
  EXPECT_EQ(last.listings_size(), 1);
  EXPECT_FALSE(last.pass_complete());
  EXPECT_TRUE(last.pass_inconclusive());
}

TEST_F(ListingsTest, FilesOfChanges_AreNoPass) {
  Set("listings_are_complete", "false");
  files()["listings/some.csv"] = "sku,quantity\nMUG,5\n";
  const pb::PullListingsReply reply = PullOnce();
  EXPECT_EQ(reply.listings_size(), 1);
  EXPECT_THAT(reply.pass_id(), IsEmpty());
  EXPECT_FALSE(reply.pass_complete());
}

TEST_F(ListingsTest, AFileLikeAnEarlierOne_IsReadAgain) {
  for (const char* quantity : {"5", "3", "5"}) {
    files()["listings/all.csv"] = std::string("sku,quantity\nMUG,") + quantity + "\n";
    const pb::PullListingsReply reply = PullOnce();
    ASSERT_EQ(reply.listings_size(), 1);
    EXPECT_EQ(std::to_string(reply.listings(0).quantity()), quantity);
  }
}

TEST_F(ListingsTest, AnUnusableFile_EndsNoPass) {
  files()["listings/all.csv"] = "name\nMUG\n";
  const pb::PullListingsReply reply = PullOnce();
  EXPECT_EQ(reply.bad_records_size(), 1);
  EXPECT_THAT(reply.pass_id(), IsEmpty());
}

}  // namespace
}  // namespace quayside::flatfile
