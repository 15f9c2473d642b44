// The filters of lists, as a client sends them: what the store is asked for. Each is INVALID_FILTER with its
// violations. Where the page begins, how long it is and its order stay to be set.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "host/api/row_filters.h"
#include "host/net/rate_budget.h"
#include "host/store/backup_file.h"
#include "host/store/list_queries.h"
#include "host/store/proof_records.h"
#include "quayside/v1/admin_service.pb.h"
#include "quayside/v1/audit_service.pb.h"
#include "quayside/v1/channel_service.pb.h"
#include "quayside/v1/dead_letter_service.pb.h"
#include "quayside/v1/event_service.pb.h"
#include "quayside/v1/inventory_service.pb.h"
#include "quayside/v1/listing_service.pb.h"
#include "quayside/v1/operation_service.pb.h"
#include "quayside/v1/order_service.pb.h"
#include "quayside/v1/plugin_service.pb.h"
#include "quayside/v1/rule_import_service.pb.h"
#include "quayside/v1/shipping_service.pb.h"
#include "quayside/v1/sync_service.pb.h"

namespace quayside {

[[nodiscard]] absl::StatusOr<OrderQuery> ParseOrderFilter(const quayside::v1::OrderFilter& filter);
// The channel stays to be set, too.
[[nodiscard]] absl::StatusOr<ListingQuery> ParseListingFilter(const quayside::v1::ListingFilter& filter);
[[nodiscard]] absl::StatusOr<DeadLetterQuery> ParseLetterFilter(const quayside::v1::DeadLetterFilter& filter);
[[nodiscard]] absl::StatusOr<AuditQuery> ParseAuditFilter(const quayside::v1::AuditFilter& filter);
[[nodiscard]] absl::StatusOr<EventQuery> ParseEventFilter(const quayside::v1::EventFilter& filter);
[[nodiscard]] absl::StatusOr<RunQuery> ParseRunFilter(const quayside::v1::RunFilter& filter);
[[nodiscard]] absl::StatusOr<OperationQuery> ParseOperationFilter(const quayside::v1::OperationFilter& filter);
[[nodiscard]] absl::StatusOr<BulkQuery> ParseDocumentFilter(const quayside::v1::DocumentFilter& filter);

// Lists of an order's packages and the like, or of those of all orders.
struct WorkFilter {
  std::string account_id = {};
  std::string channel_id = {};
  std::string location_id = {};
  TimeSpan made = {};

  // Of one order's.
  template <class Record>
  [[nodiscard]] bool Takes(const Record& record) const {
    return (account_id.empty() || record.account_id == account_id) &&
           (channel_id.empty() || record.channel_id == channel_id) && made.Has(record.created_us);
  }
};
[[nodiscard]] absl::StatusOr<WorkFilter> ParseWorkFilter(const quayside::v1::DespatchListFilter& filter);
[[nodiscard]] absl::StatusOr<WorkFilter> ParseWorkFilter(const quayside::v1::PostSaleFilter& filter);
[[nodiscard]] absl::StatusOr<WorkFilter> ParseWorkFilter(const quayside::v1::AllocationFilter& filter);

// Of lists whose rows are looked at one after the other. `now`: what is expired.
[[nodiscard]] absl::StatusOr<RowFilter<BackupOnDisk>> ParseBackupFilter(const quayside::v1::BackupFilter& filter);
[[nodiscard]] absl::StatusOr<RowFilter<TokenRecord>> ParseTokenFilter(const quayside::v1::TokenFilter& filter,
                                                                      TimeUs now);
[[nodiscard]] absl::StatusOr<RowFilter<ChannelRevisionRecord>> ParseRevisionFilter(
    const quayside::v1::ChannelRevisionFilter& filter);
[[nodiscard]] absl::StatusOr<RowFilter<DriftRecord>> ParseDriftFilter(const quayside::v1::DriftFilter& filter);
[[nodiscard]] RowFilter<ItemRecord> ParseItemFilter(const quayside::v1::ItemFilter& filter);
[[nodiscard]] absl::StatusOr<RowFilter<LocationRecord>> ParseLocationFilter(const quayside::v1::LocationFilter& filter);
[[nodiscard]] absl::StatusOr<RowFilter<ReservationRecord>> ParseReservationFilter(
    const quayside::v1::ReservationFilter& filter);
[[nodiscard]] absl::StatusOr<RowFilter<quayside::v1::OrderHistoryEntry>> ParseHistoryFilter(
    const quayside::v1::OrderHistoryFilter& filter);
[[nodiscard]] absl::StatusOr<RowFilter<OrderRecord>> ParseBuyersFilter(const quayside::v1::OrderFilter& filter);
[[nodiscard]] absl::StatusOr<RowFilter<quayside::v1::Plugin>> ParsePluginFilter(
    const quayside::v1::PluginFilter& filter);
[[nodiscard]] RowFilter<PostalMethodRecord> ParsePostalMethodFilter(const quayside::v1::PostalMethodFilter& filter);
[[nodiscard]] RowFilter<BudgetStatus> ParseBudgetFilter(const quayside::v1::RateBudgetFilter& filter);
[[nodiscard]] RowFilter<RuleProblemRecord> ParseProblemFilter(const quayside::v1::RuleProblemFilter& filter);

}  // namespace quayside
