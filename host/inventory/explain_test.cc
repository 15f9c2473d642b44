#include "host/inventory/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/errors.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ExplainTest : public testing::Test {
 protected:
  ExplainTest() {
    channel_.id = "uk";
    channel_.config_revision = 4;
    listing_.item_id = 9;
    listing_.fulfilment = Fulfilment::kMerchant;
  }
  QuantityExplanation Explained() { return ExplainQuantity(channel_, listing_, stock_).value(); }
  std::vector<std::string> Steps() { return StepsInWords(Explained()); }

  ChannelRecord channel_;
  ListingRecord listing_;
  std::vector<LocationStock> stock_ = {{.location_id = "default", .level = 12, .reserved = 2}};
};

TEST_F(ExplainTest, AnUnknownLevel_HasNoArithmetic) {
  stock_ = {{.location_id = "default", .reserved = 2}};
  EXPECT_FALSE(ExplainQuantity(channel_, listing_, stock_).has_value());
}

TEST_F(ExplainTest, EachStepThatHasASay_IsALine) {
  EXPECT_THAT(Steps(), ElementsAre("default: 12 on hand, 2 reserved", "available: 10", "quantity: 10"));
  stock_.push_back({.location_id = "fba", .fulfilment_centre = true, .level = 50});
  stock_.push_back({.location_id = "old", .inactive = true, .level = 50});
  stock_.push_back({.location_id = "shed", .reserved = 1});
  channel_.config.listed_percentage_e4 = 333'000;
  channel_.config.max_listed_quantity = 1;
  listing_.max_listed_quantity = 2;
  EXPECT_THAT(Steps(), ElementsAre("default: 12 on hand, 2 reserved", "fba: does not count, it is a fulfilment centre",
                                   "old: does not count, it is inactive", "shed: no level was ever set, 1 reserved",
                                   "available: 9", "33.3 % of it (the channel's rule), rounded down: 2",
                                   "at most 2 are shown (the listing's own rule)", "quantity: 2"));
}

TEST_F(ExplainTest, TheHandlingTime_IsAStep_AndOutlivesTheText) {
  QuantityExplanation told = Explained();
  told.latency = {.days = 3, .property = "Despatch Time"};
  EXPECT_EQ(StepsInWords(told).back(), "handling time: 3 days (the item's property 'Despatch Time')");
  told.clears_latency = true;
  EXPECT_EQ(ExplanationFromJson(ExplanationToJson(told)).value(), told);
  told.latency = {.days = 4};
  told.clears_latency = false;
  EXPECT_EQ(StepsInWords(told).back(), "handling time: 4 days (the channel's default)");
}

TEST_F(ExplainTest, TheEnd_AndWholeListings_AreSteps) {
  listing_.units_per_listing = 6;
  listing_.end_when_quantity = 1;
  channel_.config.listed_percentage_e4 = 500'000;
  EXPECT_THAT(Steps(), ElementsAre("default: 12 on hand, 2 reserved", "available: 10", "whole listings of 6: 1",
                                   "none is shown at 1 or fewer (the listing's own rule)", "quantity: 0"));
}

TEST_F(ExplainTest, MoreReservedThanThereIs_IsToldAsIs) {
  stock_[0].reserved = 15;
  EXPECT_THAT(Steps(), ElementsAre("default: 12 on hand, 15 reserved",
                                   "available: 0, since 3 more are reserved than there are", "quantity: 0"));
}

TEST_F(ExplainTest, ChosenLocations_LeaveTheOthersOut) {
  stock_.push_back({.location_id = "shed", .level = 3});
  channel_.config.inventory_locations = {"shed"};
  channel_.config.inventory_from_location = true;
  EXPECT_EQ(Explained().quantity, 3);
  EXPECT_EQ(Explained().locations[0].part, LocationPart::kNotChosen);
  channel_.config.inventory_from_location = false;
  EXPECT_EQ(Explained().quantity, 13);
}

TEST_F(ExplainTest, WhatIsKept_ComesBackWhole) {
  stock_.push_back({.location_id = "fba", .fulfilment_centre = true, .inactive = true});
  listing_.end_when_quantity = 1;
  listing_.listed_percentage_e4 = 0;
  listing_.max_listed_quantity = 0;
  listing_.units_per_listing = 2;
  QuantityExplanation written = Explained();
  written.dissents = {{"de", 5}};
  const auto read = ExplanationFromJson(ExplanationToJson(written));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, written);
  channel_.config.inventory_from_location = true;
  channel_.config.inventory_locations = {"fba"};
  listing_ = {};
  EXPECT_FALSE(ExplainQuantity(channel_, listing_, stock_).has_value()) << "fba has no level";
}

// Written before rules said whose they are.
TEST_F(ExplainTest, AnOlderExplanation_IsRead) {
  const auto read = ExplanationFromJson(
      R"({"channel":"de","config_revision":3,"locations":[{"location":"default","reserved":2,"fulfilment_centre":false,"level":12},)"
      R"({"location":"fba","reserved":0,"fulfilment_centre":true}],"chosen_locations":[],"available":10,)"
      R"("units_per_listing":1,"available_listings":10,"rules":{"end_when":0,"max_listed":4},"quantity":4})");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->quantity, 4);
  EXPECT_EQ(read->locations[1].part, LocationPart::kFulfilmentCentre);
  EXPECT_FALSE(read->own_max_listed);
  for (const char* broken : {"", "7", "{", "[]", R"({"locations":[7]})", R"({"other_channels":[7]})"}) {
    EXPECT_TRUE(HasReason(ExplanationFromJson(broken).status(), Reason::kDatabaseCorrupt)) << broken;
  }
}

class SituationTest : public testing::Test {
 protected:
  SituationTest() {
    now_.target = {.account_id = "acc", .sku = "A", .owner_channel_id = "uk", .version = 1};
    now_.target.wanted = 7;
    now_.decided_quantity = 7;
    now_.decided_owner = "uk";
    now_.now = 100;
  }
  std::vector<std::string> In(TargetState state) {
    now_.target.state = state;
    return SituationInWords(now_, {});
  }
  TargetSituation now_;
};

TEST_F(SituationTest, EachState_SaysWhatIsDone) {
  EXPECT_THAT(In(TargetState::kCurrent), ElementsAre("the marketplace has accepted this number"));
  EXPECT_THAT(In(TargetState::kDirty), ElementsAre(HasSubstr("waits for its turn")));
  now_.target.due_us = 101;
  EXPECT_THAT(In(TargetState::kDirty), ElementsAre(HasSubstr("tried again")));
  EXPECT_THAT(In(TargetState::kInFlight), ElementsAre(HasSubstr("on its way")));
  now_.target.note = "a force asked for it meanwhile";
  EXPECT_THAT(In(TargetState::kInFlight), ElementsAre(HasSubstr("on its way"), "a force asked for it meanwhile"));
  now_.target.note = "BAD_SKU";
  EXPECT_THAT(In(TargetState::kParked), ElementsAre(HasSubstr("refused it for good: BAD_SKU.")));
  now_.gate = GateRecord{.state = GateState::kBraked, .reason = "the brake is on"};
  EXPECT_THAT(In(TargetState::kBraked), ElementsAre("it waits for your word: the brake is on"));
  now_.target.note = "a raise waits for newer orders of acc";
  EXPECT_THAT(In(TargetState::kHeld), ElementsAre("a raise waits for newer orders of acc"));
}

TEST_F(SituationTest, ANumberOfUnknownOutcome_IsNamed_AsTheMostThatMayShow) {
  now_.target.accepted = 3;
  now_.target.may_show = 9;
  EXPECT_THAT(In(TargetState::kDirty), ElementsAre(HasSubstr("waits for its turn"), HasSubstr("may show up to 9")));
}

TEST_F(SituationTest, WhatIsNotSent_SaysWhyFirst) {
  now_.decided_quantity.reset();
  now_.decided_note = "the listing is ignored";
  EXPECT_THAT(In(TargetState::kNone), ElementsAre("nothing is sent: the listing is ignored"));
}

TEST_F(SituationTest, AnOutdatedDecision_IsTold_AndSoIsAMarketplaceThatSold) {
  now_.decided_quantity = 6;
  EXPECT_THAT(In(TargetState::kCurrent), ElementsAre(HasSubstr("about to be decided anew")));
  now_.decided_quantity = 7;
  now_.target.accepted = 7;
  now_.target.accepted_stale = true;
  EXPECT_THAT(In(TargetState::kDirty), ElementsAre(HasSubstr("its turn"), HasSubstr("it has sold meanwhile")));
  now_.target = {.account_id = "acc", .sku = "A"};
  EXPECT_THAT(In(TargetState::kNone), ElementsAre(HasSubstr("for the first time")));
}

TEST_F(SituationTest, OtherChannelsThatWantAnotherNumber_AreNamed) {
  now_.target.state = TargetState::kCurrent;
  EXPECT_THAT(SituationInWords(now_, {{"de", 9}}),
              ElementsAre(HasSubstr("accepted"), "channel de would show 9; channel uk decides for the SKU"));
}

TEST(OutcomeInWordsTest, EveryState_HasWords_AndTheMarketplacesReason) {
  for (int state = 1; state <= 8; ++state)
    EXPECT_NE(OutcomeInWords({.state = static_cast<IntentState>(state)}), "") << state;
  EXPECT_EQ(OutcomeInWords({.state = IntentState::kRejected, .reason = "8541", .message = "no such SKU"}),
            "the marketplace refused it for good: 8541, no such SKU");
  EXPECT_EQ(OutcomeInWords({.state = IntentState::kRejected, .message = "no"}),
            "the marketplace refused it for good: no");
}

}  // namespace
}  // namespace quayside
