// quayside orders recover, export, erase; quayside sync checkpoint.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class OrderPersonalCommands : public testing::Test {
 protected:
  OrderPersonalCommands() {
    v1::Order& order = host_.data.orders.emplace_back();
    order.set_name("orders/1");
    order.set_external_id("026-1");
    order.set_state(v1::ORDER_STATE_OPEN);
    host_.data.exported.set_external_id("026-1");
    v1::PersonalField& field = *host_.data.exported.add_fields();
    field.set_path("buyer.email");
    field.set_value("bea@example.com");
    host_.data.checkpoint_before.set_seconds(1'700'000'000);  // 2023-11-14T22:13:20Z
  }
  std::string Run(const std::vector<std::string>& arguments, int exit_code = 0) {
    const CliResult result = world_.Run(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    return result.out;
  }

  CliWorld world_;
  FakeHost host_{world_.socket()};
};

TEST_F(OrderPersonalCommands, Recover_SaysWhatBecameOfIt) {
  host_.data.recovered.set_outcome(v1::ORDER_RECOVERY_RECEIVED);
  host_.data.recovered.set_order("orders/1");
  EXPECT_EQ(Run({"orders", "recover", "uk", "026-1"}), "026-1: it was not known, and is now (orders/1)\n");
  const auto asked = host_.ledger.All<v1::RecoverOrderRequest>();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].channel(), "channels/uk");
  EXPECT_EQ(asked[0].external_id(), "026-1");
  host_.data.recovered.set_outcome(v1::ORDER_RECOVERY_UNREADABLE);
  host_.data.recovered.set_dead_letter("deadLetters/7");
  host_.data.recovered.set_problem("no status");
  const std::string out = Run({"orders", "recover", "uk", "026-1", "--dry-run"});
  EXPECT_THAT(out, HasSubstr("no status"));
  EXPECT_THAT(out, HasSubstr("quayside deadletters show 7"));
  EXPECT_TRUE(host_.ledger.All<v1::RecoverOrderRequest>()[1].validate_only());
}

TEST_F(OrderPersonalCommands, Export_IsOfAnOrderOrOfABuyer) {
  EXPECT_THAT(Run({"orders", "export", "026-1"}), HasSubstr("bea@example.com"));
  EXPECT_THAT(Run({"orders", "export", "--buyer", "bea@example.com"}), HasSubstr("buyer.email"));
  EXPECT_THAT(host_.ledger.All<v1::ExportPersonalDataRequest>(), SizeIs(2));
  EXPECT_EQ(host_.ledger.All<v1::ListOrdersOfBuyerRequest>()[0].buyer_email(), "bea@example.com");
  Run({"orders", "export"}, 2);
  Run({"orders", "export", "026-1", "--buyer", "bea@example.com"}, 2);
}

TEST_F(OrderPersonalCommands, Erase_TakesTheChannelsId) {
  EXPECT_EQ(Run({"orders", "erase", "026-1", "--yes"}), "erased the personal data of orders/1 (026-1)\n");
  EXPECT_EQ(host_.ledger.All<v1::ErasePersonalDataRequest>()[0].name(), "orders/1");
}

TEST_F(OrderPersonalCommands, Checkpoint_IsShown_SetBack_AndForwardWithAWord) {
  v1::Lane& lane = host_.data.lanes.emplace_back();
  lane.set_name("lanes/main.orders");
  lane.mutable_backfill()->set_orders(12);
  EXPECT_THAT(Run({"sync", "checkpoint", "main.orders"}), HasSubstr("12"));
  EXPECT_THAT(
      Run({"sync", "checkpoint", "main.orders", "2023-11-01T00:00:00Z"}),
      HasSubstr("read again in lanes/main.orders: what changed between 2023-11-01 00:00:00Z and 2023-11-14 22:13:20Z"));
  EXPECT_THAT(Run({"sync", "checkpoint", "main.orders", "2023-11-20T00:00:00Z", "--skip-orders", "--yes"}),
              HasSubstr("skipped in lanes/main.orders"));
  const auto asked = host_.ledger.All<v1::SetCheckpointRequest>();
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_FALSE(asked[0].skip_orders());
  EXPECT_TRUE(asked[1].skip_orders());
  Run({"sync", "checkpoint", "main.orders", "yesterday"}, 2);
}

}  // namespace
}  // namespace quayside::cli
