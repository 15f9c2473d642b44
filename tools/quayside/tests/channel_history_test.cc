#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/text_format.h"
#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

// Now is 2024-11-23 10:00:00Z = 1732356000.
TEST(ChannelHistoryTest, EachRevision_SaysWhoWhenAndWhat_InTheUnitsOfTheCommandLine) {
  CliWorld world;
  FakeHost host(world.socket());
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        config_revision: 3
        changed_by: "local"
        change_time { seconds: 1732355990 }
        changes { option: "listed_percentage_e4" after: "333000" }
        changes { option: "utc_offset_minutes" before: "60" after: "-210" }
        changes { option: "max_listed_quantity" before: "5" })pb",
      &host.data.revisions.emplace_back()));
  const CliResult result = world.Run({"channel", "history", "uk", "--limit", "1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("revision 3  2024-11-23 09:59:50Z (10 s ago)  by local"));
  EXPECT_THAT(result.out, HasSubstr("  listed_percentage_e4: unset -> 33.3 %"));
  EXPECT_THAT(result.out, HasSubstr("  utc_offset_minutes: +1 -> -3:30"));
  EXPECT_THAT(result.out, HasSubstr("  max_listed_quantity: 5 -> unset"));
  EXPECT_EQ(host.ledger.All<v1::ListChannelRevisionsRequest>()[0].parent(), "channels/uk");
}

TEST(ChannelHistoryTest, Show_HasTheTimesOfSync_AndWarnings) {
  CliWorld world;
  FakeHost host(world.socket());
  host.data.channel.set_name("channels/uk");
  host.data.channel.set_plugin("plugins/amazon");
  host.data.channel.mutable_last_order_sync_time()->set_seconds(-62'135'596'800);
  host.data.channel.mutable_last_inventory_sync_time()->set_seconds(1732355990);
  host.data.channel.add_warnings("orders reserve elsewhere");
  const std::string out = world.Run({"channel", "show", "uk"}).out;
  EXPECT_THAT(out, testing::ContainsRegex("last order sync +never"));
  EXPECT_THAT(out, testing::ContainsRegex("plugin +plugins/amazon"));
  EXPECT_THAT(out, HasSubstr("2024-11-23 09:59:50Z (10 s ago)"));
  EXPECT_THAT(out, HasSubstr("orders reserve elsewhere"));
  EXPECT_THAT(out, Not(HasSubstr("0001-01-01")));
}

TEST(ChannelHistoryTest, List_HasAColumnForThePlugin) {
  CliWorld world;
  FakeHost host(world.socket());
  host.data.channel.set_name("channels/uk");
  host.data.channel.set_plugin("plugins/amazon");
  host.data.channel.set_account("accounts/main");
  const std::string out = world.Run({"channel", "list"}).out;
  EXPECT_THAT(out, testing::ContainsRegex("CHANNEL +NAME +PLUGIN +ACCOUNT"));
  EXPECT_THAT(out, testing::ContainsRegex("uk +amazon +main"));
}

}  // namespace
}  // namespace quayside::cli
