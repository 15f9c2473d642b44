// InventoryService: items with their levels, reservations and locations; what each method shows and refuses.
#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(InventoryServiceTest, ItemHasNoAvailabilityUntilALevelIsSet) {
  ApiWorld world;
  const auto created = world.Ask(&Inventory::CreateItem, "item { sku: 'A' title: 'Anchor' }");
  ASSERT_TRUE(created.ok()) << created;
  EXPECT_FALSE(created->item().has_available());
  const auto set =
      world.Ask(&Inventory::SetLevels,
                "changes { sku: 'A' level: 7 } changes { sku: 'B' level: 0 title: 'Buoy' } create_items: true");
  ASSERT_TRUE(set.ok()) << set;
  EXPECT_EQ(set->changed(), 2);
  EXPECT_EQ(set->items_created(), 1);
  const auto got = world.Ask(&Inventory::GetItem, "name: '" + created->item().name() + "'");
  EXPECT_EQ(got->item().available(), 7);
  ASSERT_EQ(got->item().levels_size(), 1);
  EXPECT_EQ(got->item().levels(0).location(), "locations/default");
  const auto by_sku = world.Ask(&Inventory::GetItem, "name: 'items/-' sku: 'B'");
  ASSERT_TRUE(by_sku.ok()) << by_sku;
  EXPECT_TRUE(by_sku->item().has_available());
  EXPECT_EQ(by_sku->item().title(), "Buoy");
}

TEST(InventoryServiceTest, RefusesWithTheDocumentedReasons) {
  ApiWorld world;
  ASSERT_TRUE(world.Ask(&Inventory::CreateItem, "item { sku: 'A' }").ok());
  EXPECT_EQ(world.Ask(&Inventory::CreateItem, "item { sku: 'A' }").reason(), "ITEM_EXISTS");
  EXPECT_EQ(world.Ask(&Inventory::CreateItem, "").reason(), "INVALID_ARGUMENT");
  EXPECT_EQ(world.Ask(&Inventory::GetItem, "name: 'items/1'").reason(), "ITEM_NOT_FOUND");
  EXPECT_EQ(world.Ask(&Inventory::GetItem, "name: 'items/-' sku: 'Z'").reason(), "ITEM_NOT_FOUND");
  EXPECT_THAT(world.Ask(&Inventory::GetItem, "name: 'items/-'").fields(), ElementsAre("sku"));
  EXPECT_EQ(world.Ask(&Inventory::SetLevels, "changes { sku: 'Z' level: 1 }").reason(), "ITEM_NOT_FOUND");
  EXPECT_EQ(world.Ask(&Inventory::SetLevels, "changes { sku: 'A' level: 1 location: 'locations/moon' }").reason(),
            "LOCATION_NOT_FOUND");
  const auto levels =
      world.Ask(&Inventory::SetLevels, "changes { sku: 'A' level: -1 } changes { sku: 'A' level: 1000000001 }");
  EXPECT_EQ(levels.reason(), "INVALID_LEVEL");
  EXPECT_THAT(levels.fields(), ElementsAre("changes[0].level", "changes[1].level"));
  EXPECT_THAT(
      world.Ask(&Inventory::SetLevels, "changes { sku: 'A' location: 'default' } changes { sku: 'A' location: 'x/y' }")
          .fields(),
      ElementsAre("changes[0].location", "changes[1].location"));
  api::SetLevelsRequest many;
  for (int i = 0; i < 1001; ++i) many.add_changes()->set_sku("A");
  EXPECT_THAT(world.Send(&Inventory::SetLevels, many).fields(), ElementsAre("changes"));
}

TEST(InventoryServiceTest, AdjustNeverGoesBelowZero) {
  ApiWorld world;
  ASSERT_TRUE(world.Ask(&Inventory::SetLevels, "changes { sku: 'A' level: 5 } create_items: true").ok());
  const auto adjusted =
      world.Ask(&Inventory::AdjustLevel, "sku: 'A' delta: -2 note: 'sold at the counter' request_id: 'x'");
  ASSERT_TRUE(adjusted.ok()) << adjusted;
  EXPECT_EQ(adjusted->item().available(), 3);
  EXPECT_EQ(world.Ask(&Inventory::AdjustLevel, "sku: 'A' delta: -2 note: 'sold at the counter' request_id: 'x'")
                ->item()
                .available(),
            3);
  const auto below = world.Ask(&Inventory::AdjustLevel, "sku: 'A' delta: -4");
  EXPECT_EQ(below.reason(), "LEVEL_BELOW_ZERO");
  EXPECT_EQ(below.code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(world.Ask(&Inventory::AdjustLevel, "sku: 'A' delta: -9223372036854775808").reason(), "INVALID_LEVEL");
  EXPECT_EQ(world.Ask(&Inventory::AdjustLevel, "sku: 'A' delta: -1 validate_only: true")->item().available(), 2);
  EXPECT_EQ(world.Ask(&Inventory::GetItem, "name: 'items/-' sku: 'A'")->item().available(), 3);
}

TEST(InventoryServiceTest, AHandlingTimeThatIsNone_IsWarnedOf) {
  ApiWorld world;
  const auto made = world.Ask(&Inventory::CreateItem,
                              "item { sku: 'A' properties { key: 'Despatch Time' value: '2.5' } "
                              "properties { key: 'Hull_Colour' value: 'red' } }");
  ASSERT_TRUE(made.ok()) << made;
  ASSERT_EQ(made->item().warnings_size(), 1);
  EXPECT_THAT(made->item().warnings(0), HasSubstr("'Despatch Time' is no whole number of days 1..30"));
}

TEST(InventoryServiceTest, AnItem_IsChangedWithItsProperties_AndDeletedWhenNobodyUsesIt) {
  ApiWorld world;
  const auto made =
      world.Ask(&Inventory::CreateItem, "item { sku: 'A' properties { key: 'Despatch Time' value: '2' } }");
  ASSERT_TRUE(made.ok()) << made;
  EXPECT_EQ(made->item().properties().at("Despatch Time"), "2");
  const std::string name = "name: '" + made->item().name() + "'";
  const auto titled = world.Ask(&Inventory::UpdateItem,
                                "item { " + name + " title: 'Anchor' etag: '1' } update_mask { paths: 'title' }");
  ASSERT_TRUE(titled.ok()) << titled;
  EXPECT_EQ(titled->item().title(), "Anchor");
  EXPECT_EQ(titled->item().properties_size(), 1) << "left as they were";
  EXPECT_EQ(titled->item().etag(), "2");
  EXPECT_EQ(world.Ask(&Inventory::UpdateItem, "item { " + name + " etag: '1' sku: 'A' }").reason(), "ETAG_MISMATCH");
  EXPECT_EQ(world.Ask(&Inventory::UpdateItem, "item { " + name + " } update_mask { paths: 'properties' }")
                ->item()
                .properties_size(),
            0);
  EXPECT_THAT(world.Ask(&Inventory::CreateItem, "item { sku: 'B' properties { key: '' value: 'x' } }").fields(),
              ElementsAre("item.properties"));
  EXPECT_EQ(world.Ask(&Inventory::DeleteItem, name + " etag: '1'").reason(), "ETAG_MISMATCH");
  ASSERT_TRUE(world.Ask(&Inventory::DeleteItem, name).ok());
  EXPECT_EQ(world.Ask(&Inventory::GetItem, name).reason(), "ITEM_NOT_FOUND");
}

TEST(InventoryServiceTest, WhoHoldsAnItem_IsListedPageByPage) {
  ApiWorld world;
  const auto item = world.Ask(&Inventory::CreateItem, "item { sku: 'A' }")->item();
  const int64_t item_id = std::stoll(item.name().substr(6));
  const int64_t order_id = world.ids().Next();
  world.Write([&](Tx& tx) {
    const auto line = [&](const char* id, int64_t units) {
      OrderLineRecord record{.external_id = id, .sku = "A-LISTED", .quantity = 1};
      record.item_id = item_id;
      record.reserved = units;
      return record;
    };
    return tx.PutOrder({.id = order_id, .account_id = "amz", .external_id = "111-1", .location_id = "default"},
                       {line("1", 2), line("2", 0), line("3", 6)});
  });
  const std::string parent = "parent: '" + item.name() + "' page_size: 1 ";
  const auto first = world.Ask(&Inventory::ListReservations, parent);
  ASSERT_EQ(first->reservations_size(), 1);
  EXPECT_EQ(first->reservations(0).order(), "orders/" + std::to_string(order_id));
  EXPECT_EQ(first->reservations(0).external_id(), "111-1");
  EXPECT_EQ(first->reservations(0).location(), "locations/default");
  EXPECT_EQ(first->reservations(0).units(), 2);
  const auto second =
      world.Ask(&Inventory::ListReservations, parent + "page_token: '" + first->next_page_token() + "'");
  ASSERT_EQ(second->reservations_size(), 1);
  EXPECT_EQ(second->reservations(0).units(), 6);
  EXPECT_EQ(second->next_page_token(), "");
  EXPECT_EQ(world.Ask(&Inventory::ListReservations, "parent: 'items/5'").reason(), "ITEM_NOT_FOUND");
}

TEST(InventoryServiceTest, LocationsAreMadeAndRenamed) {
  ApiWorld world;
  const auto made = world.Ask(&Inventory::CreateLocation, "location_id: 'shed' location { display_name: 'The shed' }");
  ASSERT_TRUE(made.ok()) << made;
  EXPECT_EQ(made->location().name(), "locations/shed");
  EXPECT_EQ(world.Ask(&Inventory::CreateLocation, "location_id: 'shed'").reason(), "LOCATION_EXISTS");
  EXPECT_THAT(world.Ask(&Inventory::CreateLocation, "location_id: 'The shed'").fields(), ElementsAre("location_id"));
  EXPECT_EQ(world.Ask(&Inventory::CreateLocation, "location_id: 'attic'")->location().display_name(), "attic");
  const auto renamed =
      world.Ask(&Inventory::UpdateLocation, "location { name: 'locations/shed' display_name: 'Barn' etag: '1' }");
  ASSERT_TRUE(renamed.ok()) << renamed;
  EXPECT_EQ(renamed->location().display_name(), "Barn");
  EXPECT_EQ(
      world.Ask(&Inventory::UpdateLocation, "location { name: 'locations/shed' display_name: 'X' etag: '1' }").reason(),
      "ETAG_MISMATCH");
  EXPECT_EQ(world.Ask(&Inventory::UpdateLocation, "location { name: 'locations/no' display_name: 'X' }").reason(),
            "LOCATION_NOT_FOUND");
  EXPECT_TRUE(
      world.Ask(&Inventory::SetLevels, "changes { sku: 'A' level: 1 location: 'locations/shed' } create_items: true")
          .ok());
}

TEST(InventoryServiceTest, ListsByPrefixAndKnowsTheDefaultLocation) {
  ApiWorld world;
  ASSERT_TRUE(world
                  .Ask(&Inventory::SetLevels,
                       "changes { sku: 'B1' } changes { sku: 'A2' } changes { sku: 'A1' } create_items: true")
                  .ok());
  const auto listed = world.Ask(&Inventory::ListItems, "sku_prefix: 'A'");
  ASSERT_EQ(listed->items_size(), 2);
  EXPECT_EQ(listed->items(0).sku(), "A1");
  EXPECT_EQ(world.Ask(&Inventory::ListLocations, "")->locations(0).name(), "locations/default");
}

}  // namespace
}  // namespace quayside
