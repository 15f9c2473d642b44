#include "host/api/drift_view.h"

#include "host/api/convert.h"
#include "host/api/list_filters.h"
#include "host/api/paging.h"
#include "host/base/errors.h"
#include "host/base/names.h"

namespace quayside {
namespace {

constexpr int64_t kMostDriftsCounted = 1'000'000;

api::Drift ShowDrift(const DriftRecord& record) {
  api::Drift out;
  out.set_listing(ListingName(record.channel_id, record.sku));
  out.set_sku(record.sku);
  out.set_expected(record.expected);
  if (record.shown.has_value()) out.set_shown(*record.shown);
  out.set_times(record.times);
  SetTime(out, &api::Drift::mutable_find_time, record.found_us);
  SetTime(out, &api::Drift::mutable_seen_time, record.held_us);
  return out;
}

absl::Status AddDrift(ReadTx& tx, const LaneRecord& lane, api::Lane& out) {
  QS_ASSIGN_OR_RETURN(const std::optional<DriftCheckRecord> check, tx.FindDriftCheck(lane.channel_id));
  if (!check.has_value()) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const int64_t open, tx.CountConfirmedDrifts(lane.channel_id, kMostDriftsCounted));
  api::ChannelDrift& shown = *out.mutable_drift();
  shown.set_open(open);
  shown.set_compared(check->last_compared);
  shown.set_unsettled(check->last_unsettled);
  SetTime(shown, &api::ChannelDrift::mutable_compare_time, check->ended_us);
  shown.set_found(check->found);
  shown.set_repaired(check->repaired);
  shown.set_dismissed(check->dismissed);
  return absl::OkStatus();
}

absl::Status AddCompleteness(ReadTx& tx, const LaneRecord& lane, api::Lane& out) {
  QS_ASSIGN_OR_RETURN(const std::optional<CompletenessRecord> record, tx.FindCompleteness(lane.account_id));
  if (!record.has_value()) return absl::OkStatus();
  api::OrderCompleteness& shown = *out.mutable_completeness();
  SetTime(shown, &api::OrderCompleteness::mutable_complete_to_time, record->checked_to_us);
  SetTime(shown, &api::OrderCompleteness::mutable_from_time, record->from_us);
  SetTime(shown, &api::OrderCompleteness::mutable_to_time, record->to_us);
  SetTime(shown, &api::OrderCompleteness::mutable_begin_time, record->begun_us);
  SetTime(shown, &api::OrderCompleteness::mutable_complete_time, record->done_us);
  shown.set_orders(record->named);
  shown.set_missing(record->missing);
  shown.set_unreadable(record->unreadable);
  shown.set_missing_total(record->missing_total);
  shown.set_recovered_total(record->recovered_total);
  return absl::OkStatus();
}

}  // namespace

absl::Status AddProofs(ReadTx& tx, const LaneRecord& lane, api::Lane& out) {
  if (lane.job == Job::kReconcile) return AddDrift(tx, lane, out);
  if (lane.job == Job::kCompleteness) return AddCompleteness(tx, lane, out);
  return absl::OkStatus();
}

absl::Status ShowDrifts(Store& store, const api::ListDriftsRequest& request, api::ListDriftsResponse& response) {
  QS_ASSIGN_OR_RETURN(const std::string channel_id, ParseChannelName(request.parent(), "parent"));
  QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
  QS_ASSIGN_OR_RETURN(const RowFilter<DriftRecord> wanted, ParseDriftFilter(request.filter()));
  return store.Read([&](ReadTx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.GetChannel(channel_id).status());
    QS_ASSIGN_OR_RETURN(const std::vector<DriftRecord> drifts,
                        tx.ListConfirmedDrifts(channel_id, page.cursor, RowsToRead(page, request.filter())));
    const auto add = [&](size_t i) {
      *response.add_drifts() = ShowDrift(drifts[i]);
      return absl::OkStatus();
    };
    QS_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                        FillPage(request, page, drifts, wanted, add, [](const DriftRecord& row) { return row.sku; }));
    return absl::OkStatus();
  });
}

}  // namespace quayside
