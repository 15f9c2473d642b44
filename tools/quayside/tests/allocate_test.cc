// quayside orders allocate, take-back, allocations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class AllocateCommands : public testing::Test {
 protected:
  AllocateCommands() {
    v1::Order& order = host.data.orders.emplace_back();
    order.set_name("orders/1");
    order.set_external_id("026-1");
    for (const char* sku : {"MUG", "LAMP", "LAMP"}) {
      v1::OrderLine& line = *order.add_lines();
      line.set_external_id("line-" + std::to_string(order.lines_size()));
      line.set_sku(sku);
    }
    v1::Allocation& made = host.data.allocations.emplace_back();
    made.set_name("orders/1/allocations/1");
    made.set_state(v1::ALLOCATION_STATE_WAITING);
    made.set_location("locations/uk-fba");
    made.set_speed("EXPEDITED");
    v1::AllocationLine& line = *made.add_lines();
    line.set_line("line-1");
    line.set_sku("MUG-FBA");
    line.set_quantity(2);
  }
  v1::Allocation& allocation() { return host.data.allocations[0]; }

  CliWorld world;
  FakeHost host{world.socket()};
};

TEST_F(AllocateCommands, Allocate_NamesTheWarehouse_AndTheSkuOfALine) {
  const CliResult result =
      world.Run({"orders", "allocate", "026-1", "--location", "uk-fba", "--sku", "MUG=MUG-FBA", "--sku", "line-3=L-9"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("allocated 1 to uk-fba: 0/2 MUG-FBA, EXPEDITED"));
  EXPECT_THAT(result.out, HasSubstr("quayside orders allocations 1"));
  const auto requests = host.ledger.All<v1::AllocateOrderRequest>();
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].name(), "orders/1");
  EXPECT_EQ(requests[0].location(), "locations/uk-fba");
  EXPECT_FALSE(requests[0].validate_only());
  ASSERT_EQ(requests[0].preferred_skus_size(), 2);
  EXPECT_EQ(requests[0].preferred_skus(0).line(), "line-1");
  EXPECT_EQ(requests[0].preferred_skus(0).sku(), "MUG-FBA");
  EXPECT_EQ(requests[0].preferred_skus(1).line(), "line-3");
}

TEST_F(AllocateCommands, ASkuThatIsNotUsed_IsSaid_InADryRunToo) {
  allocation().set_message("line 'line-1' does not go by SKU 'OLD': it is not in uk-fba");
  std::vector<std::string> command = {"orders", "allocate", "026-1", "--location", "uk-fba", "--sku", "MUG=OLD"};
  EXPECT_THAT(world.Run(command).out, HasSubstr("does not go by SKU 'OLD': it is not in uk-fba"));
  command.emplace_back("--dry-run");
  EXPECT_THAT(world.Run(command).out, HasSubstr("does not go by SKU 'OLD': it is not in uk-fba"));
}

TEST_F(AllocateCommands, ADryRun_SaysWhatWouldBe) {
  const CliResult result = world.Run({"orders", "allocate", "1", "--location", "uk-fba", "--dry-run"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("would allocate 1 to uk-fba"));
  EXPECT_THAT(result.out, Not(HasSubstr("quayside orders allocations")));
  EXPECT_TRUE(host.ledger.All<v1::AllocateOrderRequest>()[0].validate_only());
}

TEST_F(AllocateCommands, Mistakes_AreSaid_AndNothingIsSent) {
  EXPECT_EQ(world.Run({"orders", "allocate", "1"}).exit_code, 2) << "no location";
  for (const char* sku : {"MUG", "=X", "MUG=", "CUP=X", "LAMP=X"}) {
    const CliResult result = world.Run({"orders", "allocate", "1", "--location", "uk-fba", "--sku", sku});
    EXPECT_EQ(result.exit_code, 2) << sku;
    EXPECT_THAT(result.err, HasSubstr("--sku")) << sku;
  }
  EXPECT_EQ(world.Run({"orders", "allocations", "1", "--state", "failed"}).exit_code, 2);
  EXPECT_EQ(world.Run({"orders", "allocations", "--state", "lost"}).exit_code, 2);
  EXPECT_THAT(host.ledger.All<v1::AllocateOrderRequest>(), SizeIs(0));
  EXPECT_THAT(host.ledger.All<v1::ListAllocationsRequest>(), SizeIs(0));
}

TEST_F(AllocateCommands, TakeBack_SaysWhetherTheWarehouseIsAsked) {
  allocation().set_state(v1::ALLOCATION_STATE_CANCELLED);
  EXPECT_EQ(world.Run({"orders", "take-back", "026-1"}).out, "took back 1\n") << "it had not been sent";
  allocation().set_state(v1::ALLOCATION_STATE_CANCELLING);
  EXPECT_EQ(world.Run({"orders", "take-back", "1"}).out, "the warehouse is asked for 1\n");
  EXPECT_EQ(world.Run({"orders", "take-back", "1", "--dry-run"}).out, "would ask the warehouse for 1\n");
  const auto requests = host.ledger.All<v1::TakeBackOrderRequest>();
  ASSERT_THAT(requests, SizeIs(3));
  EXPECT_EQ(requests[0].name(), "orders/1");
  EXPECT_TRUE(requests[2].validate_only());
}

TEST_F(AllocateCommands, Allocations_ShowStateProgressAndWhy) {
  allocation().set_state(v1::ALLOCATION_STATE_ACCEPTED);
  allocation().set_delayed(true);
  allocation().mutable_lines(0)->set_quantity_shipped(1);
  allocation().set_warehouse_status("PLANNING");
  allocation().set_reason("NOT_CANCELLABLE");
  allocation().set_message("the warehouse does not give it back");
  const CliResult result = world.Run({"orders", "allocations", "026-1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const char* text : {"uk-fba", "accepted, delayed", "1/2 MUG-FBA", "PLANNING", "[NOT_CANCELLABLE]"})
    EXPECT_THAT(result.out, HasSubstr(text));
  EXPECT_EQ(host.ledger.All<v1::ListAllocationsRequest>()[0].parent(), "orders/1");
}

TEST_F(AllocateCommands, WithoutAnOrder_ThoseThatFailedAreShown_OrThoseInAState) {
  host.data.allocations.clear();
  EXPECT_THAT(world.Run({"orders", "allocations"}).out, HasSubstr("No order is like that"));
  EXPECT_EQ(world.Run({"orders", "allocations", "--state", "cancelling"}).exit_code, 0);
  const auto requests = host.ledger.All<v1::ListAllocationsRequest>();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[0].parent(), "orders/-");
  EXPECT_EQ(requests[0].state(), v1::ALLOCATION_STATE_FAILED);
  EXPECT_EQ(requests[1].state(), v1::ALLOCATION_STATE_CANCELLING);
}

}  // namespace
}  // namespace quayside::cli
