#include "host/inventory/items.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/inventory/testing/store_world.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Properties = std::map<std::string, std::string>;

class ItemsTest : public testing::Test {
 protected:
  ItemsTest() : item(world.AddItem("MUG", 4)) {}
  absl::StatusOr<ItemRecord> Change(const ItemChange& change) {
    return world.TryWrite([&](Tx& tx) { return ChangeItem(tx, world.now(), item, change); });
  }
  absl::Status Delete() {
    return world.store().Write([&](Tx& tx) { return DeleteItem(tx, world.now(), item); });
  }

  StoreWorld world;
  int64_t item;
};

TEST_F(ItemsTest, AnItem_IsChangedInPart_AndCountsItsChanges) {
  const auto renamed = Change({.sku = "CUP"});
  ASSERT_TRUE(renamed.ok()) << renamed.status();
  EXPECT_EQ(renamed->sku, "CUP");
  EXPECT_EQ(renamed->title, "the MUG");
  EXPECT_EQ(renamed->revision, 2);
  EXPECT_EQ(Change({.properties = Properties{{"Despatch Time", "2"}}})->revision, 3);
  EXPECT_EQ(Change({.sku = "CUP", .properties = Properties{{"Despatch Time", "2"}}})->revision, 3) << "so already";
  EXPECT_THAT(world.EventTypes(), ElementsAre("item.updated", "item.updated"));
  world.AddItem("POT");
  EXPECT_TRUE(HasReason(Change({.sku = "POT"}).status(), Reason::kItemExists));
}

TEST_F(ItemsTest, AnotherHandlingTime_MarksTheListings_AnotherPropertyDoesNot) {
  world.AddListing(world.AddChannel("uk"), "MUG", item);
  ASSERT_TRUE(Change({.properties = Properties{{"Colour", "red"}}}).ok());
  EXPECT_FALSE(world.FindTarget("acc", "MUG").has_value());
  ASSERT_TRUE(Change({.properties = Properties{{"Colour", "red"}, {"Despatch Time", "2"}}}).ok());
  EXPECT_EQ(world.Target("acc", "MUG").state, TargetState::kChanged);
}

TEST_F(ItemsTest, EveryViolation_IsNamed) {
  Properties many;
  for (int n = 0; n < 101; ++n) many[std::to_string(n)] = "";
  many[""] = "";
  many["long"] = std::string(1001, 'x');
  const auto wrong = Change({.sku = "", .title = std::string(1001, 'x'), .properties = many});
  EXPECT_THAT(ViolationsOf(wrong.status()), testing::SizeIs(5));
}

TEST_F(ItemsTest, WhatNobodyUses_IsDeleted_WithItsLevels) {
  ASSERT_TRUE(Delete().ok());
  EXPECT_FALSE(world.Read([](ReadTx& tx) { return tx.FindItemBySku("MUG"); }).has_value());
  EXPECT_THAT(world.EventTypes(), ElementsAre("item.deleted"));
  EXPECT_TRUE(HasReason(Delete(), Reason::kItemNotFound));
}

TEST_F(ItemsTest, WhatIsLinkedOrHeld_IsNotDeleted) {
  world.AddListing(world.AddChannel("uk"), "MUG", item);
  const absl::Status linked = Delete();
  EXPECT_TRUE(HasReason(linked, Reason::kItemInUse)) << linked;
  EXPECT_THAT(std::string(linked.message()), HasSubstr("listing 'MUG' of channel uk"));
  ListingRecord listing = world.Listing("uk", "MUG");
  listing.item_id = 0;
  world.PutListing(listing);
  world.Write([&](Tx& tx) {
    OrderLineRecord line{.external_id = "l", .sku = "MUG", .quantity = 1};
    line.item_id = item;
    line.reserved = 1;
    return tx.PutOrder({.id = 7, .account_id = "acc", .external_id = "026-1"}, {line});
  });
  EXPECT_THAT(std::string(Delete().message()), HasSubstr("order 026-1 holds units"));
}

TEST_F(ItemsTest, Locations_AreMadeAndRenamed) {
  const auto made = world.TryWrite([&](Tx& tx) { return CreateLocation(tx, world.now(), "shed", "The shed"); });
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_FALSE(made->fulfilment_centre);
  EXPECT_TRUE(
      HasReason(world.TryWrite([&](Tx& tx) { return CreateLocation(tx, world.now(), "shed", "Again"); }).status(),
                Reason::kLocationExists));
  const auto renamed = world.TryWrite([&](Tx& tx) { return RenameLocation(tx, world.now(), "shed", "Barn"); });
  ASSERT_TRUE(renamed.ok()) << renamed.status();
  EXPECT_EQ(renamed->display_name, "Barn");
  EXPECT_EQ(renamed->revision, 2);
  EXPECT_TRUE(HasReason(world.TryWrite([&](Tx& tx) { return RenameLocation(tx, world.now(), "attic", "A"); }).status(),
                        Reason::kLocationNotFound));
  EXPECT_THAT(world.EventTypes(), ElementsAre("location.created", "location.updated"));
}

}  // namespace
}  // namespace quayside
