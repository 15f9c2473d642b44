#include "host/inventory/target_decision.h"

#include <boost/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quayside {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr TimeUs kChangedUs = 1'000'000;

// One channel "de" of account "acc" that lists "S" with 10 on the shelf, orders known up to the change.
class TargetDecisionTest : public testing::Test {
 protected:
  TargetDecisionTest() {
    inputs.target = {.account_id = "acc", .sku = "S", .state = TargetState::kChanged, .changed_us = kChangedUs};
    Add("de");
    inputs.order_sources = {{"acc", kChangedUs}};
  }
  TargetCandidate& Add(const std::string& channel_id) {
    TargetCandidate candidate;
    candidate.channel = {.id = channel_id, .account_id = "acc", .enabled = true, .config_revision = 3};
    candidate.listing = {
        .channel_id = channel_id, .account_id = "acc", .sku = "S", .fulfilment = Fulfilment::kMerchant, .item_id = 1};
    candidate.stock = {{.location_id = "default", .level = 10, .reserved = 0}};
    inputs.candidates.push_back(std::move(candidate));
    return inputs.candidates.back();
  }
  TargetCandidate& de() { return inputs.candidates.front(); }
  void SetLevel(std::optional<int64_t> level) {
    for (TargetCandidate& candidate : inputs.candidates) candidate.stock.front().level = level;
  }
  void OrdersAreStale() { inputs.order_sources = {{"acc", kChangedUs - 1}}; }
  TargetDecision Decide() { return DecideTarget(inputs); }
  void ExpectNothingIsSent(const std::string& why) {
    const TargetDecision decision = Decide();
    EXPECT_EQ(decision.state, TargetState::kNone);
    EXPECT_EQ(decision.wanted, std::nullopt);
    EXPECT_THAT(decision.note, HasSubstr(why));
  }

  TargetInputs inputs;
};

TEST_F(TargetDecisionTest, Quantity_IsSent_WhenNothingWasAcceptedYet) {
  const TargetDecision decision = Decide();
  EXPECT_EQ(decision.state, TargetState::kDirty);
  EXPECT_EQ(decision.wanted, 10);
  EXPECT_EQ(decision.owner_channel_id, "de");
  EXPECT_EQ(decision.note, "");
}

TEST_F(TargetDecisionTest, Quantity_IsCurrent_WhenItIsWhatWasAccepted) {
  inputs.target.accepted = 10;
  EXPECT_EQ(Decide().state, TargetState::kCurrent);
  EXPECT_EQ(Decide().wanted, 10);
}

TEST_F(TargetDecisionTest, AcceptedQuantity_IsSentAgain_WhenTheMarketplaceSoldSince) {
  inputs.target.accepted = 10;
  inputs.target.accepted_stale = true;
  EXPECT_EQ(Decide().state, TargetState::kDirty);
}

TEST_F(TargetDecisionTest, AcceptedQuantity_CountsAsARaise_WhenTheMarketplaceSoldSince) {
  inputs.target.accepted = 10;
  inputs.target.accepted_stale = true;
  OrdersAreStale();
  EXPECT_EQ(Decide().state, TargetState::kHeld);
}

TEST_F(TargetDecisionTest, AnotherHandlingTime_SendsTheAcceptedQuantityAgain_AsARaise) {
  inputs.target.accepted = 10;
  inputs.target.latency = 3;
  de().channel.config.default_latency_days = 3;
  EXPECT_EQ(Decide().state, TargetState::kCurrent);
  de().channel.config.default_latency_days = 4;
  EXPECT_EQ(Decide().state, TargetState::kDirty);
  EXPECT_EQ(Decide().latency, 4);
  EXPECT_THAT(Decide().explanation, HasSubstr("\"latency_days\":4"));
  OrdersAreStale();
  EXPECT_EQ(Decide().state, TargetState::kHeld) << "Amazon may show fewer than it accepted";
  SetLevel(0);
  inputs.target.accepted = 0;
  EXPECT_EQ(Decide().state, TargetState::kDirty);
}

TEST_F(TargetDecisionTest, HandlingTimesSwitchedOff_LeaveTheLastOne_UntilItIsToBeCleared) {
  inputs.target.accepted = 10;
  inputs.target.latency = 3;
  EXPECT_EQ(Decide().state, TargetState::kCurrent);
  inputs.target.clear_latency = true;
  EXPECT_EQ(Decide().state, TargetState::kDirty);
  EXPECT_TRUE(Decide().clear_latency);
  de().channel.config.default_latency_days = 3;
  EXPECT_EQ(Decide().state, TargetState::kCurrent) << "the rules give one";
  EXPECT_FALSE(Decide().clear_latency);
}

TEST_F(TargetDecisionTest, TheItemsHandlingTime_IsTheOwners) {
  de().channel.config.product_based_latency = true;
  de().properties = {{"Despatch Time", "6"}};
  EXPECT_EQ(Decide().latency, 6);
  EXPECT_THAT(Decide().explanation, HasSubstr("\"latency_property\":\"Despatch Time\""));
}

TEST_F(TargetDecisionTest, LessThanWhatMayShow_IsALowering_AlthoughItIsMoreThanWasAccepted) {
  OrdersAreStale();
  inputs.target.accepted = 4;
  EXPECT_EQ(Decide().state, TargetState::kHeld);
  inputs.target.may_show = 20;
  EXPECT_EQ(Decide().state, TargetState::kDirty);
  inputs.target.may_show = 10;
  EXPECT_EQ(Decide().state, TargetState::kHeld) << "the same number may be a raise by now";
  inputs.target.bulk_quantity = 20;
  EXPECT_EQ(Decide().state, TargetState::kDirty) << "a document may come into force at any moment";
}

TEST_F(TargetDecisionTest, WhatWasAccepted_IsALowering_WhenMoreMayShow) {
  OrdersAreStale();
  inputs.target.accepted = 10;
  inputs.target.accepted_stale = true;
  inputs.target.may_show = 12;
  EXPECT_EQ(Decide().state, TargetState::kDirty);
}

TEST_F(TargetDecisionTest, UnsetLevel_SendsNothing) {
  SetLevel(std::nullopt);
  ExpectNothingIsSent("no stock level was ever set");
}

TEST_F(TargetDecisionTest, SetLevelOfZero_SendsZero) {
  SetLevel(0);
  EXPECT_EQ(Decide().state, TargetState::kDirty);
  EXPECT_EQ(Decide().wanted, 0);
}

TEST_F(TargetDecisionTest, DisabledChannel_SendsNothing) {
  de().channel.enabled = false;
  ExpectNothingIsSent("the channel is disabled");
}

TEST_F(TargetDecisionTest, InventorySyncOff_SendsNothing) {
  de().channel.config.update_inventory = false;
  ExpectNothingIsSent("inventory sync is off");
}

TEST_F(TargetDecisionTest, VanishedListing_SendsNothing) {
  de().listing.vanished = true;
  ExpectNothingIsSent("gone from the channel");
}

TEST_F(TargetDecisionTest, IgnoredListing_SendsNothing) {
  de().listing.ignored = true;
  ExpectNothingIsSent("ignored");
}

TEST_F(TargetDecisionTest, UnlinkedListing_SendsNothing) {
  de().listing.item_id = 0;
  de().stock.clear();
  ExpectNothingIsSent("linked to no item");
}

TEST_F(TargetDecisionTest, NoListing_SendsNothing) {
  inputs.candidates.clear();
  ExpectNothingIsSent("no channel of the account lists it");
}

TEST_F(TargetDecisionTest, ListingFulfilledByTheMarketplace_SendsNothing_AlsoWhenNotIgnored) {
  de().listing.fulfilment = Fulfilment::kMarketplace;
  ExpectNothingIsSent("the marketplace fulfils this listing itself");
}

TEST_F(TargetDecisionTest, ListingFulfilledByTheMarketplaceOnAnotherChannel_GuardsTheWholeSku) {
  Add("uk").listing.fulfilment = Fulfilment::kMarketplace;
  ExpectNothingIsSent("channel uk says the marketplace fulfils this SKU itself");
}

TEST_F(TargetDecisionTest, Guard_HoldsThoughThatListingIsIgnoredUnlinkedAndItsChannelDisabled) {
  TargetCandidate& uk = Add("uk");
  uk.listing.fulfilment = Fulfilment::kMarketplace;
  uk.listing.ignored = true;
  uk.listing.item_id = 0;
  uk.channel.enabled = false;
  ExpectNothingIsSent("channel uk");
}

TEST_F(TargetDecisionTest, Guard_IsLifted_WhenThatListingIsGone) {
  TargetCandidate& uk = Add("uk");
  uk.listing.fulfilment = Fulfilment::kMarketplace;
  uk.listing.vanished = true;
  EXPECT_EQ(Decide().state, TargetState::kDirty);
}

TEST_F(TargetDecisionTest, UnknownFulfilment_IsReadFirstAndNeverGuessed) {
  de().listing.fulfilment = Fulfilment::kUnknown;
  EXPECT_EQ(Decide().state, TargetState::kUnread);
  EXPECT_EQ(Decide().wanted, std::nullopt);
  EXPECT_EQ(Decide().owner_channel_id, "de");
  SetLevel(0);
  EXPECT_EQ(Decide().state, TargetState::kUnread) << "not even a zero";
}

TEST_F(TargetDecisionTest, Raise_Waits_AndNamesEveryAccountItWaitsFor) {
  inputs.target.accepted = 4;
  inputs.order_sources = {{"acc", kChangedUs}, {"bay", 0}, {"etsy", kChangedUs - 1}};
  const TargetDecision decision = Decide();
  EXPECT_EQ(decision.state, TargetState::kHeld);
  EXPECT_EQ(decision.wanted, 10);
  EXPECT_THAT(decision.note, HasSubstr("bay, etsy"));
  EXPECT_THAT(decision.note, Not(HasSubstr("acc")));
}

TEST_F(TargetDecisionTest, Raise_IsSent_WhenOrdersAreKnownUpToTheChange) {
  inputs.target.accepted = 4;
  EXPECT_EQ(Decide().state, TargetState::kDirty);
}

TEST_F(TargetDecisionTest, Raise_IsSent_WhenNobodyBringsOrders) {
  inputs.target.accepted = 4;
  inputs.order_sources.clear();
  EXPECT_EQ(Decide().state, TargetState::kDirty);
}

TEST_F(TargetDecisionTest, FirstQuantity_CountsAsARaise_WhenTheChannelDoesNotSayWhatItShows) {
  OrdersAreStale();
  EXPECT_EQ(Decide().state, TargetState::kHeld);
}

TEST_F(TargetDecisionTest, FirstQuantity_CountsAgainstWhatTheChannelShows) {
  OrdersAreStale();
  de().listing.quantity_seen = 11;
  EXPECT_EQ(Decide().state, TargetState::kDirty) << "a lowering";
  de().listing.quantity_seen = 10;
  EXPECT_EQ(Decide().state, TargetState::kHeld) << "it may have sold since it was seen";
}

TEST_F(TargetDecisionTest, Lowering_NeverWaits) {
  OrdersAreStale();
  inputs.target.accepted = 11;
  EXPECT_EQ(Decide().state, TargetState::kDirty);
}

TEST_F(TargetDecisionTest, Zero_NeverWaits_EvenWhenNothingWasAcceptedYet) {
  OrdersAreStale();
  SetLevel(0);
  EXPECT_EQ(Decide().state, TargetState::kDirty);
  inputs.target.accepted = 0;
  inputs.target.accepted_stale = true;
  EXPECT_EQ(Decide().state, TargetState::kDirty);
}

TEST_F(TargetDecisionTest, HeldRaise_BecomesALowering_WhenStockFalls) {
  OrdersAreStale();
  inputs.target.accepted = 5;
  inputs.target.state = TargetState::kHeld;
  EXPECT_EQ(Decide().state, TargetState::kHeld);
  de().stock.front().reserved = 8;
  EXPECT_EQ(Decide().state, TargetState::kDirty);
  EXPECT_EQ(Decide().wanted, 2);
}

TEST_F(TargetDecisionTest, Owner_Stays_WhenTwoChannelsWantDifferentNumbers) {
  Add("uk").channel.config.max_listed_quantity = 3;
  EXPECT_EQ(Decide().owner_channel_id, "de") << "the first by id";
  EXPECT_EQ(Decide().wanted, 10);
  inputs.target.owner_channel_id = "uk";
  EXPECT_EQ(Decide().owner_channel_id, "uk");
  EXPECT_EQ(Decide().wanted, 3);
}

TEST_F(TargetDecisionTest, DifferentNumbersOfTwoChannels_AreTold) {
  Add("uk").channel.config.max_listed_quantity = 3;
  EXPECT_THAT(Decide().explanation, HasSubstr(R"("other_channels":[{"channel":"uk","quantity":3}])"));
  inputs.candidates.back().channel.config.max_listed_quantity.reset();
  EXPECT_THAT(Decide().explanation, Not(HasSubstr("other_channels"))) << "they agree";
}

TEST_F(TargetDecisionTest, Ownership_Passes_WhenTheOwnersChannelIsSwitchedOff) {
  Add("uk").channel.config.max_listed_quantity = 3;
  inputs.target.owner_channel_id = "de";
  de().channel.enabled = false;
  EXPECT_EQ(Decide().owner_channel_id, "uk");
  EXPECT_EQ(Decide().wanted, 3);
}

TEST_F(TargetDecisionTest, WhoWasSetAsOwner_DecidesAgain_WhenItsChannelIsBack) {
  Add("uk").channel.config.max_listed_quantity = 3;
  inputs.target.chosen_channel_id = "uk";
  inputs.target.owner_channel_id = "de";
  EXPECT_EQ(Decide().owner_channel_id, "uk") << "whoever decided meanwhile";
  inputs.candidates.back().listing.vanished = true;
  EXPECT_EQ(Decide().owner_channel_id, "de");
  inputs.target.owner_channel_id = "de";
  inputs.candidates.back().listing.vanished = false;
  EXPECT_EQ(Decide().owner_channel_id, "uk");
  EXPECT_EQ(Decide().wanted, 3);
}

TEST_F(TargetDecisionTest, Owner_IsRemembered_WhileNobodyTakesPart) {
  inputs.target.owner_channel_id = "de";
  de().channel.enabled = false;
  EXPECT_EQ(Decide().owner_channel_id, "de");
}

TEST_F(TargetDecisionTest, UnitsPerListing_DivideTheAvailableStockBeforeTheRules) {
  SetLevel(20);
  de().listing.units_per_listing = 6;
  EXPECT_EQ(Decide().wanted, 3);
  de().channel.config.end_when_quantity = 3;
  EXPECT_EQ(Decide().wanted, 0);
}

TEST_F(TargetDecisionTest, Quantity_IsCappedAtWhatAChannelCanShow) {
  SetLevel(int64_t{1} << 40);
  EXPECT_EQ(Decide().wanted, INT32_MAX);
}

TEST_F(TargetDecisionTest, Explanation_HoldsEverythingTheNumberFollowsFrom) {
  de().stock = {{.location_id = "default", .level = 12, .reserved = 2},
                {.location_id = "fba", .fulfilment_centre = true, .level = 7, .reserved = 0},
                {.location_id = "new"}};
  de().channel.config.max_listed_quantity = 4;
  de().channel.config.listed_percentage_e4 = 500'000;
  de().channel.config.end_when_quantity = 1;
  de().listing.units_per_listing = 2;
  const boost::json::value told = boost::json::parse(Decide().explanation);
  EXPECT_EQ(told, boost::json::parse(R"({
      "channel": "de", "config_revision": 3, "item": 1, "chosen_locations": [], "available": 10, "units_per_listing": 2, "available_listings": 5,
      "locations": [{"location": "default", "reserved": 2, "fulfilment_centre": false, "level": 12},
                    {"location": "fba", "reserved": 0, "fulfilment_centre": true, "level": 7},
                    {"location": "new", "reserved": 0, "fulfilment_centre": false}],
      "rules": {"end_when": 1, "max_listed": 4, "percentage_e4": 500000}, "quantity": 2})"));
}

}  // namespace
}  // namespace quayside
