#include "host/api/list_filters.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/sync/lane_id.h"

namespace quayside {

namespace api = quayside::v1;

absl::StatusOr<OrderQuery> ParseOrderFilter(const api::OrderFilter& filter) {
  OrderQuery query{.external_id = filter.external_id(), .only_unlinked = filter.only_unlinked()};
  std::vector<FieldViolation> violations;
  if (!filter.channel().empty()) {
    const auto id = ParseChannelName(filter.channel(), "filter.channel");
    if (id.ok()) query.channel_id = *id;
    for (const FieldViolation& violation : ViolationsOf(id.status())) violations.push_back(violation);
  }
  if (!filter.account().empty()) {
    const auto id = ParseAccountName(filter.account(), "filter.account");
    if (id.ok()) query.account_id = *id;
    for (const FieldViolation& violation : ViolationsOf(id.status())) violations.push_back(violation);
  }
  if (!api::OrderState_IsValid(filter.state())) violations.push_back({"filter.state", "is not a known value"});
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidFilter, violations);
  // The two enums number their values alike.
  if (filter.state() != api::ORDER_STATE_UNSPECIFIED) query.state = static_cast<OrderState>(filter.state());
  return query;
}
static_assert(static_cast<int>(OrderState::kPending) == api::ORDER_STATE_PENDING &&
              static_cast<int>(OrderState::kHeld) == api::ORDER_STATE_HELD);

absl::StatusOr<ListingQuery> ParseListingFilter(const api::ListingFilter& filter) {
  ListingQuery query{.sku_prefix = filter.sku_prefix()};
  if (filter.only_linked() && filter.only_unlinked()) {
    return MakeFieldError(Reason::kInvalidFilter,
                          {{"filter", "only_linked and only_unlinked exclude each other; give one or none"}});
  }
  if (filter.only_linked()) query.linked = true;
  if (filter.only_unlinked()) query.linked = false;
  switch (filter.fulfilment()) {
    case api::FULFILMENT_CHANNEL_UNSPECIFIED:
      break;
    case api::FULFILMENT_CHANNEL_MERCHANT:
      query.fulfilment = Fulfilment::kMerchant;
      break;
    case api::FULFILMENT_CHANNEL_MARKETPLACE:
      query.fulfilment = Fulfilment::kMarketplace;
      break;
    default:
      return MakeFieldError(Reason::kInvalidFilter, {{"filter.fulfilment", "is not a known value"}});
  }
  if (!api::QuantityState_IsValid(filter.quantity_state()))
    return MakeFieldError(Reason::kInvalidFilter, {{"filter.quantity_state", "is not a known value"}});
  return query;
}

bool LetterFilter::Takes(const DeadLetterRecord& letter) const {
  return absl::StartsWith(letter.lane_id, lane_prefix) && (key.empty() || letter.key == key) &&
         (reason.empty() || absl::StrContains(absl::AsciiStrToLower(letter.reason), reason));
}

absl::StatusOr<LetterFilter> ParseLetterFilter(const api::DeadLetterFilter& filter) {
  LetterFilter out{.reason = absl::AsciiStrToLower(filter.reason()), .key = filter.key()};
  std::vector<FieldViolation> violations;
  if (!filter.lane().empty()) {
    const auto id = ParseLaneName(filter.lane(), "filter.lane");
    if (id.ok()) out.query.lane_id = *id;
    for (const FieldViolation& violation : ViolationsOf(id.status())) violations.push_back(violation);
  }
  if (!filter.account().empty()) {
    const auto id = ParseAccountName(filter.account(), "filter.account");
    if (id.ok()) out.lane_prefix = LaneIdPrefix(*id);
    for (const FieldViolation& violation : ViolationsOf(id.status())) violations.push_back(violation);
  }
  if (!api::DeadLetterState_IsValid(filter.state())) violations.push_back({"filter.state", "is not a known value"});
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidFilter, violations);
  if (filter.state() != api::DEAD_LETTER_STATE_UNSPECIFIED)
    out.query.state = static_cast<DeadLetterState>(filter.state());
  return out;
}

}  // namespace quayside
