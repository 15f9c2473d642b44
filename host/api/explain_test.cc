#include "host/inventory/explain.h"

#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Item MUG with 12 on the shelf, linked on two enabled channels of the account.
struct MugWorld : ApiWorld {
  MugWorld() {
    MakeAccount();
    MakeChannel("amz-de", "A1PA6795UKMFR9");
    MakeChannel("amz-gb", "A1F83G8C2ARO7P");
    for (const char* channel : {"amz-de", "amz-gb"}) {
      EXPECT_TRUE(Ask(&Channels::EnableChannel, std::string("name: 'channels/") + channel + "'").ok());
      Write([&](Tx& tx) {
        ListingRecord listing{.channel_id = channel, .account_id = "amz", .sku = "MUG"};
        listing.fulfilment = Fulfilment::kMerchant;
        return tx.PutListing(listing);
      });
    }
    EXPECT_TRUE(Ask(&Inventory::SetLevels, "changes { sku: 'MUG' level: 12 } create_items: true").ok());
    for (const char* channel : {"amz-de", "amz-gb"}) {
      EXPECT_TRUE(
          Ask(&Listings::LinkListing, std::string("name: 'channels/") + channel + "/listings/MUG' item_sku: 'MUG'")
              .ok());
    }
  }
  Answer<api::ExplainQuantityResponse> Explain(const std::string& more = "", const std::string& channel = "amz-de") {
    return Ask(&Inventory::ExplainQuantity, "name: 'channels/" + channel + "/listings/MUG' " + more);
  }
};

TEST(ExplainQuantityTest, TellsTheArithmetic_AndWhatStandsInTheWay) {
  MugWorld world;
  const auto now = world.Explain();
  ASSERT_TRUE(now.ok()) << now;
  EXPECT_EQ(now->arithmetic().quantity(), 12);
  EXPECT_EQ(now->arithmetic().channel(), "channels/amz-de");
  EXPECT_EQ(now->arithmetic().locations(0).location(), "locations/default");
  EXPECT_TRUE(now->arithmetic().locations(0).counts());
  EXPECT_THAT(now->steps(), ElementsAre("default: 12 on hand, 0 reserved", "available: 12", "quantity: 12"));
  EXPECT_THAT(now->reasons(), Contains(HasSubstr("decided")));
  EXPECT_THAT(now->submissions(), IsEmpty());
}

TEST(ExplainQuantityTest, AChannelThatWantsAnotherNumber_IsNamed) {
  MugWorld world;
  ASSERT_TRUE(world
                  .Ask(&Channels::UpdateChannel,
                       "channel { name: 'channels/amz-gb' config { max_listed_quantity: 5 } } "
                       "update_mask { paths: 'config.max_listed_quantity' }")
                  .ok());
  const auto now = world.Explain();
  ASSERT_EQ(now->arithmetic().dissenting_channels_size(), 1);
  EXPECT_EQ(now->arithmetic().dissenting_channels(0).channel(), "channels/amz-gb");
  EXPECT_EQ(now->arithmetic().dissenting_channels(0).quantity(), 5);
  EXPECT_THAT(now->reasons(), Contains("channel amz-gb would show 5; channel amz-de decides for the SKU"));
}

TEST(ExplainQuantityTest, WhenNothingIsSent_TheArithmeticIsThereAllTheSame) {
  MugWorld world;
  for (const char* channel : {"amz-de", "amz-gb"})
    ASSERT_TRUE(world.Ask(&Channels::DisableChannel, std::string("name: 'channels/") + channel + "'").ok());
  const auto now = world.Explain("", "amz-gb");
  ASSERT_TRUE(now.ok()) << now;
  EXPECT_EQ(now->arithmetic().quantity(), 12);
  EXPECT_EQ(now->arithmetic().channel(), "channels/amz-gb");
  EXPECT_EQ(now->reasons(0), "nothing is sent: the channel is disabled");
}

TEST(ExplainQuantityTest, APastSubmission_IsExplainedAsItWas) {
  MugWorld world;
  QuantityExplanation then;
  then.channel_id = "amz-de";
  then.locations.push_back({.id = "default", .level = 9, .reserved = 2});
  then.available = then.in_listings = 7;
  then.quantity = 7;
  const int64_t id = world.ids().Next();
  world.Write([&](Tx& tx) {
    return tx.PutIntent({.id = id,
                         .account_id = "amz",
                         .target = "MUG",
                         .state = IntentState::kRejected,
                         .quantity = 7,
                         .reason = "8541",
                         .explanation = ExplanationToJson(then),
                         .created_us = 5,
                         .settled_us = 6,
                         .bulk_id = 3});
  });
  const auto listed = world.Explain();
  ASSERT_EQ(listed->submissions_size(), 1);
  EXPECT_EQ(listed->submissions(0).id(), id);
  EXPECT_EQ(listed->submissions(0).state(), api::SUBMISSION_STATE_REJECTED);
  EXPECT_EQ(listed->submissions(0).document(), "documents/3");
  const auto past = world.Explain("submission: " + std::to_string(id));
  ASSERT_TRUE(past.ok()) << past;
  EXPECT_EQ(past->arithmetic().quantity(), 7);
  EXPECT_THAT(past->steps(), ElementsAre("default: 9 on hand, 2 reserved", "available: 7", "quantity: 7"));
  EXPECT_THAT(past->reasons(), ElementsAre("the marketplace refused it for good: 8541"));
  EXPECT_EQ(past->submission().quantity(), 7);
  EXPECT_EQ(world.Explain("submission: 1").reason(), "SUBMISSION_NOT_FOUND");
}

TEST(ExplainQuantityTest, EverySubmissionThatIsKept_CanBeListedAndExplained) {
  MugWorld world;
  QuantityExplanation then;
  then.channel_id = "amz-de";
  world.Write([&](Tx& tx) -> absl::Status {
    for (int64_t id = 1; id <= 45; ++id) {
      then.quantity = static_cast<int32_t>(id);
      QS_RETURN_IF_ERROR(tx.PutIntent({.id = id,
                                       .account_id = "amz",
                                       .target = id == 5 ? "CUP" : "MUG",
                                       .state = IntentState::kDone,
                                       .quantity = then.quantity,
                                       .explanation = ExplanationToJson(then),
                                       .created_us = id,
                                       .settled_us = id}));
    }
    return absl::OkStatus();
  });
  EXPECT_EQ(world.Explain()->complete_from(), 36) << "of those before the last ten some may be gone";
  EXPECT_EQ(world.Explain("before_submission: 12")->complete_from(), 36);
  std::vector<int64_t> listed;
  for (std::string before = "0"; !before.empty();) {
    const auto page = world.Explain("before_submission: " + before);
    ASSERT_TRUE(page.ok()) << page;
    for (const auto& submission : page->submissions()) listed.push_back(submission.id());
    before = page->submissions().empty() ? "" : std::to_string(listed.back());
  }
  EXPECT_EQ(listed.size(), 44u);
  EXPECT_EQ(listed.front(), 45);
  EXPECT_EQ(listed.back(), 1);
  EXPECT_EQ(world.Explain("submission: 1")->arithmetic().quantity(), 1) << "the oldest one";
  EXPECT_EQ(world.Explain("submission: 5").reason(), "SUBMISSION_NOT_FOUND") << "another SKU's";
}

TEST(ExplainQuantityTest, AListingThatIsNotThere_IsNotFound) {
  MugWorld world;
  EXPECT_EQ(world.Ask(&Inventory::ExplainQuantity, "name: 'channels/amz-de/listings/CUP'").reason(),
            "LISTING_NOT_FOUND");
}

}  // namespace
}  // namespace quayside
