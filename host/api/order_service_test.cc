// OrderService: an order with its recipient, and the list that names nobody.
#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"
#include "host/orders/order_document.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;

struct OrderWorld : ApiWorld {
  OrderWorld() {
    auto document = FromText<quayside::plugin::v1::Order>(R"(external_id: "111-1" programs: "PRIME"
        buyer { name: "Bea Buyer" email: "bea@example.com" }
        ship_to { name: "Bea" lines: "Kai 1" city: "Hamburg" postal_code: "20457"
        country_code: "DE" } lines { external_id: "L1" title: "Anchor"
        unit_price { currency_code: "EUR" units: 9 nanos: 990000000 }
        line_total { currency_code: "EUR" units: 19 nanos: 980000000 } })");
    record = {.id = ids().Next(),
              .account_id = "amz",
              .channel_id = "amz-de",
              .external_id = "111-1",
              .state = OrderState::kOpen,
              .raw_status = "Unshipped",
              .fulfilment = Fulfilment::kMerchant,
              .location_id = "default",
              .created_us = kSecondUs,
              .currency = "EUR",
              .total_units = 19,
              .total_nanos = 980000000,
              .unlinked_lines = 1};
    record.document = *SealOrderDocument(cipher, "amz", document);
    Write([&](Tx& tx) { return tx.PutOrder(record, {{.external_id = "L1", .sku = "A", .quantity = 2}}); });
    name = "name: 'orders/" + std::to_string(record.id) + "'";
  }
  OrderRecord record;
  std::string name;
};

TEST(OrderServiceTest, GetShowsWhoAndWhat) {
  OrderWorld world;
  const auto got = world.Ask(&Orders::GetOrder, world.name);
  ASSERT_TRUE(got.ok()) << got;
  const api::Order& order = got->order();
  EXPECT_EQ(order.state(), api::ORDER_STATE_OPEN);
  EXPECT_EQ(order.channel_status(), "Unshipped");
  EXPECT_EQ(order.recipient().buyer_name(), "Bea Buyer");
  EXPECT_EQ(order.recipient().address_lines(0), "Kai 1");
  EXPECT_EQ(order.lines(0).title(), "Anchor");
  EXPECT_EQ(order.lines(0).line_total().units(), 19);
  EXPECT_EQ(order.total().nanos(), 980000000);
  EXPECT_EQ(order.location(), "locations/default");
  EXPECT_EQ(order.programs(0), "PRIME");
  EXPECT_EQ(world.Ask(&Orders::GetOrder, "name: 'orders/5'").reason(), "ORDER_NOT_FOUND");
}

TEST(OrderServiceTest, AnUndisclosedAddress_HasAStandIn_UntilTheRealOneComes) {
  OrderWorld world;
  world.MakeAccount();
  world.MakeChannel();
  const auto recipient = [&] { return world.Ask(&Orders::GetOrder, world.name)->order().recipient(); };
  EXPECT_EQ(recipient().buyer_email(), "bea@example.com");
  EXPECT_FALSE(recipient().buyer_email_undisclosed());
  const std::string known = world.record.document;
  world.record.document = *SealOrderDocument(
      world.cipher, "amz", FromText<quayside::plugin::v1::Order>("external_id: '111-1' buyer { name: 'Bea' }"));
  world.Write([&](Tx& tx) { return tx.PutOrder(world.record, {{.external_id = "L1", .sku = "A", .quantity = 2}}); });
  EXPECT_EQ(recipient().buyer_email(), "NOT DISCLOSED BY AMAZON");
  EXPECT_TRUE(recipient().buyer_email_undisclosed());
  ASSERT_TRUE(world
                  .Ask(&Channels::UpdateChannel,
                       "channel { name: 'channels/amz-de' config { undisclosed_email: 'none@shop.example' } } "
                       "update_mask { paths: 'config.undisclosed_email' }")
                  .ok());
  EXPECT_EQ(recipient().buyer_email(), "none@shop.example");
  world.record.document = known;
  world.Write([&](Tx& tx) { return tx.PutOrder(world.record, {{.external_id = "L1", .sku = "A", .quantity = 2}}); });
  EXPECT_EQ(recipient().buyer_email(), "bea@example.com");
}

TEST(OrderServiceTest, TheShownTimeOfReceipt_HasTheChannelsOffset_AndStaysUtc) {
  OrderWorld world;
  EXPECT_EQ(world.Ask(&Orders::GetOrder, world.name)->order().receive_utc_offset_minutes(), 0) << "no such channel";
  world.MakeAccount();
  world.MakeChannel();
  world.record.received_us = 100 * kSecondUs;
  world.Write([&](Tx& tx) { return tx.PutOrder(world.record, {{.external_id = "L1", .sku = "A", .quantity = 2}}); });
  ASSERT_TRUE(world
                  .Ask(&Channels::UpdateChannel,
                       "channel { name: 'channels/amz-de' config { utc_offset_minutes: -210 } } "
                       "update_mask { paths: 'config.utc_offset_minutes' }")
                  .ok());
  const auto got = world.Ask(&Orders::GetOrder, world.name);
  EXPECT_EQ(got->order().receive_utc_offset_minutes(), -210);
  EXPECT_EQ(got->order().receive_time().seconds(), 100);
  EXPECT_EQ(world.Ask(&Orders::ListOrders, "")->orders(0).receive_utc_offset_minutes(), -210);
}

TEST(OrderServiceTest, ABuyersWishToCancel_IsShown) {
  OrderWorld world;
  EXPECT_FALSE(world.Ask(&Orders::GetOrder, world.name)->order().lines(0).cancellation_requested());
  world.record.document =
      *SealOrderDocument(world.cipher, "amz",
                         FromText<quayside::plugin::v1::Order>(
                             "external_id: '111-1' lines { external_id: 'L1' cancellation_requested: true }"));
  world.Write([&](Tx& tx) { return tx.PutOrder(world.record, {{.external_id = "L1", .sku = "A", .quantity = 2}}); });
  EXPECT_TRUE(world.Ask(&Orders::GetOrder, world.name)->order().lines(0).cancellation_requested());
}

TEST(OrderServiceTest, ErasedOrderHasNoRecipient) {
  OrderWorld world;
  world.record.personal_erased = true;
  world.Write([&](Tx& tx) { return tx.PutOrder(world.record, {{.external_id = "L1", .sku = "A", .quantity = 2}}); });
  const auto got = world.Ask(&Orders::GetOrder, world.name);
  EXPECT_TRUE(got->order().personal_data_erased());
  EXPECT_FALSE(got->order().has_recipient());
  EXPECT_EQ(got->order().lines(0).title(), "Anchor");
}

TEST(OrderServiceTest, DocumentOfAnotherOrderIsNotShown) {
  OrderWorld world;
  world.record.external_id = "222-2";
  world.Write([&](Tx& tx) { return tx.PutOrder(world.record, {}); });
  EXPECT_EQ(world.Ask(&Orders::GetOrder, world.name).reason(), "KEY_UNAVAILABLE");
}

TEST(OrderServiceTest, ListHasNoPersonalDataAndFilters) {
  OrderWorld world;
  world.Write([&](Tx& tx) {
    return tx.PutOrder(
        {.id = world.ids().Next(), .account_id = "amz", .external_id = "333-3", .state = OrderState::kCancelled}, {});
  });
  const auto all = world.Ask(&Orders::ListOrders, "");
  ASSERT_EQ(all->orders_size(), 2);
  EXPECT_EQ(all->orders(0).external_id(), "333-3");
  EXPECT_EQ(all->orders(1).lines(0).quantity(), 2);
  EXPECT_EQ(all->ShortDebugString().find("Bea"), std::string::npos);
  const auto count = [&](const std::string& filter) {
    return world.Ask(&Orders::ListOrders, "filter { " + filter + " }")->orders_size();
  };
  EXPECT_EQ(count("channel: 'channels/amz-de'"), 1);
  EXPECT_EQ(count("account: 'accounts/amz'"), 2);
  EXPECT_EQ(count("state: ORDER_STATE_CANCELLED"), 1);
  EXPECT_EQ(count("external_id: '111-1'"), 1);
  EXPECT_EQ(count("only_unlinked: true"), 1);
  const auto first = world.Ask(&Orders::ListOrders, "page_size: 1");
  const auto second = world.Ask(&Orders::ListOrders, "page_size: 1 page_token: '" + first->next_page_token() + "'");
  EXPECT_EQ(second->orders(0).external_id(), "111-1");
  EXPECT_TRUE(second->next_page_token().empty());
  const auto wrong = world.Ask(&Orders::ListOrders, "filter { channel: 'amz-de' account: 'x' state: 77 }");
  EXPECT_EQ(wrong.reason(), "INVALID_FILTER");
  EXPECT_THAT(wrong.fields(), ElementsAre("filter.channel", "filter.account", "filter.state"));
}

}  // namespace
}  // namespace quayside
