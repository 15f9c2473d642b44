#include "tools/quayside/commands/sync_budgets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/text_format.h"
#include "google/protobuf/util/json_util.h"
#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

// Now is 2024-11-23 10:00:00Z = 1732356000.
constexpr char kQuantities[] = R"pb(
  account: "accounts/main"
  operation: "patchListingsItem"
  rate_per_second: 5
  burst: 5
  share: 1
  left: 0.4
  next_call_time { seconds: 1732356000 nanos: 600000000 }
  used_by { lane: "lanes/main.inventory" calls_last_minute: 290 calls_last_hour: 17000 }
  used_by { calls_last_minute: 1 calls_last_hour: 2 }
  backlog {
    lane: "lanes/main.inventory"
    lane_state: LANE_STATE_RUNNING
    waiting: 12345
    undecided: 1
    done_time { seconds: 1732358469 }
  }
)pb";
constexpr char kOrders[] = R"pb(
  account: "accounts/main"
  operation: "searchOrders"
  rate_per_second: 0.0056
  burst: 20
  share: 0.8199
  left: 13.7
  shared_since_time { seconds: 1732348800 }
  last_refused_time { seconds: 1732355820 }
  refused_last_hour: 3
  used_by { lane: "lanes/main.orders" calls_last_hour: 15 }
)pb";

class SyncBudgetsTest : public testing::Test {
 protected:
  v1::RateBudget& Add(const std::string& text) {
    v1::RateBudget& budget = host_.data.budgets.emplace_back();
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &budget));
    return budget;
  }
  std::string Out(const std::vector<std::string>& arguments = {"sync", "budgets"}) {
    const CliResult result = world_.Run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }

  CliWorld world_;
  FakeHost host_{world_.socket()};
};

TEST_F(SyncBudgetsTest, SaysWhatIsLeft_ByWhomItIsUsed_AndWhenTheBacklogIsDone) {
  Add(kQuantities);
  Add(kOrders);
  EXPECT_EQ(
      Out(),
      "ACCOUNT  OPERATION          LEFT  OF        RATE  SHARE  NEXT CALL              CALLS/MIN  LAST HOUR BY\n"
      "main     patchListingsItem     0   5         5/s    all  in 600 ms (10:00:00Z)        291  main.inventory "
      "17000, "
      "no lane 2\n"
      "main     searchOrders         13  20  1 in 179 s   81 %  now                            0  main.orders 15\n"
      "main patchListingsItem: 12345 quantities wait, 1 more is being worked out; done about in 41 min (10:41:09Z)\n"
      "main searchOrders: another program seems to use this allowance since 2 h ago (08:00:00Z); last refused 3 min "
      "ago "
      "(09:57:00Z), 3 in the last hour. 81 % of it is taken; more by itself once the other asks for less\n");
}

TEST_F(SyncBudgetsTest, ABacklogThatNobodySends_SaysWhatToDo) {
  v1::RateBudgetBacklog& backlog = *Add(kQuantities).mutable_backlog();
  backlog.clear_done_time();
  backlog.set_lane_state(v1::LANE_STATE_PAUSED);
  EXPECT_THAT(Out(),
              HasSubstr("; main.inventory is paused and sends nothing until: quayside sync resume main.inventory\n"));
  backlog.set_lane_state(v1::LANE_STATE_NEEDS_OPERATOR);
  EXPECT_THAT(Out(), HasSubstr("; main.inventory (needs operator) sends nothing; quayside sync status says why\n"));
}

TEST_F(SyncBudgetsTest, DocumentsInWork_AreTold) {
  v1::RateBudgetBacklog& backlog = *Add(kQuantities).mutable_backlog();
  backlog.clear_undecided();
  backlog.set_waiting(1);
  backlog.set_documents(2);
  backlog.set_in_documents(9000);
  backlog.set_more(true);
  EXPECT_THAT(Out(),
              HasSubstr("main patchListingsItem: at least 1 quantity waits, 2 documents with 9000 quantities are "
                        "in work; done not before in 41 min (10:41:09Z)\n"));
}

TEST_F(SyncBudgetsTest, WithoutABacklog_NothingIsSaidOfIt) {
  Add(kQuantities).mutable_backlog()->Clear();
  EXPECT_THAT(Out(), Not(HasSubstr("done")));
}

TEST_F(SyncBudgetsTest, AsksForTheAccount_AndReadsAllPages) {
  for (int i = 0; i < 1500; ++i) Add(kOrders).set_operation("op" + std::to_string(i));
  EXPECT_THAT(Out({"sync", "budgets", "main"}), HasSubstr("op1499"));
  EXPECT_THAT(Out({"sync", "budgets", "accounts/main", "--limit", "2"}), Not(HasSubstr("op2 ")));
  for (const auto& request : host_.ledger.All<v1::ListRateBudgetsRequest>())
    EXPECT_EQ(request.account(), "accounts/main");
}

TEST_F(SyncBudgetsTest, Json_IsTheAnswer) {
  Add(kQuantities);
  v1::ListRateBudgetsResponse read;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(Out({"sync", "budgets", "--json"}), &read).ok());
  ASSERT_EQ(read.rate_budgets_size(), 1);
  EXPECT_EQ(read.rate_budgets(0).SerializeAsString(), host_.data.budgets[0].SerializeAsString());
}

TEST_F(SyncBudgetsTest, WithoutAny_SaysWhereTheyComeFrom) {
  EXPECT_EQ(Out(), "There is no allowance yet: they come with accounts. Add one: quayside account add\n");
}

TEST(FormatRateTest, IsReadAtAnySpeed) {
  EXPECT_EQ(FormatRate(5), "5/s");
  EXPECT_EQ(FormatRate(12.34), "12.3/s");
  EXPECT_EQ(FormatRate(0.5), "1 in 2 s");
  EXPECT_EQ(FormatRate(0.0056), "1 in 179 s");
  EXPECT_EQ(FormatRate(1.0 / 86'400), "1 in 24 h");
}

}  // namespace
}  // namespace quayside::cli
