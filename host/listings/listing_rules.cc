#include "host/listings/listing_rules.h"

#include <algorithm>
#include <string>
#include <utility>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/inventory/target_decision.h"

namespace quayside {
namespace {

absl::StatusOr<ListingRecord> ListingOf(Tx& tx, std::string_view channel_id, std::string_view sku) {
  QS_ASSIGN_OR_RETURN(const std::optional<ListingRecord> listing, tx.FindListing(channel_id, sku));
  if (listing.has_value()) return *listing;
  return MakeError(absl::StatusCode::kNotFound, Reason::kListingNotFound,
                   Concat("channel ", channel_id, " has no listing '", sku, "'"),
                   {{"resource", ListingName(channel_id, sku)}});
}

void CheckRule(const std::optional<std::optional<int32_t>>& rule, std::optional<int32_t> highest, std::string field,
               std::vector<FieldViolation>& violations) {
  if (!rule.has_value() || !rule->has_value()) return;
  if (**rule >= 0 && (!highest.has_value() || **rule <= *highest)) return;
  violations.push_back(
      {std::move(field), highest.has_value() ? Concat("must be 0..", *highest) : std::string("must be at least 0")});
}

absl::Status SendsNothing(std::string_view resource, TargetReason reason) {
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kListingSendsNothing,
                   Concat("'", resource, "' sends no quantity: ", TargetNote({.reason = reason}, "", "")),
                   {{"resource", std::string(resource)}});
}

}  // namespace

absl::StatusOr<LinkResult> ChangeListing(Tx& tx, TimeUs now, std::string_view channel_id, std::string_view sku,
                                         const ListingChange& change) {
  std::vector<FieldViolation> violations;
  CheckRule(change.max_listed_quantity, std::nullopt, "listing.max_listed_quantity", violations);
  CheckRule(change.listed_percentage_e4, kFullPercentageE4, "listing.listed_percentage_e4", violations);
  CheckRule(change.end_when_quantity, std::nullopt, "listing.end_when_quantity", violations);
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidArgument, violations);
  QS_ASSIGN_OR_RETURN(const ListingRecord before, ListingOf(tx, channel_id, sku));
  LinkResult result{.listing = before};
  ListingRecord& listing = result.listing;
  if (change.max_listed_quantity.has_value()) listing.max_listed_quantity = *change.max_listed_quantity;
  if (change.listed_percentage_e4.has_value()) listing.listed_percentage_e4 = *change.listed_percentage_e4;
  if (change.end_when_quantity.has_value()) listing.end_when_quantity = *change.end_when_quantity;
  if (change.ignored.has_value()) listing.ignored = *change.ignored;
  if (listing == before) return result;
  QS_RETURN_IF_ERROR(tx.PutListing(listing));
  QS_RETURN_IF_ERROR(
      tx.AppendEvent({0, now, "listing.updated", ListingName(channel_id, sku), {{"sku", listing.sku}}}).status());
  QS_RETURN_IF_ERROR(tx.MarkTarget(listing.account_id, listing.sku, now));
  result.accounts.push_back(listing.account_id);
  return result;
}

absl::StatusOr<LinkResult> SetQuantityOwner(Tx& tx, TimeUs now, std::string_view channel_id, std::string_view sku) {
  LinkResult result;
  QS_ASSIGN_OR_RETURN(result.listing, ListingOf(tx, channel_id, sku));
  const ListingRecord& listing = result.listing;
  QS_ASSIGN_OR_RETURN(const ChannelRecord channel, tx.GetChannel(channel_id));
  const TargetReason out = ReasonToLeaveOut(channel, FactsOf(listing));
  if (out != TargetReason::kNothing) return SendsNothing(ListingName(channel_id, sku), out);
  QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> stored, tx.FindTarget(listing.account_id, listing.sku));
  const bool is_owner = stored.has_value() && stored->owner_channel_id == channel_id;
  if (is_owner && stored->chosen_channel_id == channel_id) return result;
  // Marked, and by whose rules it is to be decided.
  QS_RETURN_IF_ERROR(tx.MarkTarget(listing.account_id, listing.sku, now));
  QS_ASSIGN_OR_RETURN(std::optional<TargetRecord> target, tx.FindTarget(listing.account_id, listing.sku));
  const std::string before = std::exchange(target->owner_channel_id, channel.id);
  target->chosen_channel_id = channel.id;
  QS_RETURN_IF_ERROR(tx.PutTarget(*target));
  QS_RETURN_IF_ERROR(tx.AppendEvent({0,
                                     now,
                                     "quantity.owner_set",
                                     ListingName(channel_id, sku),
                                     {{"sku", listing.sku}, {"account", listing.account_id}, {"before", before}}})
                         .status());
  result.accounts.push_back(listing.account_id);
  return result;
}

absl::Status ClearLatency(Tx& tx, TimeUs now, const ChannelRecord& channel, std::string_view sku) {
  QS_ASSIGN_OR_RETURN(const ListingRecord listing, ListingOf(tx, channel.id, sku));
  // Marked, and what for.
  QS_RETURN_IF_ERROR(tx.MarkTarget(listing.account_id, listing.sku, now));
  QS_ASSIGN_OR_RETURN(std::optional<TargetRecord> target, tx.FindTarget(listing.account_id, listing.sku));
  target->clear_latency = true;
  return tx.PutTarget(*target);
}

absl::Status CheckClearsLatency(const ChannelRecord& channel) {
  if (!channel.config.default_latency_days.has_value()) return absl::OkStatus();
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kLatencyIsSent,
                   Concat("'", ChannelName(channel.id), "' sends ", *channel.config.default_latency_days,
                          " days with every quantity; switch its default_latency_days off first"),
                   {{"resource", ChannelName(channel.id)}});
}

absl::Status CheckSendsQuantities(const ChannelRecord& channel) {
  if (!channel.enabled) return SendsNothing(ChannelName(channel.id), TargetReason::kChannelDisabled);
  if (!channel.config.update_inventory) return SendsNothing(ChannelName(channel.id), TargetReason::kSyncOff);
  return absl::OkStatus();
}

}  // namespace quayside
