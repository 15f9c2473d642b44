#include "host/orders/shipping_mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/orders/testing/order_builder.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<ShippingMappingRecord> Mappings() {
  return {{"de", "STANDARD", "", "tracked-48"},
          {"de", "STANDARD", "mp-at", "tracked-eu"},
          {"de", "PRIME", "mp-de", "tracked-24"},
          {"de", "NEXT_DAY", "mp-at", "courier"}};
}

TEST(ShippingMapping, TakesTheMarketplacesOwn_ElseThatOfAny_ElseTheDefault) {
  EXPECT_EQ(PostalMethodFor(Mappings(), {"STANDARD"}, "mp-at"), "tracked-eu");
  EXPECT_EQ(PostalMethodFor(Mappings(), {"STANDARD"}, "mp-de"), "tracked-48");
  EXPECT_EQ(PostalMethodFor(Mappings(), {"NEXT_DAY"}, "mp-de"), kDefaultPostalMethod);
  EXPECT_EQ(PostalMethodFor(Mappings(), {"standard"}, "mp-de"), kDefaultPostalMethod) << "tags are taken as they are";
  EXPECT_EQ(PostalMethodFor({}, {"STANDARD"}, "mp-de"), kDefaultPostalMethod);
  EXPECT_EQ(PostalMethodFor(Mappings(), {}, "mp-de"), kDefaultPostalMethod);
}

TEST(ShippingMapping, AProgramGoesBeforeTheServiceLevel_IfItIsMapped) {
  pb::Order order = MakeOrder("o1", pb::ORDER_STATUS_OPEN, 1, {});
  order.set_service_level("STANDARD");
  order.add_programs("AMAZON_BUSINESS");
  order.add_programs("PRIME");
  EXPECT_THAT(ShippingTagsOf(order), ElementsAre("AMAZON_BUSINESS", "PRIME", "STANDARD"));
  EXPECT_EQ(PostalMethodFor(Mappings(), ShippingTagsOf(order), "mp-de"), "tracked-24");
  EXPECT_EQ(PostalMethodFor(Mappings(), ShippingTagsOf(order), "mp-at"), "tracked-eu") << "Prime is not mapped there";
  EXPECT_THAT(ShippingTagsOf(pb::Order()), IsEmpty());
}

TEST(ShippingMapping, CarrierCode_IsTheChannels_ElseThePlugins_ElseNone) {
  const PostalMethodRecord method{.id = "tracked-48",
                                  .vendor = "Royal Mail",
                                  .name = "Tracked 48",
                                  .carrier_codes = {{"plugins/shop", "RM"}, {"channels/uk", "RMUK"}}};
  EXPECT_EQ(CarrierOf(method, "uk", "shop").code, "RMUK");
  EXPECT_EQ(CarrierOf(method, "de", "shop").code, "RM");
  EXPECT_EQ(CarrierOf(method, "de", "other").code, "");
  EXPECT_EQ(CarrierOf(method, "de", "other").name, "Royal Mail");
  EXPECT_EQ(CarrierOf(method, "de", "other").service, "Tracked 48");
  const CarrierAs nobody = CarrierOf({.id = "default", .vendor = kNoVendor, .name = "Default"}, "de", "shop");
  EXPECT_EQ(nobody.name, "");
  EXPECT_EQ(nobody.service, "");
}

// Through an import: once, when the order comes in.
class LookedUp : public ::testing::Test {
 protected:
  LookedUp() {
    world_.AddChannel("de");
    world_.Write([](Tx& tx) { return tx.PutShippingMapping({"de", "STANDARD", "", "tracked-48"}); });
  }
  void Import(pb::OrderStatus status, TimeUs updated_us, const std::string& service) {
    pb::Order order = MakeOrder("o1", status, updated_us, {{"1", "MUG"}});
    order.set_service_level(service);
    ImportPage(world_, {order});
  }
  std::string Method() { return world_.Order("acc", "o1").postal_method; }
  StoreWorld world_;
};

TEST_F(LookedUp, AtDownload_AndNotAgain) {
  Import(pb::ORDER_STATUS_OPEN, 1, "STANDARD");
  EXPECT_EQ(Method(), "tracked-48");
  world_.Write([](Tx& tx) { return tx.PutShippingMapping({"de", "STANDARD", "", "courier"}); });
  Import(pb::ORDER_STATUS_SHIPPED, 2, "STANDARD");
  EXPECT_EQ(Method(), "tracked-48");
  EXPECT_THAT(world_.Read([](ReadTx& tx) { return tx.ListShippingTags("de"); }), ElementsAre("STANDARD"));
}

TEST_F(LookedUp, WhatOrdersBear_CanBeMapped) {
  pb::Order order = MakeOrder("o1", pb::ORDER_STATUS_OPEN, 1, {{"1", "MUG"}});
  order.set_service_level("STANDARD");
  order.add_programs("PRIME");
  ImportPage(world_, {order});
  EXPECT_THAT(world_.Read([](ReadTx& tx) { return tx.ListShippingTags("de"); }), ElementsAre("PRIME", "STANDARD"));
}

TEST_F(LookedUp, WhenItIsPaid_IfItDoesNotSayBefore) {
  Import(pb::ORDER_STATUS_PENDING, 1, "");
  EXPECT_EQ(Method(), "");
  Import(pb::ORDER_STATUS_OPEN, 2, "STANDARD");
  EXPECT_EQ(Method(), "tracked-48");
}

TEST_F(LookedUp, WhatIsNotMapped_GoesByTheDefault) {
  Import(pb::ORDER_STATUS_OPEN, 1, "SECOND_DAY");
  EXPECT_EQ(Method(), kDefaultPostalMethod);
}

}  // namespace
}  // namespace quayside
