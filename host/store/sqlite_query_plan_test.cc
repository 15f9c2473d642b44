// Every query of store.h finds its rows by an index: no statement may walk a whole table or sort, except where that is
// meant.
#include <sqlite3.h>

#include <string>
#include <vector>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/store/schema.h"
#include "host/store/sqlite_connection.h"
#include "host/store/sqlite_test_support.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

// Runs the queries on a connection of its own and then asks each of its statements how it worked.
class QueryPlans : public testing::Test {
 protected:
  QueryPlans() {
    std::filesystem::create_directory(folder_.data());
    WriteFile(folder_.database(), {});
    db_ = SqliteConnection::Open(folder_.database(), SqliteConnection::Role::kWriter).value();
    if (!db_->SetUp().ok() || !MigrateSchema(*db_).ok()) throw std::runtime_error("no schema");
    if (!db_->Exec("BEGIN").ok() || !Fill().ok()) throw std::runtime_error("no rows");
  }

  absl::Status Fill() {
    SqliteTx tx(*db_);
    for (const char* account : {"acc-1", "acc-2", "acc-3"}) {
      QS_RETURN_IF_ERROR(tx.PutAccount({.id = account, .plugin_id = "mine"}));
    }
    for (int64_t n = 1; n <= 300; ++n) {
      OrderRecord order = sample::Order(n, n % 2 == 0 ? "acc-1" : "acc-2");
      order.state = n % 5 == 0 ? OrderState::kHeld : OrderState::kOpen;
      order.unlinked_lines = n % 7 == 0 ? 1 : 0;
      order.personal_erased = n % 2 == 0;
      QS_RETURN_IF_ERROR(tx.PutOrder(order, {sample::Line(sample::Id("S", n), 1, n % 2)}));
      QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-1", sample::Id("S", n), n % 2 == 0 ? n : 0)));
      TargetRecord target = sample::Target(sample::Id("S", n), static_cast<TargetState>(n % 10), 1, n, n);
      if (target.state == TargetState::kDirty) target.braked_batch = 0;
      QS_RETURN_IF_ERROR(tx.PutTarget(target));
      QS_RETURN_IF_ERROR(tx.PutItem({.id = n, .sku = sample::Id("S", n)}));
      QS_RETURN_IF_ERROR(tx.PutIntent(sample::Intent(n, static_cast<IntentState>(1 + n % 8))));
      QS_RETURN_IF_ERROR(tx.PutBulk(sample::Bulk(n, static_cast<BulkState>(1 + n % 8))));
      DespatchRecord package = sample::Despatch(n, n / 2, static_cast<int32_t>(1 + n % 2));
      package.state = static_cast<DespatchState>(1 + n % 9);
      QS_RETURN_IF_ERROR(tx.PutDespatch(package));
      QS_RETURN_IF_ERROR(tx.AddDespatchNote({.despatch_id = n}));
      PostSaleRecord action = sample::PostSale(n, n / 2, static_cast<int32_t>(1 + n % 2));
      action.state = static_cast<PostSaleState>(1 + n % 8);
      action.sent_us = n;
      QS_RETURN_IF_ERROR(tx.PutPostSale(action));
      QS_RETURN_IF_ERROR(tx.AddPostSaleNote({.post_sale_id = n}));
      OutboundRecord outbound = sample::Outbound(n, n / 2, static_cast<int32_t>(1 + n % 2));
      outbound.phase = static_cast<OutboundPhase>(1 + n % 8);
      QS_RETURN_IF_ERROR(tx.PutOutbound(outbound));
      QS_RETURN_IF_ERROR(tx.PutCentreStock({.location_id = "uk-fba", .sku = sample::Id("S", n)}));
      QS_RETURN_IF_ERROR(tx.PutPostalMethod({.id = sample::Id("m-", n)}));
      QS_RETURN_IF_ERROR(tx.PutShippingMapping({"ch-1", sample::Id("T", n), "", sample::Id("m-", n)}));
      QS_RETURN_IF_ERROR(tx.AddShippingTag("ch-1", sample::Id("T", n)));
      QS_RETURN_IF_ERROR(tx.PutReadBack({"acc-1", sample::Id("S", n), "ch-1", 1, n}));
      QS_RETURN_IF_ERROR(tx.PutDrift({.channel_id = n % 2 == 0 ? "ch-1" : "ch-2",
                                      .sku = sample::Id("S", n),
                                      .account_id = "acc-1",
                                      .state = n % 3 == 0 ? DriftState::kConfirmed : DriftState::kSuspected}));
      QS_RETURN_IF_ERROR(tx.PutDriftCheck({.channel_id = sample::Id("ch-", n), .account_id = "acc-1"}));
      QS_RETURN_IF_ERROR(tx.PutCompleteness({.account_id = sample::Id("acc-", n)}));
      QS_RETURN_IF_ERROR(tx.PutGate({.channel_id = sample::Id("ch-", n),
                                     .account_id = "acc-1",
                                     .state = n % 3 == 0 ? GateState::kBraked : GateState::kOpen}));
      QS_RETURN_IF_ERROR(tx.PutDeadLetter(sample::DeadLetter(n, n % 2 == 0 ? "lane" : "other", sample::Id("k", n))));
      QS_RETURN_IF_ERROR(
          tx.PutRun({.id = n, .lane_id = n % 2 == 0 ? "lane" : "other", .trace_id = n % 2 == 0 ? "trace" : ""}));
      QS_RETURN_IF_ERROR(tx.PutOperation({.id = n, .subject = "host", .ended_us = n % 100 == 0 ? 0 : n}));
      QS_RETURN_IF_ERROR(tx.PutChannel(sample::Channel(n % 2 == 0 ? "acc-1" : "acc-2", n), "ann"));
      QS_RETURN_IF_ERROR(tx.PutLaneControl(sample::Lane(sample::Id("lane-", n), 1, "")));
      QS_RETURN_IF_ERROR(tx.PutRequest({.method = "M", .request_id = sample::Id("r", n), .created_us = n}));
      QS_RETURN_IF_ERROR(tx.AppendEvent({.type = "e"}).status());
      QS_RETURN_IF_ERROR(tx.AppendAudit({.actor = n % 2 == 0 ? "local" : "host",
                                         .action = n % 2 == 0 ? "a" : "b",
                                         .resource = sample::Id("r/", n % 2),
                                         .outcome = n % 3 == 0 ? "PERMISSION_DENIED" : "ok"})
                             .status());
      QS_RETURN_IF_ERROR(tx.AppendEvent({.type = "order.updated", .resource = OrderName(n % 10)}).status());
      QS_RETURN_IF_ERROR(tx.SetLevel(n, "default", 1, 1));
    }
    return tx.Finish();
  }

  // "sql: rows walked, sorts" of each statement that walked or sorted since the last call.
  std::vector<std::string> Findings() {
    std::vector<std::string> findings;
    for (sqlite3_stmt* statement = sqlite3_next_stmt(db_->raw(), nullptr); statement != nullptr;
         statement = sqlite3_next_stmt(db_->raw(), statement)) {
      const int walked = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
      const int sorts = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_SORT, 1);
      const int built = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_AUTOINDEX, 1);
      if (walked + sorts + built > 0) {
        findings.push_back(std::string(sqlite3_sql(statement)) + ": " + std::to_string(walked) + " rows walked, " +
                           std::to_string(sorts) + " sorts");
      }
    }
    return findings;
  }

  // Statements that were prepared more than once.
  std::vector<std::string> PreparedAgain() {
    std::vector<std::string> found;
    for (sqlite3_stmt* statement = sqlite3_next_stmt(db_->raw(), nullptr); statement != nullptr;
         statement = sqlite3_next_stmt(db_->raw(), statement)) {
      if (sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_REPREPARE, 1) > 0) found.push_back(sqlite3_sql(statement));
    }
    return found;
  }

  TemporaryFolder folder_;
  std::unique_ptr<SqliteConnection> db_;
};

// What SQLite means to do, step by step.
std::string PlanOf(SqliteConnection& db, const std::string& sql) {
  std::string plan;
  const std::string explain = "EXPLAIN QUERY PLAN " + sql;
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(db.raw(), explain.c_str(), -1, &statement, nullptr), SQLITE_OK) << sql;
  while (sqlite3_step(statement) == SQLITE_ROW) {
    plan.append(reinterpret_cast<const char*>(sqlite3_column_text(statement, 3))).append("; ");
  }
  sqlite3_finalize(statement);
  return plan;
}

// A bound on both sides makes the whole channel look as good to SQLite as an index of few.
TEST_F(QueryPlans, ListingsBetweenTwoSkus_AreFoundByTheirIndex) {
  SqliteTx tx(*db_);
  for (const SortOrder order : {SortOrder::kAscending, SortOrder::kDescending}) {
    for (const std::optional<Fulfilment> fulfilment :
         {std::optional<Fulfilment>(), std::optional(Fulfilment::kMerchant)}) {
      for (const std::optional<bool> linked : {std::optional<bool>(), std::optional(true), std::optional(false)}) {
        const ListingQuery query{.channel_id = "ch-1",
                                 .after_sku = "S0150",
                                 .sku_prefix = "S0",
                                 .linked = linked,
                                 .fulfilment = fulfilment,
                                 .order = order,
                                 .limit = 3};
        EXPECT_EQ(tx.ListListings(query).value().size(), 3u);
      }
    }
  }
  int checked = 0;
  for (sqlite3_stmt* statement = sqlite3_next_stmt(db_->raw(), nullptr); statement != nullptr;
       statement = sqlite3_next_stmt(db_->raw(), statement)) {
    const std::string sql = sqlite3_sql(statement);
    if (sql.find(" FROM listings") == std::string::npos || sql.find("ORDER BY sku") == std::string::npos) continue;
    ++checked;
    const std::string index = sql.find("fulfilment = ?") != std::string::npos ? "listings_by_fulfilment"
                              : sql.find("item_id = 0") != std::string::npos  ? "listings_unlinked"
                              : sql.find("item_id <> 0") != std::string::npos ? "listings_linked"
                                                                              : "PRIMARY KEY";
    EXPECT_THAT(PlanOf(*db_, sql), testing::AllOf(testing::HasSubstr(index), testing::HasSubstr("sku>? AND sku<?")));
  }
  EXPECT_EQ(checked, 12);
}

// Values that a partial index asks for, and others.
TEST_F(QueryPlans, OtherValues_PrepareNothingAnew) {
  SqliteTx tx(*db_);
  PreparedAgain();
  for (const DeadLetterState state : {DeadLetterState::kRetrying, DeadLetterState::kOpen, DeadLetterState::kRetried}) {
    EXPECT_TRUE(tx.ListDeadLetters({.lane_id = "lane", .state = state, .limit = 3}).ok());
    EXPECT_TRUE(tx.CountDeadLetters("lane", state).ok());
  }
  for (const IntentState state : {IntentState::kAccepted, IntentState::kInBulk, IntentState::kDone}) {
    EXPECT_TRUE(tx.ListIntents("acc-1", {state}, 3).ok());
  }
  for (const int64_t item : {0, 1, 2}) EXPECT_TRUE(tx.MarkTargetsOfItem(item, 1, 1).ok());
  EXPECT_THAT(PreparedAgain(), testing::IsEmpty());
}

TEST_F(QueryPlans, Writes_WalkNothing) { EXPECT_THAT(Findings(), testing::IsEmpty()); }

TEST_F(QueryPlans, Lookups_WalkNothing) {
  Findings();
  SqliteTx tx(*db_);
  EXPECT_TRUE(tx.FindOrder("acc-1", "ext-0002").value().has_value());
  EXPECT_TRUE(tx.GetOrder(2).ok());
  EXPECT_FALSE(tx.GetOrderLines(2).value().empty());
  EXPECT_FALSE(tx.ListUnlinkedLines("acc-1", "S0002").value().empty());
  EXPECT_TRUE(tx.FindItemBySku("S0001").value().has_value());
  EXPECT_FALSE(tx.GetLevels(1).value().empty());
  EXPECT_TRUE(tx.FindListing("ch-1", "S0001").value().has_value());
  EXPECT_EQ(tx.CountListings("ch-1").value().total, 300);
  EXPECT_FALSE(tx.ListListingsOfSku("acc-1", "S0001").value().empty());
  EXPECT_TRUE(tx.FindTarget("acc-1", "S0001").value().has_value());
  EXPECT_TRUE(tx.NextTargetTime("acc-1").value().has_value());
  EXPECT_GT(tx.CountDueTargets("acc-1", 1000, 9).value(), 0);
  EXPECT_GE(tx.CountChangedTargets("acc-1", 9).value(), 0);
  EXPECT_GE(tx.CountHeldTargets("acc-1", 9).value(), 0);
  EXPECT_TRUE(tx.NextReadBack("acc-1").value().has_value());
  EXPECT_TRUE(tx.FindGate("ch-0001").value().has_value());
  EXPECT_TRUE(tx.FindDrift("ch-1", "S0002").value().has_value());
  EXPECT_TRUE(tx.FindDriftCheck("ch-0001").value().has_value());
  EXPECT_TRUE(tx.FindCompleteness("acc-0001").value().has_value());
  EXPECT_EQ(tx.ListDrifts("ch-1", "S0002", 10).value().size(), 10u);
  EXPECT_EQ(tx.ListConfirmedDrifts("ch-1", "S0002", 10).value().size(), 10u);
  EXPECT_EQ(tx.CountConfirmedDrifts("ch-1", 20).value(), 20);
  EXPECT_FALSE(tx.FindPlan("ch-0001", "h").value().has_value());
  EXPECT_GT(tx.CountZeroing("ch-1").value(), 0);
  EXPECT_EQ(tx.CountNumbers("ch-1", 9).value(), 9);
  EXPECT_TRUE(tx.SettleIntent({.id = 1}).ok());
  EXPECT_EQ(tx.ListDespatchesOfOrder(2).value().size(), 2u);
  EXPECT_EQ(tx.ListDespatchesOfOrders({2, 3}).value().size(), 4u);
  EXPECT_EQ(tx.FindOrders({2, 3}).value().size(), 2u);
  EXPECT_EQ(tx.CountOpenDespatches("acc-1").value().size(), 4u);
  EXPECT_TRUE(tx.FindOpenDeadLetter("lane", sample::Id("k", 2)).ok());
  EXPECT_EQ(tx.ListDespatchNotes(2).value().size(), 1u);
  EXPECT_TRUE(tx.FindCentreStock("uk-fba", "S0001").value().has_value());
  EXPECT_EQ(tx.ListPostSalesOfOrder(2).value().size(), 2u);
  EXPECT_EQ(tx.FindPostSales({2, 3}).value().size(), 2u);
  EXPECT_EQ(tx.CountOpenPostSales("acc-1").value().size(), 5u);
  EXPECT_EQ(tx.ListPostSaleHandles("acc-1", 200).value().size(), 1u);
  EXPECT_EQ(tx.ListPostSaleNotes(2).value().size(), 1u);
  EXPECT_EQ(tx.ListOutboundsOfOrder(2).value().size(), 2u);
  EXPECT_EQ(tx.CountOpenOutbounds("acc-1").value().size(), 5u);
  EXPECT_TRUE(tx.GetPostalMethod("m-0002").ok());
  EXPECT_TRUE(tx.IsPostalMethodMapped("m-0002").value());
  EXPECT_TRUE(tx.FindChannel("acc-1", "M0002").value().has_value());
  EXPECT_TRUE(tx.FindRequest("M", "r0001").value().has_value());
  EXPECT_GT(tx.CountDeadLetters("lane", DeadLetterState::kOpen).value(), 0);
  EXPECT_TRUE(tx.GetDeadLetter(2).ok());
  EXPECT_TRUE(tx.PutItemProperties(1, {{"a", "b"}}).ok());
  EXPECT_EQ(tx.GetItemProperties(1).value().size(), 1u);
  EXPECT_TRUE(tx.DeleteItem(300).ok());
  EXPECT_TRUE(tx.ForceTargets({.channel_id = "ch-1", .after_sku = "S0100", .looked_at = 5}, 1).ok());
  EXPECT_TRUE(tx.TrimIntents("acc-1", sample::Intent(1, IntentState::kDone).target, 1, 1).ok());
  EXPECT_GT(tx.FirstEventRevision().value(), 0);
  EXPECT_GT(tx.LastEventRevision().value(), 0);
  EXPECT_TRUE(tx.MarkTarget("acc-1", "S0001", 1).ok());
  EXPECT_TRUE(tx.MarkTargetSold("acc-1", "S0001").ok());
  EXPECT_THAT(Findings(), testing::IsEmpty());
}

TEST_F(QueryPlans, OrderLists_WalkAndSortNothing) {
  Findings();
  SqliteTx tx(*db_);
  for (const char* account : {"", "acc-1"}) {
    for (const char* channel : {"", "ch-1"}) {
      for (const std::optional<OrderState> state : {std::optional<OrderState>(), std::optional(OrderState::kHeld)}) {
        for (const bool unlinked : {false, true}) {
          for (const int64_t before : {0, 250}) {
            const OrderQuery query{.account_id = account,
                                   .channel_id = channel,
                                   .state = state,
                                   .only_unlinked = unlinked,
                                   .before_id = before,
                                   .limit = 3};
            EXPECT_EQ(tx.ListOrders(query).value().size(), 3u);
          }
        }
      }
    }
  }
  // The newest of all orders, or of all unlinked ones, are the end of the table or of their partial index, read
  // backwards: SQLite counts that as walking, but three rows take two steps.
  for (const std::string& finding : Findings()) {
    EXPECT_THAT(finding, testing::AllOf(testing::AnyOf(testing::Not(testing::HasSubstr("WHERE")),
                                                       testing::HasSubstr("WHERE unlinked_lines > 0 ORDER")),
                                        testing::HasSubstr(" 2 rows walked, 0 sorts")));
  }
}

TEST_F(QueryPlans, OtherLists_WalkAndSortNothing) {
  Findings();
  SqliteTx tx(*db_);
  EXPECT_EQ(tx.ListChannels({.account_id = "acc-1", .after_id = "ch-0100", .limit = 3}).value().size(), 3u);
  EXPECT_EQ(tx.ListChannels({.after_id = "ch-0100", .limit = 3}).value().size(), 3u);
  EXPECT_EQ(tx.ListLanes({.account_id = "acc-1", .limit = 3}).value().size(), 3u);
  EXPECT_EQ(tx.ListLanes({.channel_id = "ch-1", .limit = 3}).value().size(), 3u);
  EXPECT_EQ(tx.ListAccountsOfPlugin("mine", "acc-0", 2).value().size(), 2u);
  EXPECT_EQ(tx.ListChannelsOfPlugin({"mine", "acc-1", "ch-0100", 3}).value().size(), 3u);
  EXPECT_EQ(tx.ListLanePlacesOfPlugin({"mine", "", "", 3}).value().size(), 3u);
  EXPECT_EQ(tx.ListRuns({.lane_id = "lane", .before_id = 200, .limit = 3}).value().size(), 3u);
  EXPECT_EQ(tx.ListRuns({.trace_id = "trace", .limit = 3}).value().size(), 3u);
  EXPECT_EQ(tx.ListRuns({.lane_id = "lane", .trace_id = "trace", .limit = 3}).value().size(), 3u);
  EXPECT_EQ(tx.ListOpenRuns("lane").value().size(), 150u);
  for (const SortOrder order : {SortOrder::kAscending, SortOrder::kDescending}) {
    EXPECT_EQ(tx.ListOperations({.order = order, .limit = 3}).value().size(), 3u);
    EXPECT_EQ(tx.ListOperations({.subject = "host", .order = order, .limit = 3}).value().size(), 3u);
  }
  EXPECT_EQ(tx.ListOperations({.state = OperationState::kRunning, .before_id = 250}).value().size(), 2u);
  EXPECT_EQ(tx.ListItems({.sku_prefix = "S00", .after_sku = "S0010", .limit = 3}).value().size(), 3u);
  for (const std::optional<bool> linked : {std::optional<bool>(), std::optional(true), std::optional(false)}) {
    EXPECT_EQ(
        tx.ListListings({.channel_id = "ch-1", .after_sku = "S0010", .linked = linked, .limit = 3}).value().size(), 3u);
    const ListingQuery query{
        .channel_id = "ch-1", .sku_prefix = "S01", .linked = linked, .fulfilment = Fulfilment::kMerchant, .limit = 3};
    EXPECT_EQ(tx.ListListings(query).value().size(), 3u);
  }
  EXPECT_EQ(tx.ListIntents("acc-1", {IntentState::kSent, IntentState::kUnknown}, 3).value().size(), 3u);
  EXPECT_FALSE(tx.ListIntentsOfTarget("acc-1", sample::Intent(1, IntentState::kDone).target, 0, 3).value().empty());
  EXPECT_EQ(tx.ListChannelRevisions("ch-0002", 0, 3).value().size(), 1u);
  EXPECT_TRUE(tx.ListReservations(1, 0, -1, 3).ok());
  EXPECT_EQ(tx.ListUnreadTargets("acc-1", 3).value().size(), 3u);
  EXPECT_EQ(tx.ListDueSkus("acc-1", 1000, 1, 3).value().size(), 3u);
  EXPECT_EQ(tx.ListBraked({.channel_id = "ch-1", .sku_prefix = "S0", .after_sku = "S0001", .limit = 3}).value().size(),
            3u);
  EXPECT_EQ(tx.ListClosedGates("acc-1").value().size(), 100u);
  EXPECT_EQ(tx.ListOpenBulks("acc-1").value().size(), 226u);
  EXPECT_EQ(tx.ListBulks({.account_id = "acc-1", .limit = 3}).value().size(), 3u);
  EXPECT_EQ(tx.ListBulks({.account_id = "acc-1", .before_id = 200, .limit = 3}).value().size(), 3u);
  EXPECT_EQ(tx.ListBulks({.before_id = 200, .limit = 3}).value().size(), 3u);
  EXPECT_EQ(tx.ListBulkItems(12, 5, 3).value().size(), 3u);
  EXPECT_EQ(tx.ListDueReadBacks("acc-1", 1000, 3).value().size(), 3u);
  EXPECT_EQ(tx.ListOpenDespatches("acc-1", DespatchState::kWaiting, 1000, 3).value().size(), 3u);
  EXPECT_EQ(tx.ListSendableDespatches("acc-1", 3).value().size(), 3u);
  for (const char* account : {"", "acc-1"}) {
    for (const int64_t before : {0, 250})
      EXPECT_EQ(tx.ListDespatches({DespatchState::kFailed, account, "", {}, SortOrder::kDescending, before, 3})
                    .value()
                    .size(),
                3u);
  }
  EXPECT_TRUE(tx.CountKeptLatencies("ch-1", 3).ok());
  EXPECT_TRUE(tx.ClearLatencies("ch-1", 1, 3).ok());
  EXPECT_TRUE(tx.ListOversellHours("acc-1", 1).ok());
  EXPECT_TRUE(tx.FindOversellHour("acc-1", "ch-1", 1).ok());
  EXPECT_TRUE(tx.CountOpenOversells("acc-1", 3).ok());
  EXPECT_TRUE(tx.TrimOversellHours("acc-1", "ch-1", 1).ok());
  EXPECT_TRUE(tx.BeginOversellsAt("acc-1", "ch-1", 1).ok());
  EXPECT_TRUE(tx.FindRuleImport("ch-1").ok());
  EXPECT_TRUE(tx.FindRuleRowLine(1, "S0001").ok());
  EXPECT_TRUE(tx.ListRuleChanges({.import_id = 1, .sku_prefix = "S0", .after_sku = "S0001"}).ok());
  EXPECT_TRUE(tx.ListRuleProblems(1, 2, "SKU", 3).ok());
  EXPECT_TRUE(tx.DeleteRuleRows(1, 3).ok());
  EXPECT_TRUE(tx.FindSyncPlan("ch-1").ok());
  EXPECT_TRUE(tx.ListSyncPlanRows({.plan_id = 1, .sku_prefix = "S0", .after_sku = "S0001"}).ok());
  EXPECT_TRUE(tx.DeleteSyncPlanRows(1, 3).ok());
  EXPECT_EQ(tx.ListCentreStock({.location_id = "uk-fba", .after_sku = "S0010", .limit = 3}).value().size(), 3u);
  EXPECT_EQ(tx.ListOpenOutbounds("acc-1", 3).value().size(), 3u);
  for (const int64_t before : {0, 250})
    EXPECT_EQ(tx.ListOutbounds({.phase = OutboundPhase::kFailed, .before_id = before, .limit = 3}).value().size(), 3u);
  EXPECT_EQ(tx.ListOpenPostSales("acc-1", PostSaleState::kWaiting, 1000, 3).value().size(), 3u);
  for (const char* account : {"", "acc-1"}) {
    for (const int64_t before : {0, 250})
      EXPECT_EQ(
          tx.ListPostSales({PostSaleState::kFailed, account, "", {}, SortOrder::kDescending, before, 3}).value().size(),
          3u);
  }
  EXPECT_EQ(tx.ListPostalMethods("m-0010", 3).value().size(), 3u);
  EXPECT_EQ(tx.ListShippingMappings("ch-1").value().size(), 300u);
  EXPECT_EQ(tx.ListShippingTags("ch-1").value().size(), 300u);
  EXPECT_EQ(tx.ListDeadLetters({.lane_id = "lane", .limit = 3}).value().size(), 3u);
  EXPECT_EQ(tx.ListDeadLetters({.lane_id = "lane", .key = sample::Id("k", 2), .limit = 3}).value().size(), 1u);
  EXPECT_EQ(tx.ListLettersToErase(1000, 3).value().size(), 3u);
  EXPECT_EQ(tx.ListOrdersToErase(INT64_MAX, 3).value().size(), 3u);
  EXPECT_EQ(tx.EraseLetters("lane", sample::Id("k", 2)).value(), 1);
  EXPECT_EQ(tx.ListDeadLetters({.state = DeadLetterState::kOpen, .limit = 3}).value().size(), 3u);
  EXPECT_EQ(tx.ListDeadLetters({.lane_id = "lane", .state = DeadLetterState::kOpen, .before_id = 200, .limit = 3})
                .value()
                .size(),
            3u);
  EXPECT_EQ(tx.ListEvents({.after_revision = 100, .limit = 3}).value().size(), 3u);
  EXPECT_EQ(tx.ListOrderEvents(5, 100).value().size(), 30u);
  for (const SortOrder order : {SortOrder::kAscending, SortOrder::kDescending}) {
    EXPECT_EQ(
        tx.ListEvents({.after_revision = 100, .resource = OrderName(5), .order = order, .limit = 3}).value().size(),
        3u);
    EXPECT_EQ(tx.ListEvents({.before_revision = 500, .order = order, .limit = 3}).value().size(), 3u);
    EXPECT_EQ(tx.ListAudit({.action = "a", .order = order, .limit = 3}).value().size(), 3u);
    EXPECT_EQ(tx.ListAudit({.outcome = "PERMISSION_DENIED", .order = order, .limit = 3}).value().size(), 3u);
    EXPECT_EQ(
        tx.ListAudit({.actor = "local", .action = "a", .order = order, .before_id = 150, .limit = 3}).value().size(),
        3u);
    EXPECT_EQ(tx.ListRuns({.lane_id = "lane", .state = RunState::kQueued, .order = order, .limit = 3}).value().size(),
              3u);
    EXPECT_EQ(tx.ListItems({.sku_prefix = "S0", .after_sku = "S0100", .order = order, .limit = 3}).value().size(), 3u);
    EXPECT_EQ(tx.ListDeadLetters({.lane_prefix = "la", .state = DeadLetterState::kOpen, .order = order, .limit = 3})
                  .value()
                  .size(),
              3u);
  }
  EXPECT_TRUE(tx.DeleteEventsBefore(2).ok());
  EXPECT_TRUE(tx.DeleteRequestsBefore(2).ok());
  EXPECT_TRUE(tx.TrimRuns("lane", 2).ok());
  EXPECT_TRUE(tx.TrimOperations(290).ok());
  EXPECT_THAT(Findings(), testing::IsEmpty());
}

TEST_F(QueryPlans, ManyAtOnce_TouchOnlyTheirOwn) {
  Findings();
  SqliteTx tx(*db_);
  EXPECT_EQ(tx.FindListings("ch-1", {"S0001", "S0002"}).value().size(), 2u);
  EXPECT_TRUE(tx.TouchListings("ch-1", {"S0001", "S0002"}, 1, "p").ok());
  EXPECT_EQ(tx.MarkKnownTargets("acc-1", {"S0001", "S0002"}, 1).value(), 2);
  EXPECT_TRUE(tx.MarkVanished({.channel_id = "ch-1", .pass_id = "p", .seen_by_us = 99, .looked_at = 10}).ok());
  EXPECT_TRUE(tx.HurryTargets("acc-1", 1).ok());
  EXPECT_GT(tx.BrakeDirtyTargets("ch-1", 1, "", 10).value(), 0);
  EXPECT_GT(tx.ReleaseBraked("ch-1", 1, 10).value(), 0);
  EXPECT_GT(tx.FreeBulkTargets(12, 0, 10).value(), 0);
  EXPECT_TRUE(tx.TrimBulks("acc-1", 5).ok());
  for (const std::string& finding : Findings()) {
    // The list that is given is walked; it is as long as what is asked for.
    EXPECT_THAT(finding,
                testing::AllOf(testing::HasSubstr("json_each"), testing::HasSubstr(": 1 rows walked, 0 sorts")));
  }
}

// One of each channel, by housekeeping; the rows of each are found by its number.
TEST_F(QueryPlans, DiscardedPlans_AreLookedForAmongAllPlans_AndNotAmongTheirRows) {
  SqliteTx tx(*db_);
  for (int64_t n = 1; n <= 20; ++n) {
    ASSERT_TRUE(tx.PutSyncPlan({.channel_id = sample::Id("ch-", n), .id = n, .state = SyncPlanState::kDiscarded}).ok());
    for (int64_t row = 0; row < 10; ++row)
      ASSERT_TRUE(tx.PutSyncPlanRow({.plan_id = n % 2, .sku = sample::Id("S", row)}).ok());
  }
  Findings();
  EXPECT_THAT(tx.ListDiscardedSyncPlans(5).value(), testing::ElementsAre(1));
  for (const std::string& finding : Findings()) EXPECT_THAT(finding, testing::HasSubstr(": 19 rows walked, 0 sorts"));
}

TEST_F(QueryPlans, DueTargets_AreFoundByTimeAndSortedInSmallNumbers) {
  Findings();
  SqliteTx tx(*db_);
  EXPECT_FALSE(tx.ListDueTargets("acc-1", 1000, 3).value().empty());
  EXPECT_FALSE(tx.ListUndecidedTargets("acc-1", 1000, 3).value().empty());
  for (const std::string& finding : Findings()) {
    EXPECT_THAT(finding, testing::AllOf(testing::HasSubstr("by_due"), testing::HasSubstr(": 0 rows walked, 1 sorts")));
  }
}

TEST_F(QueryPlans, ManyDueTargets_AreWalkedInOrder) {
  SqliteTx tx(*db_);
  for (int64_t n = 1000; n < 4000; ++n) {
    for (const TargetState state : {TargetState::kDirty, TargetState::kHeld}) {
      ASSERT_TRUE(
          tx.PutTarget(sample::Target(sample::Id(state == TargetState::kDirty ? "D" : "H", n), state, 1, n)).ok());
    }
  }
  Findings();
  EXPECT_EQ(tx.ListDueTargets("acc-1", 1000, 3).value().size(), 3u);
  EXPECT_EQ(tx.ListUndecidedTargets("acc-1", 1000, 3).value().size(), 3u);
  EXPECT_THAT(Findings(), testing::IsEmpty());
}

}  // namespace
}  // namespace quayside
