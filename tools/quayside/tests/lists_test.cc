// Lists narrowed by time and more, and turned around: what is typed, and what the host is asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tools/quayside/commands/list_range.h"
#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kWorldNow = 1'732'356'000;  // CliWorld's, 2024-11-23 10:00:00Z
constexpr std::int64_t kWorldToday = kWorldNow - 10 * 3600;

TEST(ListRangeTest, MomentsAreDaysTimesAndAges) {
  const absl::Time now = absl::FromUnixSeconds(kWorldNow);
  const auto seconds = [&](const std::string& text) -> std::int64_t {
    const auto moment = ParseMoment(text, now);
    return moment.ok() ? absl::ToUnixSeconds(*moment) : -1;
  };
  EXPECT_EQ(seconds("2024-11-23"), kWorldToday);
  EXPECT_EQ(seconds("2024-11-23T10:00:00Z"), kWorldNow);
  EXPECT_EQ(seconds("2024-11-23T11:00:00+01:00"), kWorldNow);
  EXPECT_EQ(seconds("90m"), kWorldNow - 90 * 60);
  EXPECT_EQ(seconds("7d"), kWorldNow - 7 * 86'400);
  for (const char* wrong : {"", "yesterday", "-1h", "-2d", "2024-13-01", "d", "7 days"})
    EXPECT_EQ(seconds(wrong), -1) << wrong;
}

class ListsTest : public testing::Test {
 protected:
  void Run(const std::vector<std::string>& arguments, int exit_code = 0) {
    const CliResult result = world_.Run(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    if (exit_code != 0) {
      EXPECT_THAT(result.err, HasSubstr("must look like"));
    }
  }
  template <class Request>
  Request Asked() {
    const auto asked = host_.ledger.All<Request>();
    EXPECT_FALSE(asked.empty());
    return asked.empty() ? Request() : asked.back();
  }
  CliWorld world_;
  FakeHost host_{world_.socket()};
};

TEST_F(ListsTest, Orders) {
  Run({"orders", "list", "--since", "2024-11-23", "--before", "30m", "--oldest-first"});
  const auto asked = Asked<v1::ListOrdersRequest>();
  EXPECT_EQ(asked.filter().receive_time().start_time().seconds(), kWorldToday);
  EXPECT_EQ(asked.filter().receive_time().end_time().seconds(), kWorldNow - 1800);
  EXPECT_EQ(asked.order_by(), "receive_time");
  Run({"orders", "list"});
  EXPECT_FALSE(Asked<v1::ListOrdersRequest>().filter().has_receive_time());
  EXPECT_EQ(Asked<v1::ListOrdersRequest>().order_by(), "");
  Run({"orders", "list", "--since", "yesterday"}, 2);
}

TEST_F(ListsTest, LettersAuditAndEvents) {
  Run({"deadletters", "list", "--all", "--since", "7d", "--oldest-first"});
  EXPECT_EQ(Asked<v1::ListDeadLettersRequest>().filter().create_time().start_time().seconds(), kWorldNow - 7 * 86'400);
  EXPECT_EQ(Asked<v1::ListDeadLettersRequest>().order_by(), "create_time");
  Run({"audit", "list", "--action", "A.B", "--outcome", "PERMISSION_DENIED", "--before", "1h", "--oldest-first"});
  const auto audit = Asked<v1::ListAuditRecordsRequest>();
  EXPECT_EQ(audit.filter().action(), "A.B");
  EXPECT_EQ(audit.filter().outcome(), "PERMISSION_DENIED");
  EXPECT_FALSE(audit.filter().time().has_start_time());
  EXPECT_EQ(audit.filter().time().end_time().seconds(), kWorldNow - 3600);
  EXPECT_EQ(audit.order_by(), "sequence");
  Run({"sync", "events", "--resource", "orders/1", "--since", "1h", "--newest-first"});
  EXPECT_EQ(Asked<v1::ListEventsRequest>().filter().resource(), "orders/1");
  EXPECT_EQ(Asked<v1::ListEventsRequest>().filter().time().start_time().seconds(), kWorldNow - 3600);
  EXPECT_EQ(Asked<v1::ListEventsRequest>().order_by(), "revision desc");
}

TEST_F(ListsTest, LanesRunsAndDocuments) {
  Run({"sync", "status", "--job", "orders", "--state", "needs-operator"});
  EXPECT_EQ(Asked<v1::ListLanesRequest>().filter().job(), "orders");
  EXPECT_EQ(Asked<v1::ListLanesRequest>().filter().state(), v1::LANE_STATE_NEEDS_OPERATOR);
  Run({"sync", "runs", "--state", "failed", "--since", "1h", "--oldest-first"});
  EXPECT_EQ(Asked<v1::ListRunsRequest>().filter().state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(Asked<v1::ListRunsRequest>().filter().start_time().start_time().seconds(), kWorldNow - 3600);
  EXPECT_EQ(Asked<v1::ListRunsRequest>().order_by(), "name");
  Run({"sync", "documents", "--state", "in-work", "--before", "1h"});
  EXPECT_EQ(Asked<v1::ListDocumentsRequest>().filter().state(), v1::DOCUMENT_STATE_IN_WORK);
  EXPECT_EQ(Asked<v1::ListDocumentsRequest>().filter().create_time().end_time().seconds(), kWorldNow - 3600);
}

TEST_F(ListsTest, Operations) {
  Run({"operation", "list", "--state", "failed", "--method", "A.B", "--about", "plugins/amazon", "--actor", "tokens/ci",
       "--since", "1h", "--oldest-first"});
  const auto asked = Asked<v1::ListOperationsRequest>();
  EXPECT_EQ(asked.filter().state(), v1::OPERATION_STATE_FAILED);
  EXPECT_EQ(asked.filter().method(), "A.B");
  EXPECT_EQ(asked.filter().subject(), "plugins/amazon");
  EXPECT_EQ(asked.filter().creator(), "tokens/ci");
  EXPECT_EQ(asked.filter().start_time().start_time().seconds(), kWorldNow - 3600);
  EXPECT_EQ(asked.order_by(), "start_time");
  Run({"operation", "list"});
  EXPECT_FALSE(Asked<v1::ListOperationsRequest>().filter().has_start_time());
  EXPECT_EQ(Asked<v1::ListOperationsRequest>().order_by(), "");
}

TEST_F(ListsTest, WorkOfAllOrders) {
  Run({"orders", "despatches", "--channel", "uk", "--account", "main", "--since", "1h", "--oldest-first"});
  const auto packages = Asked<v1::ListDespatchesRequest>();
  EXPECT_EQ(packages.filter().channel(), "channels/uk");
  EXPECT_EQ(packages.account(), "accounts/main");
  EXPECT_EQ(packages.filter().create_time().start_time().seconds(), kWorldNow - 3600);
  EXPECT_EQ(packages.order_by(), "create_time");
  Run({"orders", "post-sale", "--channel", "uk", "--before", "1h"});
  EXPECT_EQ(Asked<v1::ListPostSaleActionsRequest>().filter().channel(), "channels/uk");
  EXPECT_EQ(Asked<v1::ListPostSaleActionsRequest>().filter().create_time().end_time().seconds(), kWorldNow - 3600);
  Run({"orders", "allocations", "--location", "uk-fba", "--account", "main", "--oldest-first"});
  EXPECT_EQ(Asked<v1::ListAllocationsRequest>().filter().location(), "locations/uk-fba");
  EXPECT_EQ(Asked<v1::ListAllocationsRequest>().filter().account(), "accounts/main");
  EXPECT_EQ(Asked<v1::ListAllocationsRequest>().order_by(), "create_time");
}

TEST_F(ListsTest, ChannelsAccountsAndRowsBySku) {
  Run({"channel", "list", "--state", "disabled", "--marketplace", "M"});
  EXPECT_TRUE(Asked<v1::ListChannelsRequest>().filter().has_enabled());
  EXPECT_FALSE(Asked<v1::ListChannelsRequest>().filter().enabled());
  EXPECT_EQ(Asked<v1::ListChannelsRequest>().filter().marketplace(), "M");
  Run({"channel", "list"});
  EXPECT_FALSE(Asked<v1::ListChannelsRequest>().filter().has_enabled());
  Run({"account", "list", "--plugin", "amazon"});
  EXPECT_EQ(Asked<v1::ListAccountsRequest>().filter().plugin(), "plugins/amazon");
  Run({"stock", "list", "--reverse"});
  EXPECT_EQ(Asked<v1::ListItemsRequest>().order_by(), "sku desc");
  Run({"stock", "locations", "centre", "uk-fba", "--prefix", "A", "--reverse"});
  EXPECT_EQ(Asked<v1::ListCentreStockRequest>().filter().sku_prefix(), "A");
  EXPECT_EQ(Asked<v1::ListCentreStockRequest>().order_by(), "sku desc");
  Run({"listings", "list", "uk", "--reverse"});
  EXPECT_EQ(Asked<v1::ListListingsRequest>().order_by(), "sku desc");
  Run({"channel", "shipping", "uk", "--unmapped"});
  EXPECT_TRUE(Asked<v1::ListShippingMappingsRequest>().filter().only_unmapped());
}

TEST_F(ListsTest, NarrowedByWhatIsShown) {
  Run({"stock", "list", "--search", "anch"});
  EXPECT_EQ(Asked<v1::ListItemsRequest>().filter().search(), "anch");
  Run({"stock", "list"});
  EXPECT_FALSE(Asked<v1::ListItemsRequest>().has_filter());
  Run({"stock", "locations", "--search", "roof"});
  EXPECT_EQ(Asked<v1::ListLocationsRequest>().filter().search(), "roof");
  host_.data.items.emplace_back().set_sku("ANCHOR");
  Run({"stock", "reservations", "ANCHOR", "--location", "shed"});
  EXPECT_EQ(Asked<v1::ListReservationsRequest>().filter().location(), "locations/shed");
  Run({"plugin", "list", "--search", "ama"});
  EXPECT_EQ(Asked<v1::ListPluginsRequest>().filter().search(), "ama");
  Run({"channel", "shipping", "methods", "--search", "dhl"});
  EXPECT_EQ(Asked<v1::ListPostalMethodsRequest>().filter().search(), "dhl");
  Run({"sync", "budgets", "--operation", "getOrders", "--shared"});
  EXPECT_EQ(Asked<v1::ListRateBudgetsRequest>().filter().operation(), "getOrders");
  EXPECT_TRUE(Asked<v1::ListRateBudgetsRequest>().filter().shared());
  Run({"token", "list", "--role", "channel-admin", "--usable"});
  EXPECT_EQ(Asked<v1::ListTokensRequest>().filter().role(), v1::ROLE_CHANNEL_ADMIN);
  EXPECT_TRUE(Asked<v1::ListTokensRequest>().filter().usable());
}

TEST_F(ListsTest, NarrowedByTime) {
  Run({"sync", "drift", "uk", "--prefix", "A", "--since", "1h"});
  EXPECT_EQ(Asked<v1::ListDriftsRequest>().filter().sku_prefix(), "A");
  EXPECT_EQ(Asked<v1::ListDriftsRequest>().filter().find_time().start_time().seconds(), kWorldNow - 3600);
  Run({"channel", "history", "uk", "--by", "tokens/t", "--before", "1h"});
  EXPECT_EQ(Asked<v1::ListChannelRevisionsRequest>().filter().changed_by(), "tokens/t");
  EXPECT_EQ(Asked<v1::ListChannelRevisionsRequest>().filter().change_time().end_time().seconds(), kWorldNow - 3600);
  v1::Order& order = host_.data.orders.emplace_back();
  order.set_name("orders/o1");
  Run({"orders", "history", "o1", "--type", "refund.", "--since", "1h"});
  EXPECT_EQ(Asked<v1::ListOrderHistoryRequest>().filter().type_prefix(), "refund.");
  EXPECT_EQ(Asked<v1::ListOrderHistoryRequest>().filter().time().start_time().seconds(), kWorldNow - 3600);
  Run({"backup", "list", "--since", "2024-11-23"});
  EXPECT_EQ(Asked<v1::ListBackupsRequest>().filter().create_time().start_time().seconds(), kWorldToday);
}

}  // namespace
}  // namespace quayside::cli
