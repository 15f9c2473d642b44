#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

class StockItemsTest : public testing::Test {
 protected:
  StockItemsTest() {
    v1::Item& item = host_.data.items.emplace_back();
    item.set_name("items/7");
    item.set_sku("ANCHOR");
    item.set_etag("3");
    (*item.mutable_properties())["Despatch Time"] = "2";
    (*item.mutable_properties())["Colour"] = "red";
  }
  CliResult Run(const std::vector<std::string>& arguments, int exit_code = 0) {
    CliResult result = world_.Run(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    return result;
  }
  CliWorld world_;
  FakeHost host_{world_.socket()};
};

TEST_F(StockItemsTest, Create_MakesAnItemWithoutALevel) {
  EXPECT_EQ(Run({"stock", "create", "ANCHOR-2", "--title", "Anchor, 2 kg", "--set", "Despatch Time=3"}).out,
            "created item ANCHOR-2\n");
  const auto sent = host_.ledger.All<v1::CreateItemRequest>().at(0);
  EXPECT_EQ(sent.item().sku(), "ANCHOR-2");
  EXPECT_EQ(sent.item().title(), "Anchor, 2 kg");
  EXPECT_EQ(sent.item().properties().at("Despatch Time"), "3");
  Run({"stock", "create", "ANCHOR-2", "--set", "no value"}, 2);
}

TEST_F(StockItemsTest, Edit_NamesWhatItChanges_AndKeepsTheOtherProperties) {
  EXPECT_EQ(Run({"stock", "edit", "ANCHOR", "--sku", "ANCHOR-2", "--set", "Despatch Time=3", "--unset", "Colour"}).out,
            "changed ANCHOR, now ANCHOR-2\n");
  const auto sent = host_.ledger.All<v1::UpdateItemRequest>().at(0);
  EXPECT_EQ(sent.item().name(), "items/7");
  EXPECT_EQ(sent.item().etag(), "3");
  EXPECT_EQ(sent.item().properties().size(), 1u);
  EXPECT_EQ(sent.item().properties().at("Despatch Time"), "3");
  EXPECT_THAT(sent.update_mask().paths(), UnorderedElementsAre("sku", "properties"));
}

TEST_F(StockItemsTest, Edit_OfNothing_OrOfWhatIsNotThere_IsAMistake) {
  Run({"stock", "edit", "ANCHOR"}, 2);
  const CliResult wrong = Run({"stock", "edit", "ANCHOR", "--set", "no value", "--unset", "Size"}, 2);
  EXPECT_THAT(wrong.err, HasSubstr("'no value' is not of the form NAME=VALUE"));
  EXPECT_THAT(wrong.err, HasSubstr("there is no property 'Size'"));
}

TEST_F(StockItemsTest, Show_HasProperties) {
  EXPECT_THAT(Run({"stock", "show", "ANCHOR"}).out, testing::ContainsRegex("Despatch Time +2"));
}

TEST_F(StockItemsTest, Delete_AsksOnATerminal) {
  world_.terminal = true;
  world_.input = "n\n";
  Run({"stock", "delete", "ANCHOR"}, 130);
  world_.terminal = false;
  EXPECT_EQ(Run({"stock", "delete", "ANCHOR"}).out, "deleted item ANCHOR\n");
  const auto sent = host_.ledger.All<v1::DeleteItemRequest>();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].etag(), "3");
}

TEST_F(StockItemsTest, Reservations_SayWhoHoldsTheItem) {
  EXPECT_THAT(Run({"stock", "reservations", "ANCHOR"}).out, HasSubstr("No order holds units of ANCHOR."));
  v1::Reservation& held = host_.data.reservations.emplace_back();
  held.set_order("orders/5");
  held.set_external_id("026-1");
  held.set_sku("ANCHOR-6");
  held.set_location("locations/default");
  held.set_units(12);
  EXPECT_THAT(Run({"stock", "reservations", "ANCHOR"}).out, testing::ContainsRegex("5 +026-1 +ANCHOR-6 +default +12"));
  EXPECT_EQ(host_.ledger.All<v1::ListReservationsRequest>()[0].parent(), "items/7");
}

TEST_F(StockItemsTest, Locations_AreListedAddedAndRenamed) {
  v1::Location& location = host_.data.locations.emplace_back();
  location.set_name("locations/fba");
  location.set_fulfilment_centre(true);
  location.set_owner_channel("channels/uk");
  location.set_inactive(true);
  EXPECT_THAT(Run({"stock", "locations"}).out, testing::ContainsRegex("fba +yes +uk +inactive"));
  EXPECT_EQ(Run({"stock", "locations", "add", "shed", "--name", "The shed"}).out, "added locations/shed\n");
  EXPECT_EQ(host_.ledger.All<v1::CreateLocationRequest>()[0].location().display_name(), "The shed");
  EXPECT_EQ(Run({"stock", "locations", "rename", "shed", "--name", "Barn"}).out, "renamed locations/shed to Barn\n");
}

TEST_F(StockItemsTest, Centre_ShowsWhatTheWarehouseHolds) {
  v1::CentreStock& lamp = host_.data.centre_stock.emplace_back();
  lamp.set_sku("LAMP");
  lamp.set_fulfillable(20);
  lamp.set_inbound(5);
  v1::CentreStock& gone = host_.data.centre_stock.emplace_back();
  gone.set_sku("MUG");
  gone.set_absent(true);
  const std::string out = Run({"stock", "locations", "centre", "uk-fba"}).out;
  EXPECT_THAT(out, HasSubstr("FULFILLABLE"));
  EXPECT_THAT(out, HasSubstr("20"));
  EXPECT_THAT(out, HasSubstr("gone"));
  EXPECT_EQ(host_.ledger.All<v1::ListCentreStockRequest>().at(0).parent(), "locations/uk-fba");
  host_.data.centre_stock.clear();
  EXPECT_THAT(Run({"stock", "locations", "centre", "uk-fba"}).out, HasSubstr("quayside sync status"));
}

}  // namespace
}  // namespace quayside::cli
