#include "host/inventory/stock.h"

#include "host/base/names.h"
#include "host/inventory/stock_events.h"
#include "host/inventory/stock_view.h"
#include "host/inventory/testing/store_world.h"

namespace quayside {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class StockTest : public testing::Test {
 protected:
  absl::StatusOr<StockChangeResult> Set(std::vector<StockChange> changes, bool create_items = false) {
    return world.TryWrite([&](Tx& tx) { return SetStockLevels(tx, world.ids(), world.now(), changes, create_items); });
  }
  absl::StatusOr<StockChangeResult> Adjust(int64_t delta, const std::string& sku = "A",
                                           const std::string& location = "") {
    return world.TryWrite(
        [&](Tx& tx) { return AdjustStockLevel(tx, world.now(), sku, location, delta, "counted again"); });
  }
  static std::vector<std::string> Fields(const absl::Status& status) {
    std::vector<std::string> fields;
    for (const FieldViolation& violation : ViolationsOf(status)) fields.push_back(violation.field);
    return fields;
  }

  StoreWorld world;
};

TEST_F(StockTest, SetLevel_WritesLevelEventAndMarksEveryTargetOfTheItem) {
  const int64_t item = world.AddItem("A");
  const ChannelRecord de = world.AddChannel("de");
  const ChannelRecord bay = world.AddChannel("bay", [](ChannelRecord& channel) { channel.account_id = "other"; });
  world.AddListing(de, "A", item);
  world.AddListing(bay, "B-A", item);
  world.clock.Advance(kSecondUs);
  const auto result = Set({{.sku = "A", .level = 7}});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->changed, 1);
  EXPECT_THAT(result->accounts, ElementsAre("acc", "other"));
  EXPECT_EQ(world.Level(item).level, 7);
  EXPECT_EQ(world.Level(item).counted_us, world.now());
  EXPECT_THAT(world.EventTypes(), ElementsAre("stock.set"));
  EXPECT_EQ(world.Target("acc", "A").state, TargetState::kChanged);
  EXPECT_EQ(world.Target("other", "B-A").changed_us, world.now());
}

TEST_F(StockTest, SetLevels_ChangesNothing_WhenOneOfThemIsWrong) {
  const int64_t item = world.AddItem("A", 3);
  EXPECT_TRUE(HasReason(Set({{.sku = "A", .level = 7}, {.sku = "B", .level = 1}}).status(), Reason::kItemNotFound));
  EXPECT_TRUE(HasReason(Set({{.sku = "A", .level = 7}, {.sku = "A", .location_id = "moon", .level = 1}}).status(),
                        Reason::kLocationNotFound));
  EXPECT_EQ(world.Level(item).level, 3);
  EXPECT_THAT(world.EventTypes(), IsEmpty());
}

TEST_F(StockTest, SetLevels_NamesEveryViolation) {
  const absl::Status status = Set({{.sku = "", .level = 1},
                                   {.sku = "A", .level = -1},
                                   {.sku = "A", .level = kMaxStockLevel + 1},
                                   {.sku = "A", .level = 1}})
                                  .status();
  EXPECT_TRUE(HasReason(status, Reason::kInvalidLevel));
  EXPECT_THAT(Fields(status), ElementsAre("changes[0].sku", "changes[1].level", "changes[2].level"));
}

TEST_F(StockTest, SetLevels_BlamesTheArgument_WhenOnlySkusAreWrong) {
  const absl::Status status = Set({{.sku = std::string(257, 'x'), .level = 1}}).status();
  EXPECT_TRUE(HasReason(status, Reason::kInvalidArgument)) << status;
  EXPECT_THAT(Fields(status), ElementsAre("changes[0].sku"));
}

TEST_F(StockTest, SetLevels_MakesItems_WhenAsked) {
  const auto result = Set({{.sku = "N", .level = 2, .title = "new"}, {.sku = "N", .level = 4}}, true);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->items_created, 1);
  EXPECT_EQ(result->changed, 2);
  const auto item = world.Read([](ReadTx& tx) { return tx.FindItemBySku("N"); });
  ASSERT_TRUE(item.has_value());
  EXPECT_EQ(item->title, "new");
  EXPECT_EQ(world.Level(item->id).level, 4);
  EXPECT_THAT(world.EventTypes(), ElementsAre("item.created", "stock.set_many"));
}

TEST_F(StockTest, SetLevels_NamesTheChange_ThatIsAboutWhatIsNotThere) {
  world.AddItem("A");
  const auto unknown = Set({{.sku = "A", .level = 1}, {.sku = "B", .level = 1}});
  EXPECT_EQ(MetadataOf(unknown.status()).at("field"), "changes[1].sku");
  EXPECT_EQ(MetadataOf(unknown.status()).at("sku"), "B");
  const auto nowhere = Set({{.sku = "A", .location_id = "moon", .level = 1}});
  EXPECT_EQ(MetadataOf(nowhere.status()).at("field"), "changes[0].location");
}

TEST_F(StockTest, SetLevels_CountPositionsFromWhereTheyAreTold) {
  const auto refused = world.TryWrite([&](Tx& tx) {
    return SetStockLevels(tx, world.ids(), world.now(), {{.sku = "A", .level = -1}, {.sku = "", .level = 1}}, true,
                          2000);
  });
  EXPECT_THAT(Fields(refused.status()), ElementsAre("changes[2000].level", "changes[2001].sku"));
}

TEST_F(StockTest, SetLevels_AreOneEvent_ThatNamesTheItems) {
  const int64_t one = world.AddItem("MUG-RED");
  const int64_t other = world.AddItem("MUG-BLUE");
  ASSERT_TRUE(
      Set({{.sku = "MUG-RED", .level = 7}, {.sku = "MUG-BLUE", .level = 1}, {.sku = "MUG-RED", .level = 8}}).ok());
  const auto events = world.Read([](ReadTx& tx) { return tx.ListEvents({}); });
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].type, "stock.set_many");
  EXPECT_EQ(events[0].resource, "items/-");
  EXPECT_EQ(events[0].attributes, (std::map<std::string, std::string>{{"levels", "3"},
                                                                      {"items", ItemName(one) + " " + ItemName(other)},
                                                                      {"sku_prefix", "MUG-"},
                                                                      {"locations", "default"}}));
}

TEST_F(StockTest, ManyLevels_AreASmallEvent_ThatSaysHowTheirSkusBegin) {
  std::vector<StockChange> changes;
  for (size_t i = 0; i <= kMostNamedInAnEvent; ++i) changes.push_back({.sku = "S-" + std::to_string(i), .level = 1});
  ASSERT_TRUE(Set(changes, true).ok());
  const auto events = world.Read([](ReadTx& tx) { return tx.ListEvents({}); });
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].type, "item.created_many");
  EXPECT_EQ(events[0].attributes.at("count"), std::to_string(kMostNamedInAnEvent + 1));
  EXPECT_EQ(events[1].type, "stock.set_many");
  EXPECT_EQ(events[1].attributes.at("levels"), std::to_string(kMostNamedInAnEvent + 1));
  for (const EventRecord& event : events) {
    EXPECT_EQ(event.attributes.at("items"), "") << event.type;
    EXPECT_EQ(event.attributes.at("sku_prefix"), "S-") << event.type;
  }
}

TEST_F(StockTest, NoLevel_IsNoEvent) {
  ASSERT_TRUE(Set({}).ok());
  EXPECT_THAT(world.EventTypes(), IsEmpty());
}

TEST(NamedOnce, NamesEachOnce_AndNoneOfTooLongOnes) {
  EXPECT_EQ(NamedOnce({}), "");
  EXPECT_EQ(NamedOnce({"b", "a", "b"}), "b a");
  const std::string half(kMostBytesNamedInAnEvent / 2, 'x');
  EXPECT_EQ(NamedOnce({half, half}), half);
  EXPECT_EQ(NamedOnce({half, half + "y"}), "");
}

TEST(CommonBeginning, IsOfWholeCharacters) {
  EXPECT_EQ(CommonBeginning({}), "");
  EXPECT_EQ(CommonBeginning({"AB"}), "AB");
  EXPECT_EQ(CommonBeginning({"ABC", "AB", "ABD"}), "AB");
  EXPECT_EQ(CommonBeginning({"A", "B"}), "");
  EXPECT_EQ(CommonBeginning({"x\xc3\xa9", "x\xc3\xa8"}), "x") << "e acute and e grave share their first byte";
}

TEST_F(StockTest, Adjust_MovesTheLevelAndKeepsTheTimeOfTheCount) {
  const int64_t item = world.AddItem("A", 3);
  const TimeUs counted_us = world.now();
  world.clock.Advance(kHourUs);
  ASSERT_TRUE(Adjust(-2).ok());
  EXPECT_EQ(world.Level(item).level, 1);
  EXPECT_EQ(world.Level(item).counted_us, counted_us);
  EXPECT_THAT(world.EventTypes(), ElementsAre("stock.adjusted"));
}

TEST_F(StockTest, Adjust_IsRefused_WhenTheLevelWouldBeNegativeOrWasNeverSet) {
  const int64_t item = world.AddItem("A", 3);
  world.AddItem("B");
  EXPECT_TRUE(HasReason(Adjust(-4).status(), Reason::kLevelBelowZero));
  EXPECT_TRUE(HasReason(Adjust(1, "B").status(), Reason::kLevelBelowZero));
  EXPECT_TRUE(HasReason(Adjust(1, "C").status(), Reason::kItemNotFound));
  EXPECT_TRUE(HasReason(Adjust(1, "A", "moon").status(), Reason::kLocationNotFound));
  EXPECT_EQ(world.Level(item).level, 3);
}

TEST_F(StockTest, Adjust_IsRefused_WhenTheChangeOrItsResultIsTooLarge) {
  const int64_t item = world.AddItem("A", 3);
  EXPECT_TRUE(HasReason(Adjust(kMaxStockLevel + 1).status(), Reason::kInvalidLevel));
  EXPECT_TRUE(HasReason(Adjust(INT64_MIN).status(), Reason::kInvalidLevel));
  EXPECT_TRUE(HasReason(Adjust(kMaxStockLevel).status(), Reason::kInvalidLevel)) << "3 more than a level may be";
  EXPECT_EQ(world.Level(item).level, 3);
}

TEST_F(StockTest, CreateItem_IsRefused_WhenTheSkuIsTakenOrUnusable) {
  world.AddItem("A");
  const auto create = [&](const std::string& sku) {
    return world.TryWrite([&](Tx& tx) { return CreateItem(tx, world.ids(), world.now(), sku, "title"); }).status();
  };
  EXPECT_TRUE(HasReason(create("A"), Reason::kItemExists));
  EXPECT_TRUE(HasReason(create(""), Reason::kInvalidArgument));
  EXPECT_TRUE(HasReason(create(std::string(257, 'x')), Reason::kInvalidArgument));
  EXPECT_TRUE(create(std::string(256, 'x')).ok());
}

TEST_F(StockTest, View_SaysWhichLocationsAreFulfilmentCentres) {
  const int64_t item = world.AddItem("A", 3);
  world.AddLocation("fba", true);
  world.Write([&](Tx& tx) { return tx.SetLevel(item, "fba", 9, world.now()); });
  world.Write([&](Tx& tx) { return tx.AddReserved(item, "default", 2, world.now()); });
  const auto stock = world.Read([&](ReadTx& tx) -> absl::StatusOr<std::vector<LocationStock>> {
    QS_ASSIGN_OR_RETURN(const auto locations, tx.ListLocations());
    return ReadStock(tx, item, locations);
  });
  ASSERT_EQ(stock.size(), 2U);
  EXPECT_EQ(stock[0].location_id, "default");
  EXPECT_EQ(stock[0].level, 3);
  EXPECT_EQ(stock[0].reserved, 2);
  EXPECT_FALSE(stock[0].fulfilment_centre);
  EXPECT_TRUE(stock[1].fulfilment_centre);
}

TEST_F(StockTest, LevelsOfAMarketplacesWarehouse_AreNobodysToSet) {
  world.Write([](Tx& tx) {
    return tx.PutLocation({.id = "de-fba", .display_name = "FBA", .fulfilment_centre = true, .owner_channel = "de"});
  });
  world.AddItem("A", 3);
  EXPECT_TRUE(HasReason(Set({{.sku = "A", .location_id = "de-fba", .level = 7}}).status(), Reason::kLocationReadOnly));
  EXPECT_TRUE(HasReason(Adjust(1, "A", "de-fba").status(), Reason::kLocationReadOnly));
  EXPECT_TRUE(HasReason(Adjust(1, "A", "nowhere").status(), Reason::kLocationNotFound));
  EXPECT_TRUE(Adjust(1).ok());
}

}  // namespace
}  // namespace quayside
