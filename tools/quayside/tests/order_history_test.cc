// quayside orders history.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class OrderHistoryCommand : public testing::Test {
 protected:
  OrderHistoryCommand() {
    v1::Order& order = host_.data.orders.emplace_back();
    order.set_name("orders/o1");
    order.set_external_id("026-1");
  }
  v1::OrderHistoryEntry& Add(const std::string& type, const std::string& resource) {
    v1::OrderHistoryEntry& entry = host_.data.history.emplace_back();
    entry.mutable_time()->set_seconds(1'700'000'000 + static_cast<int64_t>(host_.data.history.size()));
    entry.set_type(type);
    entry.set_resource(resource);
    return entry;
  }

  CliWorld world_;
  FakeHost host_{world_.socket()};
};

TEST_F(OrderHistoryCommand, TellsWhatOfWhat_AndWhoOrWhy) {
  auto& received = Add("order.received", "orders/o1");
  (*received.mutable_attributes())["status"] = "Unshipped";
  (*received.mutable_attributes())["account"] = "main";
  (*received.mutable_attributes())["trace_id"] = "0af7";
  Add("OrderService.DespatchOrder", "orders/o1").set_actor("tokens/shop");
  auto& failed = Add("despatch.failed", "orders/o1/despatches/1");
  failed.set_reason("CARRIER_UNKNOWN");
  failed.set_message("no such carrier");
  for (const char* id : {"o1", "orders/o1", "026-1"}) {
    const CliResult result = world_.Run({"orders", "history", id});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("order.received                            status=Unshipped\n")) << id;
    EXPECT_THAT(result.out, HasSubstr("OrderService.DespatchOrder                by tokens/shop\n")) << id;
    EXPECT_THAT(result.out, HasSubstr("despatch.failed             despatches/1  no such carrier [CARRIER_UNKNOWN]\n"))
        << id;
    EXPECT_THAT(result.out, Not(HasSubstr("0af7"))) << id;
  }
}

TEST_F(OrderHistoryCommand, ReadsAsManyPagesAsItIsAskedFor) {
  for (int i = 0; i < 1500; ++i) Add("order.updated", "orders/o1");
  EXPECT_THAT(world_.Run({"orders", "history", "o1", "--limit", "3"}).out, HasSubstr("... the first 3"));
  EXPECT_THAT(world_.Run({"orders", "history", "o1"}).out, Not(HasSubstr("...")));
  EXPECT_EQ(host_.ledger.All<v1::ListOrderHistoryRequest>().size(), 1U + 2U);
}

TEST_F(OrderHistoryCommand, OfNoOrder_Fails) {
  const CliResult result = world_.Run({"orders", "history", "027"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("[ORDER_NOT_FOUND]"));
}

}  // namespace
}  // namespace quayside::cli
