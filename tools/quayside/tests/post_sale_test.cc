// quayside orders cancel, refund, post-sale.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/quayside/money.h"
#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class PostSaleCommands : public testing::Test {
 protected:
  PostSaleCommands() {
    v1::Order& order = host.data.orders.emplace_back();
    order.set_name("orders/1");
    order.set_external_id("026-1");
    for (const char* sku : {"MUG", "LAMP"}) {
      v1::OrderLine& line = *order.add_lines();
      line.set_external_id("line-" + std::to_string(order.lines_size()));
      line.set_sku(sku);
      line.mutable_unit_price()->set_currency_code("GBP");
    }
    v1::PostSaleAction& action = host.data.post_sale_actions.emplace_back();
    action.set_name("orders/1/postSaleActions/1");
    action.set_number(1);
    action.set_state(v1::POST_SALE_STATE_WAITING);
    action.set_cancel_reason(v1::CANCEL_REASON_NO_INVENTORY);
    action.add_cancel_lines()->set_line("line-1");
    action.mutable_cancel_lines(0)->set_quantity(2);
  }
  v1::PostSaleAction& action() { return host.data.post_sale_actions[0]; }

  CliWorld world;
  FakeHost host{world.socket()};
};

TEST_F(PostSaleCommands, Cancel_NamesLinesAndReason) {
  const CliResult result =
      world.Run({"orders", "cancel", "026-1", "--reason", "no-inventory", "--line", "MUG=2", "--dry-run"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("would ask the marketplace to cancel 2 x MUG of 1: no inventory"));
  const auto requests = host.ledger.All<v1::CancelOrderRequest>();
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].name(), "orders/1");
  EXPECT_EQ(requests[0].reason(), v1::CANCEL_REASON_NO_INVENTORY);
  EXPECT_EQ(requests[0].lines(0).line(), "line-1");
  EXPECT_EQ(requests[0].lines(0).quantity(), 2);
  EXPECT_TRUE(requests[0].validate_only());
}

TEST_F(PostSaleCommands, Refund_GathersTheAmountsOfALine) {
  action().clear_cancel_lines();
  v1::RefundLine& line = *action().add_refund_lines();
  line.set_line("line-1");
  v1::RefundAmount& amount = *line.add_amounts();
  amount.set_component(v1::REFUND_COMPONENT_SHIPPING);
  amount.mutable_amount()->set_units(3);
  const CliResult result = world.Run({"orders", "refund", "1", "--reason", "customer-return", "--line", "MUG=12.5",
                                      "--shipping", "MUG=3", "--units", "MUG=1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("MUG shipping 3.00"));
  const auto requests = host.ledger.All<v1::RefundOrderRequest>();
  ASSERT_THAT(requests, SizeIs(1));
  ASSERT_EQ(requests[0].lines_size(), 1);
  EXPECT_EQ(requests[0].lines(0).quantity(), 1);
  ASSERT_EQ(requests[0].lines(0).amounts_size(), 2);
  EXPECT_EQ(requests[0].lines(0).amounts(0).amount().currency_code(), "GBP");
  EXPECT_EQ(requests[0].lines(0).amounts(0).amount().nanos(), 500'000'000);
  EXPECT_EQ(requests[0].lines(0).amounts(1).component(), v1::REFUND_COMPONENT_SHIPPING);
}

TEST_F(PostSaleCommands, Mistakes_AreSaid_AndNothingIsSent) {
  EXPECT_EQ(world.Run({"orders", "cancel", "1"}).exit_code, 2);
  EXPECT_EQ(world.Run({"orders", "cancel", "1", "--reason", "bored"}).exit_code, 2);
  EXPECT_EQ(world.Run({"orders", "refund", "1", "--reason", "other"}).exit_code, 2);
  for (const char* line : {"MUG", "MUG=", "MUG=x", "MUG=1.", "MUG=-1", "MUG=1.1234567891", "CUP=1"})
    EXPECT_EQ(world.Run({"orders", "refund", "1", "--reason", "other", "--line", line}).exit_code, 2) << line;
  EXPECT_EQ(world.Run({"orders", "post-sale", "settle", "1", "1"}).exit_code, 2);
  EXPECT_EQ(world.Run({"orders", "post-sale", "settle", "1", "1", "--done", "--not-done"}).exit_code, 2);
  EXPECT_THAT(host.ledger.All<v1::CancelOrderRequest>(), SizeIs(0));
  EXPECT_THAT(host.ledger.All<v1::RefundOrderRequest>(), SizeIs(0));
}

TEST_F(PostSaleCommands, ShowsStateHistoryAndWhatToDo) {
  action().set_state(v1::POST_SALE_STATE_UNCLEAR);
  action().set_reason("UNCLEAR");
  action().set_message("the report does not say");
  action().add_notes()->set_state(v1::POST_SALE_STATE_SENDING);
  const CliResult result = world.Run({"orders", "post-sale", "1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("2 x MUG"));
  EXPECT_THAT(result.out, HasSubstr("the report does not say [UNCLEAR]"));
  EXPECT_THAT(result.out, HasSubstr("sending"));
  EXPECT_THAT(result.out, HasSubstr("quayside orders post-sale settle 1 1 --done"));
  EXPECT_EQ(world.Run({"orders", "post-sale", "--state", "unclear"}).exit_code, 0);
  EXPECT_EQ(host.ledger.All<v1::ListPostSaleActionsRequest>()[1].state(), v1::POST_SALE_STATE_UNCLEAR);
}

TEST_F(PostSaleCommands, RetryAndSettle_NameTheAction) {
  EXPECT_EQ(world.Run({"orders", "post-sale", "retry", "026-1", "1"}).out,
            "the marketplace is asked again for cancellation 1\n");
  EXPECT_EQ(host.ledger.All<v1::RetryPostSaleActionRequest>()[0].name(), "orders/1/postSaleActions/1");
  action().set_state(v1::POST_SALE_STATE_DONE);
  EXPECT_EQ(world.Run({"orders", "post-sale", "settle", "1", "1", "--done"}).out, "cancellation 1 is done\n");
  EXPECT_TRUE(host.ledger.All<v1::SettlePostSaleActionRequest>()[0].done());
}

TEST(ParseMoneyTest, IsExact) {
  EXPECT_EQ(ParseMoney("12", "GBP")->units(), 12);
  EXPECT_EQ(ParseMoney("0.000000001", "GBP")->nanos(), 1);
  for (const char* wrong : {"", ".5", "1.", "1,5", "+1", "1e3", "0.0000000001", "1234567890123456"})
    EXPECT_FALSE(ParseMoney(wrong, "GBP").has_value()) << wrong;
}

}  // namespace
}  // namespace quayside::cli
