#include "host/orders/despatch_trail.h"

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/orders/despatch_rules.h"

namespace quayside {
namespace {

std::string TrackingContext(int64_t id) { return Concat("despatch/", id, "/tracking"); }
std::string RequestContext(int64_t id) { return Concat("despatch/", id, "/request"); }

}  // namespace

std::string_view DespatchWord(DespatchState state) {
  switch (state) {
    case DespatchState::kWaiting:
      return "waiting";
    case DespatchState::kSending:
      return "sending";
    case DespatchState::kUnknown:
      return "unknown";
    case DespatchState::kAccepted:
      return "submitted";
    case DespatchState::kConfirmed:
      return "confirmed";
    case DespatchState::kNotRequired:
      return "not_required";
    case DespatchState::kRejected:
      return "rejected";
    case DespatchState::kShippedOtherwise:
      return "shipped_otherwise";
    case DespatchState::kFailed:
      return "failed";
  }
  return "unknown";
}

absl::Status TellDespatch(Tx& tx, TimeUs now, const DespatchRecord& package) {
  QS_RETURN_IF_ERROR(tx.PutDespatch(package));
  QS_RETURN_IF_ERROR(tx.AddDespatchNote({.despatch_id = package.id,
                                         .time_us = now,
                                         .state = package.state,
                                         .reason = package.reason,
                                         .message = package.message}));
  return tx
      .AppendEvent({0,
                    now,
                    Concat("despatch.", DespatchWord(package.state)),
                    DespatchName(package.order_id, package.number),
                    {{"account", package.account_id},
                     {"channel", package.channel_id},
                     {"attempts", Concat(package.attempts)},
                     {"reason", package.reason}}})
      .status();
}

absl::Status NoteSubmitted(Tx& tx, const DespatchRecord& package) {
  return tx.AddDespatchNote(
      {.despatch_id = package.id,
       .time_us = package.sent_us,
       .state = DespatchState::kSending,
       .message = Concat("submitted version ", package.sent_version, " as package ", PackageNumberThere(package.id))});
}

absl::StatusOr<std::string> SealTracking(const Cipher& cipher, int64_t despatch_id, std::string_view tracking) {
  if (tracking.empty()) return std::string();
  return cipher.Seal(tracking, TrackingContext(despatch_id));
}

absl::StatusOr<std::string> OpenTracking(const Cipher& cipher, const DespatchRecord& package) {
  if (package.tracking.empty()) return std::string();
  return cipher.Open(package.tracking, TrackingContext(package.id));
}

absl::StatusOr<std::string> SealDespatchRequest(const Cipher& cipher, int64_t despatch_id, std::string_view request) {
  return cipher.Seal(request, RequestContext(despatch_id));
}

absl::StatusOr<std::string> OpenDespatchRequest(const Cipher& cipher, const DespatchRecord& package) {
  if (package.request.empty()) return std::string();
  return cipher.Open(package.request, RequestContext(package.id));
}

}  // namespace quayside
