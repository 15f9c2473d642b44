// Orders allocated over the API: form, answers, what the engine is told. What follows is
// host/orders/outbound_order_test.cc.
#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

struct AllocationWorld : ApiWorld {
  AllocationWorld() {
    MakeAccount();
    MakeChannel();
    EXPECT_TRUE(Ask(&Channels::EnableChannel, "name: 'channels/amz-de'").ok());
    id = ids().Next();
    name = "orders/" + std::to_string(id);
    Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutItem({.id = 7, .sku = "MUG"}));
      QS_RETURN_IF_ERROR(tx.PutListing({.channel_id = "amz-de", .account_id = "amz", .sku = "MUG-FBA", .item_id = 7}));
      QS_RETURN_IF_ERROR(tx.PutLocation(
          {.id = "de-fba", .display_name = "FBA", .fulfilment_centre = true, .owner_channel = "amz-de"}));
      QS_RETURN_IF_ERROR(tx.PutCentreStock({.location_id = "de-fba", .sku = "MUG-FBA", .fulfillable = 5}));
      return tx.PutOrder({.id = id,
                          .account_id = "amz",
                          .channel_id = "amz-de",
                          .external_id = "111-1",
                          .fulfilment = Fulfilment::kMerchant,
                          .location_id = "default",
                          .revision = 3},
                         {{.external_id = "L1", .sku = "MUG", .quantity = 2, .item_id = 7}});
    });
  }
  Answer<api::AllocateOrderResponse> Allocate(const std::string& more = "") {
    return Ask(&Orders::AllocateOrder, "name: '" + name + "' location: 'locations/de-fba' " + more);
  }
  int64_t id = 0;
  std::string name;
};

TEST(AllocateOrderTest, IsWritten_AndTheWarehousesLaneIsTold) {
  AllocationWorld world;
  const auto dry = world.Allocate("validate_only: true");
  ASSERT_TRUE(dry.ok()) << dry;
  EXPECT_EQ(world.engine.outbounds_changed("amz"), 0);
  const auto allocated = world.Allocate();
  ASSERT_TRUE(allocated.ok()) << allocated;
  EXPECT_EQ(allocated->allocation().name(), world.name + "/allocations/1");
  EXPECT_EQ(allocated->allocation().state(), api::ALLOCATION_STATE_WAITING);
  EXPECT_EQ(allocated->allocation().speed(), "STANDARD");
  EXPECT_EQ(allocated->allocation().lines(0).sku(), "MUG-FBA");
  EXPECT_EQ(world.engine.outbounds_changed("amz"), 1);
  EXPECT_EQ(world.Allocate().reason(), "ORDER_NOT_ALLOCATABLE");
}

TEST(AllocateOrderTest, ASkuThatWasWishedForAndIsNotUsed_IsTold_InTheAnswerAndInTheOrdersHistory) {
  AllocationWorld world;
  const std::string wish = "preferred_skus: {line: 'L1' sku: 'MUG-OLD'}";
  const auto dry = world.Allocate(wish + " validate_only: true");
  ASSERT_TRUE(dry.ok()) << dry;
  EXPECT_THAT(dry->allocation().message(), HasSubstr("'L1' does not go by SKU 'MUG-OLD'"));
  const auto allocated = world.Allocate(wish);
  ASSERT_TRUE(allocated.ok()) << allocated;
  EXPECT_EQ(allocated->allocation().message(), dry->allocation().message());
  EXPECT_EQ(allocated->allocation().lines(0).sku(), "MUG-FBA");
  const auto history = world.Ask(&Orders::ListOrderHistory, "parent: '" + world.name + "'");
  ASSERT_TRUE(history.ok()) << history;
  int told = 0;
  for (const api::OrderHistoryEntry& entry : history->entries()) {
    const auto passed_over = entry.attributes().find("passed_over");
    if (entry.type() != "allocation.waiting" || passed_over == entry.attributes().end()) continue;
    EXPECT_EQ(passed_over->second, allocated->allocation().message());
    ++told;
  }
  EXPECT_EQ(told, 1);
}

TEST(AllocateOrderTest, IsRefusedByEtag_AndByLocation) {
  AllocationWorld world;
  EXPECT_EQ(world.Allocate("etag: '2'").reason(), "ETAG_MISMATCH");
  EXPECT_EQ(world.Ask(&Orders::AllocateOrder, "name: '" + world.name + "' location: 'locations/none'").reason(),
            "LOCATION_NOT_FOUND");
}

TEST(TakeBackOrderTest, WhatWasNotSent_IsBackAtOnce) {
  AllocationWorld world;
  EXPECT_EQ(world.Ask(&Orders::TakeBackOrder, "name: '" + world.name + "'").reason(), "ALLOCATION_NOT_FOUND");
  ASSERT_TRUE(world.Allocate().ok());
  const auto back = world.Ask(&Orders::TakeBackOrder, "name: '" + world.name + "'");
  ASSERT_TRUE(back.ok()) << back;
  EXPECT_EQ(back->allocation().state(), api::ALLOCATION_STATE_CANCELLED);
  EXPECT_THAT(world.Ask(&Orders::ListAllocations, "parent: '" + world.name + "'")->allocations(), SizeIs(1));
  EXPECT_THAT(
      world.Ask(&Orders::ListAllocations, "parent: 'orders/-' state: ALLOCATION_STATE_CANCELLED")->allocations(),
      SizeIs(1));
  EXPECT_EQ(world.Ask(&Orders::ListAllocations, "parent: 'orders/-'").reason(), "INVALID_FILTER");
}

}  // namespace
}  // namespace quayside
