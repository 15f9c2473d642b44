// The transaction of store.h on one connection. Each *_sql.cc file maps the rows of one area; nothing here begins or
// ends a transaction.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/store/inventory_changes.h"
#include "host/store/list_sql.h"
#include "host/store/sqlite_connection.h"
#include "host/store/store.h"

namespace quayside {

// Rows of a table with `account_id` and `id` that belong to accounts of a plugin, behind "SELECT ... ": plugin, last
// account, last id, limit are ?1 to ?4. The order of the loops is that of the answer.
#define QS_OF_PLUGIN(table)                                                         \
  "FROM (SELECT id AS of_account FROM accounts WHERE plugin_id = ?1 AND id >= ?2) " \
  "CROSS JOIN " table " ON account_id = of_account WHERE of_account > ?2 OR id > ?3 ORDER BY of_account, id LIMIT ?4"

class SqliteTx final : public Tx {
 public:
  // `changes` gets what is changed (Store::Follow); nullptr: nobody wants to know.
  explicit SqliteTx(SqliteConnection& db, InventoryChanges* changes = nullptr) : db_(db), changes_(changes) {}

  // To be called after `fn` and before the commit: writes what was gathered (the event counter), and fails when any
  // statement of the transaction failed, even if `fn` did not care.
  absl::Status Finish();

  absl::StatusOr<std::vector<PluginRecord>> ListPlugins() override;
  absl::StatusOr<PluginRecord> GetPlugin(std::string_view id) override;
  absl::StatusOr<std::vector<PluginVersionRecord>> ListPluginVersions(std::string_view plugin_id) override;
  absl::StatusOr<std::optional<PluginVersionRecord>> FindPluginVersion(std::string_view plugin_id,
                                                                       std::string_view version) override;
  absl::StatusOr<std::vector<StrikeRecord>> ListStrikes(std::string_view plugin_id, std::string_view version) override;
  absl::StatusOr<AccountRecord> GetAccount(std::string_view id) override;
  absl::StatusOr<std::vector<AccountRecord>> ListAccounts(std::string_view after_id, int limit) override;
  absl::StatusOr<std::vector<AccountRecord>> ListAccountsOfPlugin(std::string_view plugin_id, std::string_view after_id,
                                                                  int limit) override;
  absl::StatusOr<std::map<std::string, std::string>> GetSecrets(std::string_view account_id) override;
  absl::StatusOr<std::optional<std::map<std::string, std::string>>> FindAccountOptions(
      std::string_view account_id, std::string_view version) override;
  absl::StatusOr<ChannelRecord> GetChannel(std::string_view id) override;
  absl::StatusOr<std::optional<ChannelRecord>> FindChannel(std::string_view account_id,
                                                           std::string_view marketplace) override;
  absl::StatusOr<std::vector<ChannelRecord>> ListChannels(const ChannelQuery& query) override;
  absl::StatusOr<std::vector<ChannelRecord>> ListChannelsOfPlugin(const PluginRowsQuery& query) override;
  absl::StatusOr<std::vector<ChannelRevisionRecord>> ListChannelRevisions(std::string_view channel_id,
                                                                          int64_t before_id, int limit) override;
  absl::StatusOr<std::optional<LaneRecord>> FindLane(std::string_view id) override;
  absl::StatusOr<std::vector<LaneRecord>> ListLanes(const LaneQuery& query) override;
  absl::StatusOr<std::vector<LanePlaceRecord>> ListLanePlacesOfPlugin(const PluginRowsQuery& query) override;
  absl::StatusOr<std::vector<CursorRecord>> ListFormerCursors(std::string_view lane_id) override;
  absl::StatusOr<RunRecord> GetRun(int64_t id) override;
  absl::StatusOr<std::vector<RunRecord>> ListRuns(const RunQuery& query) override;
  absl::StatusOr<std::vector<RunRecord>> ListOpenRuns(std::string_view lane_id) override;
  absl::StatusOr<OperationRecord> GetOperation(int64_t id) override;
  absl::StatusOr<std::vector<OperationRecord>> ListOperations(const OperationQuery& query) override;
  absl::StatusOr<OrderRecord> GetOrder(int64_t id) override;
  absl::StatusOr<std::optional<OrderRecord>> FindOrder(std::string_view account_id,
                                                       std::string_view external_id) override;
  absl::StatusOr<std::vector<OrderRecord>> FindOrders(const std::vector<int64_t>& ids) override;
  absl::StatusOr<std::vector<OrderRecord>> ListOrders(const OrderQuery& query) override;
  absl::StatusOr<std::vector<OrderRecord>> ListOrdersToErase(TimeUs due_by, int limit) override;
  absl::StatusOr<std::vector<OrderLineRecord>> GetOrderLines(int64_t order_id) override;
  absl::StatusOr<std::vector<UnlinkedLine>> ListUnlinkedLines(std::string_view account_id,
                                                              std::string_view sku) override;
  absl::StatusOr<ItemRecord> GetItem(int64_t id) override;
  absl::StatusOr<std::optional<ItemRecord>> FindItemBySku(std::string_view sku) override;
  absl::StatusOr<std::vector<ItemRecord>> ListItems(const ItemQuery& query) override;
  absl::StatusOr<std::map<std::string, std::string>> GetItemProperties(int64_t item_id) override;
  absl::StatusOr<std::vector<ReservationRecord>> ListReservations(int64_t item_id, int64_t after_order_id,
                                                                  int64_t after_line, int limit) override;
  absl::StatusOr<std::vector<LocationRecord>> ListLocations() override;
  absl::StatusOr<std::vector<LevelRecord>> GetLevels(int64_t item_id) override;
  absl::StatusOr<std::optional<ListingRecord>> FindListing(std::string_view channel_id, std::string_view sku) override;
  absl::StatusOr<std::vector<ListingRecord>> FindListings(std::string_view channel_id,
                                                          const std::vector<std::string>& skus) override;
  absl::StatusOr<std::vector<ListingRecord>> ListListings(const ListingQuery& query) override;
  absl::StatusOr<ListingTotals> CountListings(std::string_view channel_id) override;
  absl::StatusOr<std::vector<ListingRecord>> ListListingsOfItem(int64_t item_id) override;
  absl::StatusOr<std::vector<ListingRecord>> ListListingsOfSku(std::string_view account_id,
                                                               std::string_view sku) override;
  absl::Status ScanLevels(absl::FunctionRef<void(const LevelRecord&)> row) override;
  absl::Status ScanListings(absl::FunctionRef<void(const ListingStock&)> row) override;
  absl::Status ScanItemProperties(absl::FunctionRef<void(const ItemProperties&)> row) override;
  absl::Status ScanTargets(absl::FunctionRef<void(const TargetRecord&)> row) override;
  absl::StatusOr<std::optional<TargetRecord>> FindTarget(std::string_view account_id, std::string_view sku) override;
  absl::StatusOr<int64_t> CountKeptLatencies(std::string_view channel_id, int64_t at_most) override;
  absl::StatusOr<std::vector<TargetRecord>> ListDueTargets(std::string_view account_id, TimeUs now, int limit) override;
  absl::StatusOr<std::vector<TargetRecord>> ListUndecidedTargets(std::string_view account_id, TimeUs now,
                                                                 int limit) override;
  absl::StatusOr<std::optional<TimeUs>> NextTargetTime(std::string_view account_id) override;
  absl::StatusOr<int64_t> CountDueTargets(std::string_view account_id, TimeUs now, int64_t at_most) override;
  absl::StatusOr<int64_t> CountChangedTargets(std::string_view account_id, int64_t at_most) override;
  absl::StatusOr<int64_t> CountHeldTargets(std::string_view account_id, int64_t at_most) override;
  absl::StatusOr<std::vector<std::string>> ListDueSkus(std::string_view account_id, TimeUs now, int64_t skip,
                                                       int limit) override;
  absl::StatusOr<std::vector<TargetRecord>> ListUnreadTargets(std::string_view account_id, int limit) override;
  absl::StatusOr<std::vector<TargetRecord>> ListBraked(const BrakedQuery& query) override;
  absl::StatusOr<int64_t> CountBraked(std::string_view channel_id, int64_t through_batch, int64_t at_most) override;
  absl::StatusOr<int64_t> CountStoppable(std::string_view channel_id, int64_t at_most) override;
  absl::StatusOr<int64_t> CountZeroing(std::string_view channel_id) override;
  absl::StatusOr<int64_t> CountNumbers(std::string_view channel_id, int64_t at_most) override;
  absl::StatusOr<std::optional<GateRecord>> FindGate(std::string_view channel_id) override;
  absl::StatusOr<std::vector<GateRecord>> ListClosedGates(std::string_view account_id) override;
  absl::StatusOr<std::optional<PlanRecord>> FindPlan(std::string_view channel_id, std::string_view hash) override;
  absl::StatusOr<std::vector<IntentRecord>> ListIntents(std::string_view account_id,
                                                        const std::vector<IntentState>& states, int limit) override;
  absl::StatusOr<IntentRecord> GetIntent(int64_t id) override;
  absl::StatusOr<std::vector<IntentRecord>> ListIntentsOfTarget(std::string_view account_id, std::string_view target,
                                                                int64_t before_id, int limit) override;
  absl::StatusOr<std::vector<BulkRecord>> ListOpenBulks(std::string_view account_id) override;
  absl::StatusOr<std::vector<BulkRecord>> ListBulks(const BulkQuery& query) override;
  absl::StatusOr<std::vector<BulkItem>> ListBulkItems(int64_t bulk_id, int64_t after_intent_id, int limit) override;
  absl::StatusOr<std::vector<std::string>> AccountsWithOpenWork() override;
  absl::StatusOr<std::vector<ReadBackRecord>> ListDueReadBacks(std::string_view account_id, TimeUs now,
                                                               int limit) override;
  absl::StatusOr<std::optional<TimeUs>> NextReadBack(std::string_view account_id) override;
  absl::StatusOr<std::optional<CentreStockRecord>> FindCentreStock(std::string_view location_id,
                                                                   std::string_view sku) override;
  absl::StatusOr<std::vector<CentreStockRecord>> ListCentreStock(const CentreStockQuery& query) override;
  absl::StatusOr<std::vector<OversellHourRecord>> ListOversellHours(std::string_view account_id,
                                                                    TimeUs since_us) override;
  absl::StatusOr<std::optional<OversellHourRecord>> FindOversellHour(std::string_view account_id,
                                                                     std::string_view channel_id,
                                                                     TimeUs begin_us) override;
  absl::StatusOr<std::vector<OpenOversell>> CountOpenOversells(std::string_view account_id, int64_t at_most) override;
  absl::StatusOr<std::vector<DespatchRecord>> ListDespatchesOfOrder(int64_t order_id) override;
  absl::StatusOr<std::vector<DespatchRecord>> ListDespatchesOfOrders(const std::vector<int64_t>& order_ids) override;
  absl::StatusOr<std::vector<DespatchRecord>> ListDespatches(const DespatchQuery& query) override;
  absl::StatusOr<std::vector<DespatchRecord>> ListOpenDespatches(std::string_view account_id, DespatchState state,
                                                                 TimeUs due_by, int limit) override;
  absl::StatusOr<std::vector<DespatchRecord>> ListSendableDespatches(std::string_view account_id, int limit) override;
  absl::StatusOr<std::vector<DespatchBacklog>> CountOpenDespatches(std::string_view account_id) override;
  absl::StatusOr<std::vector<std::string>> AccountsWithOpenDespatches() override;
  absl::StatusOr<std::vector<DespatchNote>> ListDespatchNotes(int64_t despatch_id) override;
  absl::StatusOr<std::vector<OutboundRecord>> ListOutboundsOfOrder(int64_t order_id) override;
  absl::StatusOr<std::vector<OutboundRecord>> ListOutbounds(const OutboundQuery& query) override;
  absl::StatusOr<std::vector<OutboundRecord>> ListOpenOutbounds(std::string_view account_id, int limit) override;
  absl::StatusOr<std::vector<OutboundBacklog>> CountOpenOutbounds(std::string_view account_id) override;
  absl::StatusOr<std::vector<std::string>> AccountsWithOpenOutbounds() override;
  absl::StatusOr<std::vector<PostSaleRecord>> ListPostSalesOfOrder(int64_t order_id) override;
  absl::StatusOr<std::vector<PostSaleRecord>> FindPostSales(const std::vector<int64_t>& ids) override;
  absl::StatusOr<std::vector<PostSaleRecord>> ListPostSales(const PostSaleQuery& query) override;
  absl::StatusOr<std::vector<PostSaleRecord>> ListOpenPostSales(std::string_view account_id, PostSaleState state,
                                                                TimeUs due_by, int limit) override;
  absl::StatusOr<std::vector<PostSaleBacklog>> CountOpenPostSales(std::string_view account_id) override;
  absl::StatusOr<std::vector<std::string>> AccountsWithOpenPostSales() override;
  absl::StatusOr<std::vector<std::string>> ListPostSaleHandles(std::string_view account_id,
                                                               TimeUs sent_from_us) override;
  absl::StatusOr<std::vector<PostSaleNote>> ListPostSaleNotes(int64_t post_sale_id) override;
  absl::StatusOr<std::vector<PostalMethodRecord>> ListPostalMethods(std::string_view after_id, int limit) override;
  absl::StatusOr<PostalMethodRecord> GetPostalMethod(std::string_view id) override;
  absl::StatusOr<bool> IsPostalMethodMapped(std::string_view id) override;
  absl::StatusOr<std::vector<ShippingMappingRecord>> ListShippingMappings(std::string_view channel_id) override;
  absl::StatusOr<std::vector<std::string>> ListShippingTags(std::string_view channel_id) override;
  absl::StatusOr<std::vector<DeadLetterRecord>> ListDeadLetters(const DeadLetterQuery& query) override;
  absl::StatusOr<DeadLetterRecord> GetDeadLetter(int64_t id) override;
  absl::StatusOr<int64_t> CountDeadLetters(std::string_view lane_id, DeadLetterState state) override;
  absl::StatusOr<std::optional<DeadLetterRecord>> FindOpenDeadLetter(std::string_view lane_id,
                                                                     std::string_view key) override;
  absl::StatusOr<std::vector<DeadLetterRecord>> ListLettersToErase(TimeUs seen_by, int limit) override;
  absl::StatusOr<std::vector<EventRecord>> ListEvents(const EventQuery& query) override;
  absl::StatusOr<std::vector<EventRecord>> ListOrderEvents(int64_t order_id, int limit) override;
  absl::StatusOr<int64_t> LastEventRevision() override;
  absl::StatusOr<int64_t> FirstEventRevision() override;
  absl::StatusOr<std::vector<AuditRecord>> ListAudit(const AuditQuery& query) override;
  absl::StatusOr<std::vector<AuditRecord>> WalkAudit(int64_t after_id, int limit) override;
  absl::StatusOr<AuditExtent> GetAuditExtent() override;
  absl::StatusOr<std::vector<TokenRecord>> ListTokens() override;
  absl::StatusOr<std::optional<RuleImportRecord>> FindRuleImport(std::string_view channel_id) override;
  absl::StatusOr<std::optional<int64_t>> FindRuleRowLine(int64_t import_id, std::string_view sku) override;
  absl::StatusOr<std::vector<RuleRowRecord>> ListRuleChanges(const RuleChangeQuery& query) override;
  absl::StatusOr<std::vector<RuleProblemRecord>> ListRuleProblems(int64_t import_id, int64_t after_line,
                                                                  std::string_view after_column, int limit) override;
  absl::StatusOr<std::optional<SyncPlanRecord>> FindSyncPlan(std::string_view channel_id) override;
  absl::StatusOr<std::vector<SyncPlanRowRecord>> ListSyncPlanRows(const SyncPlanRowQuery& query) override;
  absl::StatusOr<std::vector<int64_t>> ListDiscardedSyncPlans(int limit) override;
  absl::StatusOr<std::optional<DriftRecord>> FindDrift(std::string_view channel_id, std::string_view sku) override;
  absl::StatusOr<std::vector<DriftRecord>> ListDrifts(std::string_view channel_id, std::string_view after_sku,
                                                      int limit) override;
  absl::StatusOr<std::vector<DriftRecord>> ListConfirmedDrifts(std::string_view channel_id, std::string_view after_sku,
                                                               int limit) override;
  absl::StatusOr<int64_t> CountConfirmedDrifts(std::string_view channel_id, int64_t at_most) override;
  absl::StatusOr<std::optional<DriftCheckRecord>> FindDriftCheck(std::string_view channel_id) override;
  absl::StatusOr<std::optional<CompletenessRecord>> FindCompleteness(std::string_view account_id) override;
  absl::StatusOr<std::vector<BudgetRecord>> ListBudgets(std::string_view account_id) override;
  absl::StatusOr<bool> BudgetsAreExact() override;
  absl::StatusOr<std::optional<RequestRecord>> FindRequest(std::string_view method,
                                                           std::string_view request_id) override;
  absl::StatusOr<std::vector<WrappedKeyRecord>> ListKeys() override;

  absl::Status PutPlugin(const PluginRecord& record) override;
  absl::Status PutPluginVersion(const PluginVersionRecord& record) override;
  absl::Status AddStrike(const StrikeRecord& record) override;
  absl::Status ClearStrikes(std::string_view plugin_id, std::string_view version) override;
  absl::Status PutAccount(const AccountRecord& record) override;
  absl::Status DeleteAccount(std::string_view id) override;
  absl::Status PutAccountOptions(std::string_view account_id, std::string_view version,
                                 const std::map<std::string, std::string>& options) override;
  absl::Status PutSecret(std::string_view account_id, std::string_view name, std::string_view encrypted) override;
  absl::Status PutChannel(const ChannelRecord& record, std::string_view changed_by) override;
  absl::Status DeleteChannel(std::string_view id) override;
  absl::Status CommitLane(const LaneCommit& commit) override;
  absl::Status RestoreCursor(std::string_view lane_id, const CursorRecord& cursor) override;
  absl::Status PutLaneControl(const LaneRecord& record) override;
  absl::Status ClearPassWish(std::string_view lane_id, TimeUs begun_us) override;
  absl::Status PutRun(const RunRecord& record) override;
  absl::Status TrimRuns(std::string_view lane_id, int keep) override;
  absl::Status PutOperation(const OperationRecord& record) override;
  absl::Status TrimOperations(int keep) override;
  absl::Status PutOrder(const OrderRecord& record, const std::vector<OrderLineRecord>& lines) override;
  absl::Status PutItem(const ItemRecord& record) override;
  absl::Status DeleteItem(int64_t item_id) override;
  absl::Status PutItemProperties(int64_t item_id, const std::map<std::string, std::string>& properties) override;
  absl::Status PutLocation(const LocationRecord& record) override;
  absl::Status PutCentreStock(const CentreStockRecord& record) override;
  absl::StatusOr<bool> ForgetCentreStock(std::string_view location_id, TimeUs now) override;
  absl::Status SetLevel(int64_t item_id, std::string_view location_id, int64_t level, TimeUs now) override;
  absl::Status AddLevel(int64_t item_id, std::string_view location_id, int64_t delta, TimeUs now) override;
  absl::Status AddReserved(int64_t item_id, std::string_view location_id, int64_t delta, TimeUs now) override;
  absl::Status PutListing(const ListingRecord& record) override;
  absl::Status AddListings(const std::vector<ListingRecord>& records) override;
  absl::Status TouchListings(std::string_view channel_id, const std::vector<std::string>& skus, TimeUs seen_us,
                             std::string_view pass_id) override;
  absl::StatusOr<VanishBatch> MarkVanished(const VanishQuery& query) override;
  absl::Status PutTarget(const TargetRecord& record) override;
  using Tx::MarkTargetsOfItem;
  absl::StatusOr<std::vector<std::string>> MarkTargetsOfItem(int64_t item_id, TimeUs changed_us, TimeUs now) override;
  absl::StatusOr<std::vector<std::string>> MarkTargetsOfChannel(std::string_view channel_id,
                                                                TimeUs changed_us) override;
  absl::Status MarkTarget(std::string_view account_id, std::string_view sku, TimeUs changed_us) override;
  absl::StatusOr<int64_t> MarkKnownTargets(std::string_view account_id, const std::vector<std::string>& skus,
                                           TimeUs changed_us) override;
  absl::StatusOr<ForcedPiece> ForceTargets(const ForceQuery& query, TimeUs changed_us) override;
  absl::Status PutRuleImport(const RuleImportRecord& record) override;
  absl::Status PutRuleRow(const RuleRowRecord& record) override;
  absl::Status PutRuleProblem(const RuleProblemRecord& record) override;
  absl::StatusOr<int64_t> DeleteRuleRows(int64_t import_id, int limit) override;
  absl::Status PutSyncPlan(const SyncPlanRecord& record) override;
  absl::Status PutSyncPlanRow(const SyncPlanRowRecord& record) override;
  absl::StatusOr<int64_t> DeleteSyncPlanRows(int64_t plan_id, int limit) override;
  absl::StatusOr<int64_t> ClearLatencies(std::string_view channel_id, TimeUs changed_us, int limit) override;
  absl::Status PutOversellHour(const OversellHourRecord& record) override;
  absl::Status TrimOversellHours(std::string_view account_id, std::string_view channel_id, TimeUs before_us) override;
  absl::Status BeginOversellsAt(std::string_view account_id, std::string_view channel_id, TimeUs now) override;
  absl::StatusOr<int64_t> HurryTargets(std::string_view account_id, TimeUs now) override;
  absl::Status MarkTargetSold(std::string_view account_id, std::string_view sku) override;
  absl::StatusOr<int64_t> BrakeDirtyTargets(std::string_view channel_id, int64_t batch, std::string_view note,
                                            int limit) override;
  absl::StatusOr<int64_t> ReleaseBraked(std::string_view channel_id, int64_t through_batch, int limit) override;
  absl::Status PutGate(const GateRecord& record) override;
  absl::Status PutPlan(const PlanRecord& record) override;
  absl::Status PutIntent(const IntentRecord& record) override;
  absl::Status SettleIntent(const IntentOutcome& outcome) override;
  absl::Status TrimIntents(std::string_view account_id, std::string_view target, int keep, TimeUs before_us) override;
  absl::Status PutBulk(const BulkRecord& record) override;
  absl::Status TrimBulks(std::string_view account_id, int keep) override;
  absl::StatusOr<int64_t> FreeBulkTargets(int64_t bulk_id, int64_t after_intent_id, int limit) override;
  absl::Status PutReadBack(const ReadBackRecord& record) override;
  absl::Status DeleteReadBack(std::string_view account_id, std::string_view sku) override;
  absl::Status PutDespatch(const DespatchRecord& record) override;
  absl::Status AddDespatchNote(const DespatchNote& note) override;
  absl::Status PutOutbound(const OutboundRecord& record) override;
  absl::Status PutPostSale(const PostSaleRecord& record) override;
  absl::Status AddPostSaleNote(const PostSaleNote& note) override;
  absl::Status PutPostalMethod(const PostalMethodRecord& record) override;
  absl::Status DeletePostalMethod(std::string_view id) override;
  absl::Status PutShippingMapping(const ShippingMappingRecord& record) override;
  absl::Status AddShippingTag(std::string_view channel_id, std::string_view tag) override;
  absl::Status PutDeadLetter(const DeadLetterRecord& record) override;
  absl::StatusOr<int64_t> EraseLetters(std::string_view lane_id, std::string_view key) override;
  absl::StatusOr<int64_t> AppendEvent(const EventRecord& record) override;
  absl::Status DeleteEventsBefore(int64_t revision) override;
  absl::StatusOr<int64_t> AppendAudit(const AuditRecord& record) override;
  absl::Status PutToken(const TokenRecord& record) override;
  absl::Status SetTokenUsed(std::string_view id, TimeUs last_used_us) override;
  absl::Status PutDrift(const DriftRecord& record) override;
  absl::Status DeleteDrift(std::string_view channel_id, std::string_view sku) override;
  absl::Status PutDriftCheck(const DriftCheckRecord& record) override;
  absl::Status PutCompleteness(const CompletenessRecord& record) override;
  absl::Status PutBudget(const BudgetRecord& record) override;
  absl::Status SetBudgetsExact(bool exact) override;
  absl::Status PutRequest(const RequestRecord& record) override;
  absl::Status DeleteRequestsBefore(TimeUs time) override;
  absl::Status PutKey(const WrappedKeyRecord& record) override;

 private:
  absl::StatusOr<std::optional<OrderRecord>> FindOrderById(int64_t id);
  absl::Status PutOrderLines(int64_t order_id, const std::vector<OrderLineRecord>& lines,
                             const std::vector<OrderLineRecord>& stored);
  // Fills in the lines.
  absl::StatusOr<std::vector<DespatchRecord>> WithLines(absl::StatusOr<std::vector<DespatchRecord>> records);
  // Counts are what is added.
  absl::Status AddToListingTotals(std::string_view channel_id, const ListingTotals& added);
  absl::StatusOr<int64_t> EventCounter();
  absl::StatusOr<NumberRange> RevisionsOf(const TimeSpan& span);
  absl::Status KeepCursor(std::string_view lane_id, const CursorRecord& cursor);
  void Tell(InventoryChange change) {
    if (changes_ != nullptr) changes_->push_back(std::move(change));
  }
  // A statement that changes targets and ends with RETURNING and all their columns: tells the rows, and answers the
  // accounts they belong to. `changed` counts them.
  absl::StatusOr<std::vector<std::string>> ChangeTargets(std::string_view sql,
                                                         std::initializer_list<SqlValue> arguments,
                                                         int64_t* changed = nullptr);
  // A statement that changes one level and ends with RETURNING and all its columns: tells the row; false: there was
  // none to change.
  absl::StatusOr<bool> ChangeLevel(std::string_view sql, std::initializer_list<SqlValue> arguments);

  SqliteConnection& db_;
  InventoryChanges* const changes_;
  // The counter row as this transaction will leave it: a page of orders appends a hundred events and writes it once.
  std::optional<int64_t> event_counter_;
  bool event_counter_changed_ = false;
};

}  // namespace quayside
