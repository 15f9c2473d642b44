#include "host/orders/order_merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/text_format.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

pb::Order FromText(const std::string& text) {
  pb::Order order;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &order)) << text;
  return order;
}

pb::Order Paid() {
  return FromText(R"pb(
    external_id: "1"
    marketplace: "m"
    status: ORDER_STATUS_OPEN
    raw_status: "Unshipped"
    updated_us: 10
    created_us: 5
    service_level: "Expedited"
    programs: "PRIME"
    ship_by_us: 90
    buyer { name: "Ann" email: "ann@example.com" purchase_order_number: "PO 7" }
    ship_to { name: "Ann" lines: "High Street 1" city: "Leeds" postal_code: "LS1" country_code: "GB" phone: "0113" }
    total { currency_code: "GBP" units: 12 }
    lines {
      external_id: "l1"
      sku: "A"
      title: "Anchor"
      quantity: 2
      gift_message: "for you"
      unit_price { currency_code: "GBP" units: 6 }
    }
    lines { external_id: "l2" sku: "B" title: "Buoy" quantity: 1 }
  )pb");
}

TEST(MergeOrderTest, ACancelledOrderWithoutItsBuyer_KeepsWhatWasKnown_AndIsCancelled) {
  const pb::Order merged = MergeOrder(Paid(), FromText(R"pb(
                                        external_id: "1"
                                        marketplace: "m"
                                        status: ORDER_STATUS_CANCELLED
                                        raw_status: "Canceled"
                                        updated_us: 20
                                        lines { external_id: "l1" sku: "A" quantity: 2 quantity_cancelled: 2 }
                                      )pb"),
                                      false);
  EXPECT_EQ(merged.status(), pb::ORDER_STATUS_CANCELLED);
  EXPECT_EQ(merged.raw_status(), "Canceled");
  EXPECT_EQ(merged.updated_us(), 20);
  EXPECT_EQ(merged.created_us(), 5);
  EXPECT_EQ(merged.ship_by_us(), 90);
  EXPECT_EQ(merged.service_level(), "Expedited");
  EXPECT_EQ(merged.buyer().email(), "ann@example.com");
  EXPECT_EQ(merged.buyer().purchase_order_number(), "PO 7");
  EXPECT_EQ(merged.ship_to().SerializeAsString(), Paid().ship_to().SerializeAsString());
  EXPECT_EQ(merged.total().units(), 12);
  ASSERT_EQ(merged.lines_size(), 2);
  EXPECT_EQ(merged.lines(0).quantity_cancelled(), 2);
  EXPECT_EQ(merged.lines(0).title(), "Anchor");
  EXPECT_EQ(merged.lines(0).unit_price().units(), 6);
  EXPECT_EQ(merged.lines(0).gift_message(), "for you");
  EXPECT_EQ(merged.lines(1).title(), "Buoy") << "reported no more, and still what it was";
}

TEST(MergeOrderTest, WhatIsReported_ReplacesWhatWasKnown) {
  pb::Order reported = Paid();
  reported.mutable_buyer()->set_email("real@example.com");
  reported.set_service_level("Standard");
  reported.mutable_total()->set_units(13);
  reported.mutable_lines(0)->set_title("Big anchor");
  const pb::Order merged = MergeOrder(Paid(), reported, false);
  EXPECT_EQ(merged.SerializeAsString(), reported.SerializeAsString());
}

TEST(MergeOrderTest, AnAddress_IsNeverMixedOfTwo) {
  pb::Order reported = Paid();
  *reported.mutable_ship_to() = FromText(R"pb(ship_to { name: "Bob" lines: "Quay 2" city: "Hull" })pb").ship_to();
  const pb::Address address = MergeOrder(Paid(), reported, false).ship_to();
  EXPECT_EQ(address.SerializeAsString(), reported.ship_to().SerializeAsString()) << "not Ann's postcode, not her phone";
}

TEST(MergeOrderTest, ATownAlone_DoesNotReplaceAnAddress_ButIsTakenWhereThereIsNone) {
  pb::Order town = Paid();
  *town.mutable_ship_to() = FromText(R"pb(ship_to { city: "LEEDS" country_code: "GB" })pb").ship_to();
  EXPECT_EQ(MergeOrder(Paid(), town, false).ship_to().lines_size(), 1);
  pb::Order unknown = Paid();
  unknown.mutable_ship_to()->Clear();
  EXPECT_EQ(MergeOrder(unknown, town, false).ship_to().city(), "LEEDS");
  pb::Order none = Paid();
  none.clear_ship_to();
  EXPECT_EQ(MergeOrder(town, none, false).ship_to().city(), "LEEDS");
}

TEST(MergeOrderTest, AnErasedOrder_StaysErased_WhateverIsReported) {
  const pb::Order merged = MergeOrder(Paid(), Paid(), true);
  const std::string bytes = merged.SerializeAsString();
  for (const char* personal : {"Ann", "ann@example.com", "High Street", "LS1", "0113", "for you"})
    EXPECT_THAT(bytes, testing::Not(testing::HasSubstr(personal)));
  EXPECT_EQ(merged.ship_to().city(), "Leeds");
  EXPECT_EQ(merged.lines(0).title(), "Anchor");
}

}  // namespace
}  // namespace quayside
