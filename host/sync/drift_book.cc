#include "host/sync/drift_book.h"

#include <string>
#include <utility>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/inventory/drift.h"
#include "host/inventory/may_show.h"

namespace quayside {
namespace {

absl::Status TellDrift(Tx& tx, TimeUs now, const char* type, const DriftRecord& drift) {
  return tx
      .AppendEvent({0,
                    now,
                    type,
                    ListingName(drift.channel_id, drift.sku),
                    {{"sku", drift.sku},
                     {"account", drift.account_id},
                     {"expected", Concat(drift.expected)},
                     {"shown", drift.shown.has_value() ? Concat(*drift.shown) : std::string("nothing")},
                     {"times", Concat(drift.times)}}})
      .status();
}

absl::StatusOr<DriftCheckRecord> CheckOf(Tx& tx, const DriftRecord& drift) {
  QS_ASSIGN_OR_RETURN(std::optional<DriftCheckRecord> check, tx.FindDriftCheck(drift.channel_id));
  return std::move(check).value_or(DriftCheckRecord{.channel_id = drift.channel_id, .account_id = drift.account_id});
}

}  // namespace

absl::Status ConfirmDrift(Tx& tx, TimeUs now, DriftRecord drift, std::optional<int32_t> shown) {
  QS_ASSIGN_OR_RETURN(DriftCheckRecord check, CheckOf(tx, drift));
  if (drift.state == DriftState::kSuspected) ++check.found;
  drift.state = DriftState::kConfirmed;
  drift.shown = shown;
  drift.found_us = now;
  ++drift.times;
  QS_RETURN_IF_ERROR(tx.PutDrift(drift));
  QS_RETURN_IF_ERROR(tx.PutDriftCheck(check));
  return TellDrift(tx, now, "drift.found", drift);
}

absl::Status CloseDrift(Tx& tx, TimeUs now, const DriftRecord& drift) {
  QS_ASSIGN_OR_RETURN(DriftCheckRecord check, CheckOf(tx, drift));
  const bool was_there = drift.state == DriftState::kConfirmed;
  ++(was_there ? check.repaired : check.dismissed);
  QS_RETURN_IF_ERROR(tx.DeleteDrift(drift.channel_id, drift.sku));
  QS_RETURN_IF_ERROR(tx.PutDriftCheck(check));
  return was_there ? TellDrift(tx, now, "drift.repaired", drift) : absl::OkStatus();
}

absl::Status TakeForShown(Tx& tx, TimeUs now, TargetRecord target, std::optional<int32_t> shown) {
  if (shown.has_value()) {
    target.accepted = shown;
    ForgetUnknownOutcomes(target);
  } else {
    target.accepted_stale = true;
  }
  QS_RETURN_IF_ERROR(tx.PutTarget(target));
  return tx.MarkTarget(target.account_id, target.sku, now);
}

absl::Status DropDrift(Tx& tx, const DriftRecord& drift) {
  QS_ASSIGN_OR_RETURN(DriftCheckRecord check, CheckOf(tx, drift));
  ++check.dismissed;
  QS_RETURN_IF_ERROR(tx.DeleteDrift(drift.channel_id, drift.sku));
  return tx.PutDriftCheck(check);
}

absl::StatusOr<bool> SettleDrift(Tx& tx, TimeUs now, const TargetRecord& target, std::string_view channel_id,
                                 std::optional<int32_t> shown, bool sells) {
  QS_ASSIGN_OR_RETURN(std::optional<DriftRecord> drift, tx.FindDrift(channel_id, target.sku));
  if (!drift.has_value()) return false;
  const int32_t accepted = *target.accepted;
  const bool right = shown.has_value() && *shown == accepted;
  if (drift->state == DriftState::kSuspected) {
    // Sent anew since, it is compared anew.
    if (right || drift->expected != accepted || !IsConfirmed(*drift, shown)) {
      QS_RETURN_IF_ERROR(CloseDrift(tx, now, *drift));
      return false;
    }
  } else if (right) {
    QS_RETURN_IF_ERROR(CloseDrift(tx, now, *drift));
    return false;
  } else if (sells && shown.has_value() && *shown < accepted) {
    return false;  // a sale, as like as not; it stays open until the right number is seen
  }
  drift->expected = accepted;
  drift->held_us = now;
  QS_RETURN_IF_ERROR(ConfirmDrift(tx, now, *std::move(drift), shown));
  return true;
}

}  // namespace quayside
