// The database as the host sees it: typed reads and writes in transactions. SQLite stands behind it today, PostgreSQL
// later, so nothing of a dialect shows here. What every implementation promises is in store_conformance.h.
//
//   QS_RETURN_IF_ERROR(store.Write([&](Tx& tx) -> absl::Status {
//     QS_RETURN_IF_ERROR(tx.PutOrder(order, lines));
//     tx.AppendEvent({.type = "order.received", ...});
//     return tx.CommitLane(commit);
//   }));
//
// Write: `fn` runs alone against the newest state, on any thread, possibly more than once (it must have no other
// effect); when it returns OK and Write returns OK the change is durable (survives power loss); otherwise nothing of it
// happened. Writes of several callers share one commit. Read: `fn` sees one unchanging snapshot. A Tx is dead after
// `fn`. Do not nest. A missing row is a NotFound status from Get..., nullopt from Find....
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/store/backup.h"
#include "host/store/centre_records.h"
#include "host/store/despatch_records.h"
#include "host/store/inventory_changes.h"
#include "host/store/list_queries.h"
#include "host/store/operation_records.h"
#include "host/store/outbound_records.h"
#include "host/store/post_sale_records.h"
#include "host/store/proof_records.h"
#include "host/store/records.h"
#include "host/store/sync_plan_records.h"

namespace quayside {

// Listings of a channel that a complete pass did not see: walked in pieces of `looked_at` listings, by SKU.
struct VanishQuery {
  std::string channel_id;
  std::string pass_id;
  TimeUs seen_by_us = 0;  // what was seen later than this stays
  std::string after_sku;
  int looked_at = 10'000;
};

struct VanishBatch {
  std::vector<std::string> skus;  // marked now
  std::string through_sku;        // where the next piece begins
  bool last = false;
};

struct ListingTotals {
  int64_t total = 0;
  int64_t linked = 0;
  int64_t active = 0;  // not vanished
};

// A piece of a channel's linked listings whose numbers are to be sent again, by SKU.
struct ForceQuery {
  std::string channel_id;
  std::string after_sku;
  int looked_at = 1000;
};

struct ForcedPiece {
  int64_t marked = 0;
  std::string through_sku;  // where the next piece begins
  bool last = false;
};

// Writes a lane's row, guarded: fails with ABORTED LANE_FENCED and changes nothing when the stored epoch is greater
// than `record.epoch` or the stored cursor is not `expected_cursor` (a lane without a row has epoch 0 and an empty
// cursor).
struct LaneCommit {
  LaneRecord record;
  CursorRecord expected_cursor;
};

class ReadTx {
 public:
  virtual ~ReadTx() = default;

  virtual absl::StatusOr<std::vector<PluginRecord>> ListPlugins() = 0;
  virtual absl::StatusOr<PluginRecord> GetPlugin(std::string_view id) = 0;
  // By version, as text.
  virtual absl::StatusOr<std::vector<PluginVersionRecord>> ListPluginVersions(std::string_view plugin_id) = 0;
  virtual absl::StatusOr<std::optional<PluginVersionRecord>> FindPluginVersion(std::string_view plugin_id,
                                                                               std::string_view version) = 0;
  // Oldest first.
  virtual absl::StatusOr<std::vector<StrikeRecord>> ListStrikes(std::string_view plugin_id,
                                                                std::string_view version) = 0;

  virtual absl::StatusOr<AccountRecord> GetAccount(std::string_view id) = 0;
  virtual absl::StatusOr<std::vector<AccountRecord>> ListAccounts(std::string_view after_id, int limit) = 0;
  // Those of the plugin, by id.
  virtual absl::StatusOr<std::vector<AccountRecord>> ListAccountsOfPlugin(std::string_view plugin_id,
                                                                          std::string_view after_id, int limit) = 0;
  // Encrypted values by name.
  virtual absl::StatusOr<std::map<std::string, std::string>> GetSecrets(std::string_view account_id) = 0;

  // The options this account had last under that version of its plugin; nullopt = none were kept.
  virtual absl::StatusOr<std::optional<std::map<std::string, std::string>>> FindAccountOptions(
      std::string_view account_id, std::string_view version) = 0;

  virtual absl::StatusOr<ChannelRecord> GetChannel(std::string_view id) = 0;
  virtual absl::StatusOr<std::optional<ChannelRecord>> FindChannel(std::string_view account_id,
                                                                   std::string_view marketplace) = 0;
  virtual absl::StatusOr<std::vector<ChannelRecord>> ListChannels(const ChannelQuery& query) = 0;
  virtual absl::StatusOr<std::vector<ChannelRecord>> ListChannelsOfPlugin(const PluginRowsQuery& query) = 0;
  // Configurations the channel had, newest first; `before_id` 0 = from the newest.
  virtual absl::StatusOr<std::vector<ChannelRevisionRecord>> ListChannelRevisions(std::string_view channel_id,
                                                                                  int64_t before_id, int limit) = 0;

  virtual absl::StatusOr<std::optional<LaneRecord>> FindLane(std::string_view id) = 0;
  virtual absl::StatusOr<std::vector<LaneRecord>> ListLanes(const LaneQuery& query) = 0;
  virtual absl::StatusOr<std::vector<LanePlaceRecord>> ListLanePlacesOfPlugin(const PluginRowsQuery& query) = 0;
  // Former positions of the lane: the last one of each schema it has left, newest first.
  virtual absl::StatusOr<std::vector<CursorRecord>> ListFormerCursors(std::string_view lane_id) = 0;
  virtual absl::StatusOr<RunRecord> GetRun(int64_t id) = 0;
  virtual absl::StatusOr<std::vector<RunRecord>> ListRuns(const RunQuery& query) = 0;

  // Runs that somebody asked for and that have not ended, oldest first; `lane_id` empty = all.
  virtual absl::StatusOr<std::vector<RunRecord>> ListOpenRuns(std::string_view lane_id) = 0;
  // OPERATION_NOT_FOUND.
  virtual absl::StatusOr<OperationRecord> GetOperation(int64_t id) = 0;
  // Newest first.
  virtual absl::StatusOr<std::vector<OperationRecord>> ListOperations(const OperationQuery& query) = 0;

  virtual absl::StatusOr<OrderRecord> GetOrder(int64_t id) = 0;
  virtual absl::StatusOr<std::optional<OrderRecord>> FindOrder(std::string_view account_id,
                                                               std::string_view external_id) = 0;
  // Those of these ids that there are, in any order.
  virtual absl::StatusOr<std::vector<OrderRecord>> FindOrders(const std::vector<int64_t>& ids) = 0;
  virtual absl::StatusOr<std::vector<OrderRecord>> ListOrders(const OrderQuery& query) = 0;
  // Orders with personal data and erase_due_us <= due_by, by erase_due_us.
  virtual absl::StatusOr<std::vector<OrderRecord>> ListOrdersToErase(TimeUs due_by, int limit) = 0;
  // In the order they were written.
  virtual absl::StatusOr<std::vector<OrderLineRecord>> GetOrderLines(int64_t order_id) = 0;
  // Lines of (account, SKU) that wait for a link, orders ascending.
  virtual absl::StatusOr<std::vector<UnlinkedLine>> ListUnlinkedLines(std::string_view account_id,
                                                                      std::string_view sku) = 0;

  virtual absl::StatusOr<ItemRecord> GetItem(int64_t id) = 0;
  virtual absl::StatusOr<std::optional<ItemRecord>> FindItemBySku(std::string_view sku) = 0;
  // By SKU.
  virtual absl::StatusOr<std::vector<ItemRecord>> ListItems(const ItemQuery& query) = 0;
  virtual absl::StatusOr<std::map<std::string, std::string>> GetItemProperties(int64_t item_id) = 0;
  // Order lines that hold units of the item, by order and line, after (`after_order_id`, `after_line`); 0, -1 = from
  // the first.
  virtual absl::StatusOr<std::vector<ReservationRecord>> ListReservations(int64_t item_id, int64_t after_order_id,
                                                                          int64_t after_line, int limit) = 0;
  virtual absl::StatusOr<std::vector<LocationRecord>> ListLocations() = 0;
  virtual absl::StatusOr<std::optional<CentreStockRecord>> FindCentreStock(std::string_view location_id,
                                                                           std::string_view sku) = 0;
  // What the fulfilment centre holds, by SKU.
  virtual absl::StatusOr<std::vector<CentreStockRecord>> ListCentreStock(const CentreStockQuery& query) = 0;
  // One row per location where a level or a reservation was ever written.
  virtual absl::StatusOr<std::vector<LevelRecord>> GetLevels(int64_t item_id) = 0;

  virtual absl::StatusOr<std::optional<ListingRecord>> FindListing(std::string_view channel_id,
                                                                   std::string_view sku) = 0;
  // Those of the channel's SKUs that there are, in any order.
  virtual absl::StatusOr<std::vector<ListingRecord>> FindListings(std::string_view channel_id,
                                                                  const std::vector<std::string>& skus) = 0;
  // By SKU.
  virtual absl::StatusOr<std::vector<ListingRecord>> ListListings(const ListingQuery& query) = 0;
  virtual absl::StatusOr<ListingTotals> CountListings(std::string_view channel_id) = 0;
  virtual absl::StatusOr<std::vector<ListingRecord>> ListListingsOfItem(int64_t item_id) = 0;
  // The SKU's listings on every channel of the account, by channel id.
  virtual absl::StatusOr<std::vector<ListingRecord>> ListListingsOfSku(std::string_view account_id,
                                                                       std::string_view sku) = 0;

  // All rows of the database, in any order, one at a time: for a mirror in memory.
  virtual absl::Status ScanLevels(absl::FunctionRef<void(const LevelRecord&)> row) = 0;
  virtual absl::Status ScanListings(absl::FunctionRef<void(const ListingStock&)> row) = 0;
  virtual absl::Status ScanItemProperties(
      absl::FunctionRef<void(const ItemProperties&)> row) = 0;  // items that have some
  virtual absl::Status ScanTargets(absl::FunctionRef<void(const TargetRecord&)> row) = 0;

  virtual absl::StatusOr<std::optional<TargetRecord>> FindTarget(std::string_view account_id, std::string_view sku) = 0;
  // Targets of the channel's rules whose handling time the marketplace keeps and nobody asked it to forget; no further
  // than `at_most`.
  virtual absl::StatusOr<int64_t> CountKeptLatencies(std::string_view channel_id, int64_t at_most) = 0;
  // kDirty targets with due_us <= now: those that want 0 first, then those that want few, then the others; by
  // changed_us.
  virtual absl::StatusOr<std::vector<TargetRecord>> ListDueTargets(std::string_view account_id, TimeUs now,
                                                                   int limit) = 0;
  // kChanged targets, and kHeld ones with due_us <= now, by changed_us.
  virtual absl::StatusOr<std::vector<TargetRecord>> ListUndecidedTargets(std::string_view account_id, TimeUs now,
                                                                         int limit) = 0;
  // Smallest due_us of the account's kDirty and kHeld targets, 0 when there is a kChanged or kUnread one; nullopt =
  // none of them.
  virtual absl::StatusOr<std::optional<TimeUs>> NextTargetTime(std::string_view account_id) = 0;
  // Up to `at_most` of the targets ListDueTargets would find.
  virtual absl::StatusOr<int64_t> CountDueTargets(std::string_view account_id, TimeUs now, int64_t at_most) = 0;
  // Up to `at_most` kChanged targets: their quantity is yet to be worked out.
  virtual absl::StatusOr<int64_t> CountChangedTargets(std::string_view account_id, int64_t at_most) = 0;
  // Up to `at_most` kHeld targets: a raise that waits.
  virtual absl::StatusOr<int64_t> CountHeldTargets(std::string_view account_id, int64_t at_most) = 0;
  // SKUs of due targets in the order of ListDueTargets, without the first `skip`.
  virtual absl::StatusOr<std::vector<std::string>> ListDueSkus(std::string_view account_id, TimeUs now, int64_t skip,
                                                               int limit) = 0;
  // kUnread targets, by changed_us.
  virtual absl::StatusOr<std::vector<TargetRecord>> ListUnreadTargets(std::string_view account_id, int limit) = 0;
  // kBraked targets the channel owns, by SKU.
  virtual absl::StatusOr<std::vector<TargetRecord>> ListBraked(const BrakedQuery& query) = 0;
  // Up to `at_most` of them that were stopped up to this batch.
  virtual absl::StatusOr<int64_t> CountBraked(std::string_view channel_id, int64_t through_batch, int64_t at_most) = 0;
  // Up to `at_most` of the targets BrakeDirtyTargets would stop.
  virtual absl::StatusOr<int64_t> CountStoppable(std::string_view channel_id, int64_t at_most) = 0;
  // Targets the channel owns with `zeroing` set.
  virtual absl::StatusOr<int64_t> CountZeroing(std::string_view channel_id) = 0;
  // Up to `at_most` of the targets the channel owns and has a number for.
  virtual absl::StatusOr<int64_t> CountNumbers(std::string_view channel_id, int64_t at_most) = 0;
  // nullopt: as GateRecord{}.
  virtual absl::StatusOr<std::optional<GateRecord>> FindGate(std::string_view channel_id) = 0;
  // Those of the account that are not kOpen, by channel id.
  virtual absl::StatusOr<std::vector<GateRecord>> ListClosedGates(std::string_view account_id) = 0;
  virtual absl::StatusOr<std::optional<PlanRecord>> FindPlan(std::string_view channel_id, std::string_view hash) = 0;
  // Intents of the account in any of `states`, oldest first.
  virtual absl::StatusOr<std::vector<IntentRecord>> ListIntents(std::string_view account_id,
                                                                const std::vector<IntentState>& states, int limit) = 0;
  virtual absl::StatusOr<IntentRecord> GetIntent(int64_t id) = 0;
  // Intents of (account, target), newest first; `before_id` 0 = from the newest.
  virtual absl::StatusOr<std::vector<IntentRecord>> ListIntentsOfTarget(std::string_view account_id,
                                                                        std::string_view target, int64_t before_id,
                                                                        int limit) = 0;
  // Oldest first.
  virtual absl::StatusOr<std::vector<BulkRecord>> ListOpenBulks(std::string_view account_id) = 0;
  // Open or not.
  virtual absl::StatusOr<std::vector<BulkRecord>> ListBulks(const BulkQuery& query) = 0;
  // Its kInBulk intents with greater ids, ascending.
  virtual absl::StatusOr<std::vector<BulkItem>> ListBulkItems(int64_t bulk_id, int64_t after_intent_id, int limit) = 0;
  // Accounts that wait for the end of something handed over: open bulks, kAccepted intents.
  virtual absl::StatusOr<std::vector<std::string>> AccountsWithOpenWork() = 0;
  // By due time.
  virtual absl::StatusOr<std::vector<ReadBackRecord>> ListDueReadBacks(std::string_view account_id, TimeUs now,
                                                                       int limit) = 0;
  // Smallest due_us of the account's; nullopt = none.
  virtual absl::StatusOr<std::optional<TimeUs>> NextReadBack(std::string_view account_id) = 0;
  // Hours of the account's channels that began at `since_us` or later, by channel and time.
  virtual absl::StatusOr<std::vector<OversellHourRecord>> ListOversellHours(std::string_view account_id,
                                                                            TimeUs since_us) = 0;
  virtual absl::StatusOr<std::optional<OversellHourRecord>> FindOversellHour(std::string_view account_id,
                                                                             std::string_view channel_id,
                                                                             TimeUs begin_us) = 0;
  // Channels of the account with open oversell windows, by id; `at_most` windows are counted, the oldest.
  virtual absl::StatusOr<std::vector<OpenOversell>> CountOpenOversells(std::string_view account_id,
                                                                       int64_t at_most) = 0;

  // The order's packages, by number.
  virtual absl::StatusOr<std::vector<DespatchRecord>> ListDespatchesOfOrder(int64_t order_id) = 0;
  // Those of several orders, by order and number.
  virtual absl::StatusOr<std::vector<DespatchRecord>> ListDespatchesOfOrders(const std::vector<int64_t>& order_ids) = 0;
  // Of all orders.
  virtual absl::StatusOr<std::vector<DespatchRecord>> ListDespatches(const DespatchQuery& query) = 0;
  // The account's packages in that state, one that is not over, with due_us <= due_by, by due_us.
  virtual absl::StatusOr<std::vector<DespatchRecord>> ListOpenDespatches(std::string_view account_id,
                                                                         DespatchState state, TimeUs due_by,
                                                                         int limit) = 0;
  // The account's kWaiting packages, due or not, by due_us, without those of an order that has a kUnknown one.
  virtual absl::StatusOr<std::vector<DespatchRecord>> ListSendableDespatches(std::string_view account_id,
                                                                             int limit) = 0;
  // One row for each state of the account's open packages.
  virtual absl::StatusOr<std::vector<DespatchBacklog>> CountOpenDespatches(std::string_view account_id) = 0;
  // Accounts with an open package.
  virtual absl::StatusOr<std::vector<std::string>> AccountsWithOpenDespatches() = 0;
  // Oldest first.
  virtual absl::StatusOr<std::vector<DespatchNote>> ListDespatchNotes(int64_t despatch_id) = 0;
  // The order's allocations to fulfilment centres, by number.
  virtual absl::StatusOr<std::vector<OutboundRecord>> ListOutboundsOfOrder(int64_t order_id) = 0;
  // Of all orders.
  virtual absl::StatusOr<std::vector<OutboundRecord>> ListOutbounds(const OutboundQuery& query) = 0;
  // The account's that are not over, by due_us.
  virtual absl::StatusOr<std::vector<OutboundRecord>> ListOpenOutbounds(std::string_view account_id, int limit) = 0;
  // By phase, of the account's that are not over.
  virtual absl::StatusOr<std::vector<OutboundBacklog>> CountOpenOutbounds(std::string_view account_id) = 0;
  // Accounts with one that is not over.
  virtual absl::StatusOr<std::vector<std::string>> AccountsWithOpenOutbounds() = 0;
  // The order's cancellations and refunds, by number.
  virtual absl::StatusOr<std::vector<PostSaleRecord>> ListPostSalesOfOrder(int64_t order_id) = 0;
  // Those of these ids that there are, in any order.
  virtual absl::StatusOr<std::vector<PostSaleRecord>> FindPostSales(const std::vector<int64_t>& ids) = 0;
  // Of all orders.
  virtual absl::StatusOr<std::vector<PostSaleRecord>> ListPostSales(const PostSaleQuery& query) = 0;
  // The account's in that state, one that is not over, with due_us <= due_by, by due_us.
  virtual absl::StatusOr<std::vector<PostSaleRecord>> ListOpenPostSales(std::string_view account_id,
                                                                        PostSaleState state, TimeUs due_by,
                                                                        int limit) = 0;
  // One row for each state of the account's that are not over.
  virtual absl::StatusOr<std::vector<PostSaleBacklog>> CountOpenPostSales(std::string_view account_id) = 0;
  // Accounts with one that is not over.
  virtual absl::StatusOr<std::vector<std::string>> AccountsWithOpenPostSales() = 0;
  // Handles of what the account handed over at or after this time, each once.
  virtual absl::StatusOr<std::vector<std::string>> ListPostSaleHandles(std::string_view account_id,
                                                                       TimeUs sent_from_us) = 0;
  // Oldest first.
  virtual absl::StatusOr<std::vector<PostSaleNote>> ListPostSaleNotes(int64_t post_sale_id) = 0;
  // By id.
  virtual absl::StatusOr<std::vector<PostalMethodRecord>> ListPostalMethods(std::string_view after_id, int limit) = 0;
  // POSTAL_METHOD_NOT_FOUND.
  virtual absl::StatusOr<PostalMethodRecord> GetPostalMethod(std::string_view id) = 0;
  virtual absl::StatusOr<bool> IsPostalMethodMapped(std::string_view id) = 0;
  // By tag and site.
  virtual absl::StatusOr<std::vector<ShippingMappingRecord>> ListShippingMappings(std::string_view channel_id) = 0;
  // Services seen on the channel's orders, in order.
  virtual absl::StatusOr<std::vector<std::string>> ListShippingTags(std::string_view channel_id) = 0;

  virtual absl::StatusOr<std::vector<DeadLetterRecord>> ListDeadLetters(const DeadLetterQuery& query) = 0;
  // DEAD_LETTER_NOT_FOUND.
  virtual absl::StatusOr<DeadLetterRecord> GetDeadLetter(int64_t id) = 0;
  virtual absl::StatusOr<int64_t> CountDeadLetters(std::string_view lane_id, DeadLetterState state) = 0;
  // A lane has at most one open dead letter of a key.
  virtual absl::StatusOr<std::optional<DeadLetterRecord>> FindOpenDeadLetter(std::string_view lane_id,
                                                                             std::string_view key) = 0;
  // Letters in any state that hold a record and were last seen at that time or before, the oldest first.
  virtual absl::StatusOr<std::vector<DeadLetterRecord>> ListLettersToErase(TimeUs seen_by, int limit) = 0;

  // By revision.
  virtual absl::StatusOr<std::vector<EventRecord>> ListEvents(const EventQuery& query) = 0;
  // About an order and what is below it ("orders/5", "orders/5/despatches/1"), by revision, ascending.
  virtual absl::StatusOr<std::vector<EventRecord>> ListOrderEvents(int64_t order_id, int limit) = 0;
  // 0 = none yet.
  virtual absl::StatusOr<int64_t> LastEventRevision() = 0;
  // Oldest revision still kept; 0 = none.
  virtual absl::StatusOr<int64_t> FirstEventRevision() = 0;

  virtual absl::StatusOr<std::vector<AuditRecord>> ListAudit(const AuditQuery& query) = 0;
  // Oldest first, for following the chain of hashes.
  virtual absl::StatusOr<std::vector<AuditRecord>> WalkAudit(int64_t after_id, int limit) = 0;
  virtual absl::StatusOr<AuditExtent> GetAuditExtent() = 0;

  // By id, all of them: there are as many as clients.
  virtual absl::StatusOr<std::vector<TokenRecord>> ListTokens() = 0;

  virtual absl::StatusOr<std::optional<RuleImportRecord>> FindRuleImport(std::string_view channel_id) = 0;
  // The line of the import's row of this SKU.
  virtual absl::StatusOr<std::optional<int64_t>> FindRuleRowLine(int64_t import_id, std::string_view sku) = 0;
  // Rows that change a listing, by SKU.
  virtual absl::StatusOr<std::vector<RuleRowRecord>> ListRuleChanges(const RuleChangeQuery& query) = 0;
  // By line and column; 0, "" = from the first.
  virtual absl::StatusOr<std::vector<RuleProblemRecord>> ListRuleProblems(int64_t import_id, int64_t after_line,
                                                                          std::string_view after_column, int limit) = 0;

  virtual absl::StatusOr<std::optional<SyncPlanRecord>> FindSyncPlan(std::string_view channel_id) = 0;
  // By SKU.
  virtual absl::StatusOr<std::vector<SyncPlanRowRecord>> ListSyncPlanRows(const SyncPlanRowQuery& query) = 0;
  // Ids of discarded plans that have rows yet. Walks the plans, of which a channel has one: for housekeeping.
  virtual absl::StatusOr<std::vector<int64_t>> ListDiscardedSyncPlans(int limit) = 0;

  virtual absl::StatusOr<std::optional<DriftRecord>> FindDrift(std::string_view channel_id, std::string_view sku) = 0;
  // In any state, by SKU.
  virtual absl::StatusOr<std::vector<DriftRecord>> ListDrifts(std::string_view channel_id, std::string_view after_sku,
                                                              int limit) = 0;
  // kConfirmed ones, by SKU.
  virtual absl::StatusOr<std::vector<DriftRecord>> ListConfirmedDrifts(std::string_view channel_id,
                                                                       std::string_view after_sku, int limit) = 0;
  // Up to `at_most` of those.
  virtual absl::StatusOr<int64_t> CountConfirmedDrifts(std::string_view channel_id, int64_t at_most) = 0;
  virtual absl::StatusOr<std::optional<DriftCheckRecord>> FindDriftCheck(std::string_view channel_id) = 0;
  virtual absl::StatusOr<std::optional<CompletenessRecord>> FindCompleteness(std::string_view account_id) = 0;

  virtual absl::StatusOr<std::vector<BudgetRecord>> ListBudgets(std::string_view account_id) = 0;
  // Do the stored budgets count every call that was sent? Not while a host runs, nor after one was killed.
  virtual absl::StatusOr<bool> BudgetsAreExact() = 0;
  virtual absl::StatusOr<std::optional<RequestRecord>> FindRequest(std::string_view method,
                                                                   std::string_view request_id) = 0;
  virtual absl::StatusOr<std::vector<WrappedKeyRecord>> ListKeys() = 0;
};

class Tx : public ReadTx {
 public:
  // Put...: insert or replace the whole row by its key.
  virtual absl::Status PutPlugin(const PluginRecord& record) = 0;
  virtual absl::Status PutPluginVersion(const PluginVersionRecord& record) = 0;
  virtual absl::Status AddStrike(const StrikeRecord& record) = 0;
  virtual absl::Status ClearStrikes(std::string_view plugin_id, std::string_view version) = 0;

  virtual absl::Status PutAccount(const AccountRecord& record) = 0;
  // With its secrets, lanes, targets, budgets, what is known of its orders' completeness. The caller has checked that
  // no channel is left.
  virtual absl::Status DeleteAccount(std::string_view id) = 0;
  virtual absl::Status PutAccountOptions(std::string_view account_id, std::string_view version,
                                         const std::map<std::string, std::string>& options) = 0;
  // An empty value removes the secret.
  virtual absl::Status PutSecret(std::string_view account_id, std::string_view name, std::string_view encrypted) = 0;

  // A new configuration revision also goes to the channel's history.
  virtual absl::Status PutChannel(const ChannelRecord& record, std::string_view changed_by) = 0;
  // With its listings, lanes, drift and shipping mapping. Orders and their packages stay.
  virtual absl::Status DeleteChannel(std::string_view id) = 0;

  // What people set (paused, pause_note, want_pass_us, interval_us) stays as it is stored; so does the backfill when it
  // has another `edits`. A position of another schema leaves the
  // former one behind (ListFormerCursors).
  virtual absl::Status CommitLane(const LaneCommit& commit) = 0;
  // Unguarded: the lane goes on from here. The position it had stays behind, as in CommitLane; a step under way is
  // refused at its commit. A lane without a row is NOT_FOUND.
  virtual absl::Status RestoreCursor(std::string_view lane_id, const CursorRecord& cursor) = 0;
  // Unguarded, all but the cursor: pause, resume, next run, fence.
  virtual absl::Status PutLaneControl(const LaneRecord& record) = 0;
  // Ends the wish for a pass if it is not younger than `begun_us`, when the pass that fulfilled it began.
  virtual absl::Status ClearPassWish(std::string_view lane_id, TimeUs begun_us) = 0;
  virtual absl::Status PutRun(const RunRecord& record) = 0;
  // Keeps the newest `keep` runs of the lane.
  virtual absl::Status TrimRuns(std::string_view lane_id, int keep) = 0;
  virtual absl::Status PutOperation(const OperationRecord& record) = 0;
  // Keeps the newest `keep`, and those that have not ended.
  virtual absl::Status TrimOperations(int keep) = 0;

  // The order and all its lines, replacing what was there. ALREADY_EXISTS when (account, external id) has another id.
  // With `personal_erased` the tracking numbers and requests of its packages that are over are erased, too.
  virtual absl::Status PutOrder(const OrderRecord& record, const std::vector<OrderLineRecord>& lines) = 0;

  virtual absl::Status PutItem(const ItemRecord& record) = 0;  // ALREADY_EXISTS ITEM_EXISTS when another id has the SKU
  // With its levels and properties. The caller has checked that no listing is linked to it and no order holds it.
  virtual absl::Status DeleteItem(int64_t item_id) = 0;
  // All of them: what is not named is gone.
  virtual absl::Status PutItemProperties(int64_t item_id, const std::map<std::string, std::string>& properties) = 0;
  virtual absl::Status PutLocation(const LocationRecord& record) = 0;
  virtual absl::Status PutCentreStock(const CentreStockRecord& record) = 0;
  // Nobody reads the centre any more: its SKUs are not known, and its levels are as if they had never been set. False:
  // nothing was known of it.
  virtual absl::StatusOr<bool> ForgetCentreStock(std::string_view location_id, TimeUs now) = 0;
  // An outright count: sets counted_us too.
  virtual absl::Status SetLevel(int64_t item_id, std::string_view location_id, int64_t level, TimeUs now) = 0;
  // A relative change of a level that was set before (FAILED_PRECONDITION LEVEL_BELOW_ZERO otherwise, or when it would
  // fall below 0). counted_us stays.
  virtual absl::Status AddLevel(int64_t item_id, std::string_view location_id, int64_t delta, TimeUs now) = 0;
  // Adds to the reservation of (item, location); the sum never falls below 0 (INTERNAL if it would).
  virtual absl::Status AddReserved(int64_t item_id, std::string_view location_id, int64_t delta, TimeUs now) = 0;

  virtual absl::Status PutListing(const ListingRecord& record) = 0;
  // Listings that are new to their channel, many at once; ALREADY_EXISTS when one is not.
  virtual absl::Status AddListings(const std::vector<ListingRecord>& records) = 0;
  // The channel's listings of these SKUs were seen as they are known: sets seen_us (which never goes back) and, unless
  // empty, the pass.
  virtual absl::Status TouchListings(std::string_view channel_id, const std::vector<std::string>& skus, TimeUs seen_us,
                                     std::string_view pass_id) = 0;
  // Marks what the pass did not see, in one piece of the channel's listings; seen_us becomes the time by which it was
  // gone (seen_by_us), so that older words do not bring it back.
  virtual absl::StatusOr<VanishBatch> MarkVanished(const VanishQuery& query) = 0;

  virtual absl::Status PutTarget(const TargetRecord& record) = 0;
  // Something that the quantity of these targets depends on changed at `changed_us`: each gets version + 1, changed_us
  // (which never goes back), due_us 0 and, unless it is in flight, state kChanged; targets that do not exist yet are
  // made. The answer names the accounts touched.
  // marked_us becomes the time of the commit (`now`; changed_us where there is no other) unless an earlier change has
  // not been decided yet.
  // - every (account, SKU) with a listing, on any channel, linked to the item;
  virtual absl::StatusOr<std::vector<std::string>> MarkTargetsOfItem(int64_t item_id, TimeUs changed_us,
                                                                     TimeUs now) = 0;
  absl::StatusOr<std::vector<std::string>> MarkTargetsOfItem(int64_t item_id, TimeUs changed_us) {
    return MarkTargetsOfItem(item_id, changed_us, changed_us);
  }
  // - every (account, SKU) the channel lists (its configuration changed);
  virtual absl::StatusOr<std::vector<std::string>> MarkTargetsOfChannel(std::string_view channel_id,
                                                                        TimeUs changed_us) = 0;
  // - those of these SKUs that exist (none is made); the answer is how many.
  virtual absl::StatusOr<int64_t> MarkKnownTargets(std::string_view account_id, const std::vector<std::string>& skus,
                                                   TimeUs changed_us) = 0;
  // - one.
  virtual absl::Status MarkTarget(std::string_view account_id, std::string_view sku, TimeUs changed_us) = 0;
  // - those of the SKUs of a piece of the channel's linked listings, as if the marketplace had changed its figure too
  // (accepted_stale): whatever was accepted is sent again.
  virtual absl::StatusOr<ForcedPiece> ForceTargets(const ForceQuery& query, TimeUs changed_us) = 0;
  // - those of the channel's rules whose handling time the marketplace keeps and is to forget (clear_latency): the next
  // so many that nobody asked it for yet. Answers how many; 0 = there are no more.
  virtual absl::StatusOr<int64_t> ClearLatencies(std::string_view channel_id, TimeUs changed_us, int limit) = 0;
  virtual absl::Status PutRuleImport(const RuleImportRecord& record) = 0;  // in place of the channel's former one
  virtual absl::Status PutRuleRow(const RuleRowRecord& record) = 0;
  virtual absl::Status PutRuleProblem(const RuleProblemRecord& record) = 0;
  // The next rows and problems of an import, at most so many; answers how many, 0 = there are none left.
  virtual absl::StatusOr<int64_t> DeleteRuleRows(int64_t import_id, int limit) = 0;

  virtual absl::Status PutSyncPlan(const SyncPlanRecord& record) = 0;  // in place of the channel's former one
  virtual absl::Status PutSyncPlanRow(const SyncPlanRowRecord& record) = 0;
  // The next rows of a plan, at most so many; answers how many, 0 = there are none left.
  virtual absl::StatusOr<int64_t> DeleteSyncPlanRows(int64_t plan_id, int limit) = 0;

  virtual absl::Status PutOversellHour(const OversellHourRecord& record) = 0;
  // Deletes the channel's hours that began before.
  virtual absl::Status TrimOversellHours(std::string_view account_id, std::string_view channel_id,
                                         TimeUs before_us) = 0;

  // The channel's quantities are sent (again) from `now` on: what of its targets is open, or was marked, earlier begins
  // then. Targets that no channel owns yet likewise.
  virtual absl::Status BeginOversellsAt(std::string_view account_id, std::string_view channel_id, TimeUs now) = 0;

  // The account's kDirty targets that wait after failures are due at `now`; `failures` stays, so that one that fails
  // again waits longer than before. Answers how many.
  virtual absl::StatusOr<int64_t> HurryTargets(std::string_view account_id, TimeUs now) = 0;
  // The marketplace lowered its own figure (it sold): sets accepted_stale on the target if it exists.
  virtual absl::Status MarkTargetSold(std::string_view account_id, std::string_view sku) = 0;
  // Stops up to `limit` kDirty targets the channel owns: kBraked, of this batch. Not those a person approved. How many.
  virtual absl::StatusOr<int64_t> BrakeDirtyTargets(std::string_view channel_id, int64_t batch, std::string_view note,
                                                    int limit) = 0;
  // Lets up to `limit` kBraked targets the channel owns go: kDirty and approved up to the batch, else kChanged. How
  // many.
  virtual absl::StatusOr<int64_t> ReleaseBraked(std::string_view channel_id, int64_t through_batch, int limit) = 0;
  virtual absl::Status PutGate(const GateRecord& record) = 0;
  // Keeps the channel's newest ten.
  virtual absl::Status PutPlan(const PlanRecord& record) = 0;

  virtual absl::Status PutIntent(const IntentRecord& record) = 0;
  virtual absl::Status SettleIntent(const IntentOutcome& outcome) = 0;
  // Keeps the newest `keep` intents of (account, target), those without an outcome, and those made at `before_us` or
  // later; of kRetried, kUnknown and kSuperseded ones in a row that are the same in number, reason and explanation, the
  // first and the last alone. Takes some of the others away in each call.
  virtual absl::Status TrimIntents(std::string_view account_id, std::string_view target, int keep,
                                   TimeUs before_us) = 0;
  virtual absl::Status PutBulk(const BulkRecord& record) = 0;
  // Keeps the account's newest `keep` and the open ones. Intents stay.
  virtual absl::Status TrimBulks(std::string_view account_id, int keep) = 0;
  // Makes the kInBulk targets of the bulk's next `limit` open intents kChanged. Answers the last of these intents, 0 =
  // there was none left.
  virtual absl::StatusOr<int64_t> FreeBulkTargets(int64_t bulk_id, int64_t after_intent_id, int limit) = 0;
  virtual absl::Status PutReadBack(const ReadBackRecord& record) = 0;
  virtual absl::Status DeleteReadBack(std::string_view account_id, std::string_view sku) = 0;

  // The package with its lines. ALREADY_EXISTS when (order, number) has another id. Of an order whose personal data is
  // erased, a package that is over keeps neither tracking number nor request.
  virtual absl::Status PutDespatch(const DespatchRecord& record) = 0;
  // Gives the note the package's next number. `note.number` is ignored.
  virtual absl::Status AddDespatchNote(const DespatchNote& note) = 0;
  // ALREADY_EXISTS when (order, number) has another id.
  virtual absl::Status PutOutbound(const OutboundRecord& record) = 0;
  // ALREADY_EXISTS when (order, number) has another id.
  virtual absl::Status PutPostSale(const PostSaleRecord& record) = 0;
  // Gives the note the next number of its cancellation or refund. `note.number` is ignored.
  virtual absl::Status AddPostSaleNote(const PostSaleNote& note) = 0;
  virtual absl::Status PutPostalMethod(const PostalMethodRecord& record) = 0;
  // The caller has checked that it is not mapped.
  virtual absl::Status DeletePostalMethod(std::string_view id) = 0;
  // An empty postal method takes the mapping away.
  virtual absl::Status PutShippingMapping(const ShippingMappingRecord& record) = 0;
  virtual absl::Status AddShippingTag(std::string_view channel_id, std::string_view tag) = 0;

  // Inserts, or counts the key's open dead letter of that lane again (last_seen_us, times_seen, reason, raw, form);
  // what a person wrote into it is gone then.
  virtual absl::Status PutDeadLetter(const DeadLetterRecord& record) = 0;
  // The records of the lane's letters of this key, in any state, are gone, with what a person wrote into them; the
  // letters stay. How many had one.
  virtual absl::StatusOr<int64_t> EraseLetters(std::string_view lane_id, std::string_view key) = 0;

  // Gives the event the next revision, without gaps, and answers it. `record.revision` is ignored. The trace that the
  // thread works for which called Write becomes the attribute kTraceIdKey.
  virtual absl::StatusOr<int64_t> AppendEvent(const EventRecord& record) = 0;
  virtual absl::Status DeleteEventsBefore(int64_t revision) = 0;
  // Gives the row the next id and answers it. `record.id` and `record.hash` are ignored. The trace as with events,
  // among the details; one that is there already stays.
  virtual absl::StatusOr<int64_t> AppendAudit(const AuditRecord& record) = 0;

  virtual absl::Status PutToken(const TokenRecord& record) = 0;
  // Nothing but the time; no token of this id: nothing.
  virtual absl::Status SetTokenUsed(std::string_view id, TimeUs last_used_us) = 0;

  virtual absl::Status PutDrift(const DriftRecord& record) = 0;
  virtual absl::Status DeleteDrift(std::string_view channel_id, std::string_view sku) = 0;
  virtual absl::Status PutDriftCheck(const DriftCheckRecord& record) = 0;
  virtual absl::Status PutCompleteness(const CompletenessRecord& record) = 0;

  virtual absl::Status PutBudget(const BudgetRecord& record) = 0;
  virtual absl::Status SetBudgetsExact(bool exact) = 0;
  virtual absl::Status PutRequest(const RequestRecord& record) = 0;
  virtual absl::Status DeleteRequestsBefore(TimeUs time) = 0;
  virtual absl::Status PutKey(const WrappedKeyRecord& record) = 0;
};

class Store {
 public:
  virtual ~Store() = default;
  // [any-thread] Blocks until the commit is durable. RESOURCE_EXHAUSTED DISK_FULL, FAILED_PRECONDITION
  // DATABASE_READ_ONLY, DATA_LOSS DATABASE_CORRUPT, or what `fn` returned.
  virtual absl::Status Write(absl::FunctionRef<absl::Status(Tx&)> fn) = 0;
  // [any-thread] As Write, but not after the writes that wait already: for the rare one whose caller holds up
  // many others. Who uses it often makes the others wait for ever.
  virtual absl::Status WriteFirst(absl::FunctionRef<absl::Status(Tx&)> fn) { return Write(fn); }
  // [any-thread] While one of these lives, commits do not stop to tidy up after those before them, unless that has
  // waited very long: for whoever counts milliseconds. May be null; not to outlive the store.
  [[nodiscard]] virtual std::shared_ptr<void> DelayCheckpoints() { return nullptr; }
  // [any-thread] DEADLINE_EXCEEDED: the thread's CallLimit is over; its queries end early.
  virtual absl::Status Read(absl::FunctionRef<absl::Status(ReadTx&)> fn) = 0;
  // [any-thread] Tells `follower` of every commit from now on, instead of whom it told before; nullptr = nobody. When
  // this returns no call to the one before is under way.
  virtual void Follow(InventoryFollower* follower) = 0;
  // Full check; OK or DATA_LOSS with the findings.
  virtual absl::Status CheckIntegrity() = 0;
  // A consistent copy while running (backup.h). ALREADY_EXISTS BACKUP_EXISTS.
  virtual absl::Status Backup(const std::string& path, BackupProgress progress) = 0;
  // The same when nobody watches.
  absl::Status Backup(const std::string& path) {
    return Backup(path, [](int64_t, int64_t) { return absl::OkStatus(); });
  }
  // When it answers OK, what commits before it overwrote or deleted is in no file of the database any more. Writers
  // wait meanwhile. UNAVAILABLE DATABASE_BUSY: somebody reads an older state for longer than a second; to be tried
  // again.
  virtual absl::Status Purge() = 0;
};

}  // namespace quayside
