#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class PlanCommandTest : public testing::Test {
 protected:
  PlanCommandTest() {
    v1::Plan& plan = host.data.plan;
    plan.set_name("channels/uk/plans/3f2a9c0d41be");
    plan.set_channel("channels/uk");
    plan.set_hash("3f2a9c0d41be");
    plan.set_state(v1::PLAN_STATE_READY);
    plan.set_rows(2);
    plan.set_zeros(1);
    plan.set_held(1);
    plan.set_listings(40);
    plan.mutable_cost()->set_calls(2);
    plan.mutable_cost()->set_operation("patchListingsItem");
    plan.mutable_cost()->mutable_expected_duration()->set_seconds(120);
    v1::PlanRow& zero = host.data.plan_rows.emplace_back();
    zero.set_sku("A");
    zero.set_quantity_shown(9);
    zero.set_to_zero(true);
    zero.set_reason("0 available");
    v1::PlanRow& raise = host.data.plan_rows.emplace_back();
    raise.set_sku("B");
    raise.set_quantity(7);
    raise.set_reason("7 available");
    raise.set_latency_days(2);
    raise.set_held(true);
    raise.set_state(v1::PLAN_ROW_STATE_STALE);
    host.data.channel.set_name("channels/uk");
    host.data.channel.mutable_config()->set_end_when_quantity(3);
  }

  CliWorld world;
  FakeHost host{world.socket()};
};

TEST_F(PlanCommandTest, ShowsTheWrites_TheirReasons_AndWhatTheyTake) {
  const CliResult result = world.Run({"plan", "uk"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("A        9    0  0 available"));
  EXPECT_THAT(result.out, HasSubstr("stale: 7 available; 2 days to ship; waits for newer orders"));
  EXPECT_THAT(result.out, HasSubstr("2 quantities of 40 linked listings would be sent, 1 of them to zero, 1 when "
                                    "orders are newer"));
  EXPECT_THAT(result.out, HasSubstr("2 calls of patchListingsItem, about 2 min as the allowance is"));
  EXPECT_THAT(result.out, HasSubstr("send exactly these: quayside plan apply uk 3f2a9c0d41be"));
  EXPECT_FALSE(host.ledger.All<v1::PlanSyncRequest>().at(0).has_config());
}

TEST_F(PlanCommandTest, GoesOnUntilAllListingsWereLookedAt) {
  host.data.plan_in_parts = true;
  EXPECT_EQ(world.Run({"plan", "uk", "--force"}).exit_code, 0);
  const auto requests = host.ledger.All<v1::PlanSyncRequest>();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_TRUE(requests[1].force());
  EXPECT_EQ(requests[1].page_token(), "more");
}

TEST_F(PlanCommandTest, OptionsAreTried_BesideThoseThatAreSaved) {
  const CliResult result = world.Run({"plan", "uk", "--set", "max_listed_quantity=20"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("as if these options were saved"));
  const auto request = host.ledger.All<v1::PlanSyncRequest>().at(0);
  EXPECT_EQ(request.config().max_listed_quantity(), 20);
  EXPECT_EQ(request.config().end_when_quantity(), 3);
  EXPECT_TRUE(host.ledger.All<v1::UpdateChannelRequest>().empty());
}

TEST_F(PlanCommandTest, SaysSo_WhenNothingWouldBeSent) {
  host.data.plan.set_rows(0);
  host.data.plan_rows.clear();
  const CliResult result = world.Run({"plan", "uk"});
  EXPECT_EQ(result.out, "A sync of channel uk would send nothing.\n");
}

TEST_F(PlanCommandTest, Apply_GoesOnWhileThereAreMoreRows) {
  host.data.more_to_apply = true;
  const CliResult result = world.Run({"plan", "apply", "uk", "3f2a9c0d41be"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("applied plan 3f2a9c0d41be of channels/uk: 1 quantity goes out"));
  EXPECT_THAT(result.out, HasSubstr("1 row changed since the plan was shown"));
  const auto requests = host.ledger.All<v1::ApplyPlanRequest>();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[1].name(), "channels/uk/plans/3f2a9c0d41be");
  EXPECT_NE(requests[0].request_id(), requests[1].request_id());
}

TEST_F(PlanCommandTest, ADryRunOfApply_AsksOnce) {
  host.data.more_to_apply = true;
  const CliResult result = world.Run({"plan", "apply", "uk", "3f2a9c0d41be", "--dry-run"});
  EXPECT_THAT(result.out, HasSubstr("would apply plan 3f2a9c0d41be"));
  EXPECT_THAT(result.out, HasSubstr("of the first rows"));
  EXPECT_THAT(host.ledger.All<v1::ApplyPlanRequest>(), SizeIs(1));
}

TEST_F(PlanCommandTest, Forget_NamesThePlan) {
  EXPECT_THAT(world.Run({"plan", "forget", "uk", "3f2a9c0d41be"}).out, HasSubstr("forgot plan 3f2a9c0d41be"));
  EXPECT_EQ(host.ledger.All<v1::DiscardPlanRequest>().at(0).name(), "channels/uk/plans/3f2a9c0d41be");
}

TEST_F(PlanCommandTest, Json_IsThePlan_OrItsRows) {
  EXPECT_THAT(world.Run({"--json", "plan", "uk"}).out, HasSubstr("\"operation\": \"patchListingsItem\""));
  const std::string rows = world.Run({"--json", "plan", "uk", "--rows"}).out;
  EXPECT_THAT(rows, HasSubstr("\"sku\": \"B\""));
  EXPECT_THAT(rows, Not(HasSubstr("patchListingsItem")));
}

TEST_F(PlanCommandTest, WithoutAChannel_ItIsAMistake) {
  EXPECT_EQ(world.Run({"plan"}).exit_code, 2);
  EXPECT_TRUE(host.ledger.All<v1::PlanSyncRequest>().empty());
}

}  // namespace
}  // namespace quayside::cli
