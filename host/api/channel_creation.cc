#include "host/api/channel_creation.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "host/api/channel_check.h"
#include "host/api/channel_config.h"
#include "host/api/channel_view.h"
#include "host/api/convert.h"
#include "host/api/fba_options.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/fulfilment/centre_location.h"

namespace quayside {
namespace {

constexpr size_t kMaxIdBytes = 63;

absl::Status ChannelExists(const std::string& what, const std::string& channel_id) {
  return MakeError(absl::StatusCode::kAlreadyExists, Reason::kChannelExists,
                   absl::StrCat(what, " '", ChannelName(channel_id), "'"), {{"resource", ChannelName(channel_id)}});
}

// What of a new channel its account's plugin decides.
struct Offer {
  std::vector<FieldViolation> violations;
  quayside::plugin::v1::Marketplace marketplace;
  quayside::plugin::v1::Manifest manifest;
};

absl::StatusOr<Offer> OfferOf(const ApiParts& parts, const std::string& account_id, const std::string& marketplace) {
  AccountRecord account;
  QS_RETURN_IF_ERROR(parts.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(account, tx.GetAccount(account_id));
    return absl::OkStatus();
  }));
  QS_ASSIGN_OR_RETURN(const PluginStatus plugin, parts.catalog.Get(account.plugin_id));
  Offer offer;
  offer.manifest = plugin.manifest;
  std::vector<std::string> names;
  for (const auto& offered : MarketplacesOf(plugin.manifest, account)) {
    if (offered.id() == marketplace) offer.marketplace = offered;
    names.push_back(absl::StrCat(offered.id(), " (", offered.name(), ")"));
  }
  if (offer.marketplace.id().empty()) {
    offer.violations.push_back({"channel.marketplace", absl::StrCat("is none of the account's plugin; there are ",
                                                                    absl::StrJoin(names, ", "))});
  }
  return offer;
}

// The one asked for, or "{account}-{country}" and, when that is taken, "{account}-{country}-2", ...
absl::StatusOr<std::string> NewId(ReadTx& tx, const std::string& asked, const std::string& account_id,
                                  const quayside::plugin::v1::Marketplace& marketplace) {
  std::string place = absl::AsciiStrToLower(marketplace.country_code());
  if (!IsChosenId(place)) place = "channel";
  const std::string base = absl::StrCat(account_id.substr(0, kMaxIdBytes - 12), "-", place);
  std::string id = asked.empty() ? base : asked;
  for (int n = 2;; ++n) {
    const absl::Status found = tx.GetChannel(id).status();
    if (absl::IsNotFound(found)) return id;
    QS_RETURN_IF_ERROR(found);
    if (!asked.empty()) return ChannelExists("there is already", id);
    id = absl::StrCat(base, "-", n);
  }
}

// The channel without its id. `offer`: null when its account is not known, whose plugin then has no say.
absl::StatusOr<ChannelRecord> DraftOf(ReadTx& tx, const api::CreateChannelRequest& request,
                                      const std::string& account_id, const Offer* offer,
                                      std::vector<FieldViolation>& violations) {
  const api::Channel& wanted = request.channel();
  ChannelRecord record;
  record.account_id = account_id;
  record.marketplace = wanted.marketplace();
  record.display_name = wanted.display_name();
  if (!request.channel_id().empty() && !IsChosenId(request.channel_id()))
    violations.push_back({"channel_id", "must match [a-z][a-z0-9-]{0,62}, or be empty"});
  CheckDisplayName(wanted.display_name(), "channel.display_name", violations);
  QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
  record.config = ParseChannelConfig(wanted.config(), locations, violations);
  if (offer == nullptr) return record;
  if (record.display_name.empty()) record.display_name = offer->marketplace.name();
  const api::ChannelConfig& config = wanted.config();
  const auto asked = config.has_fba_sync_inventory() ? std::optional(config.fba_sync_inventory()) : std::nullopt;
  QS_RETURN_IF_ERROR(SettleFbaOptions(tx, offer->manifest, asked, nullptr, record, violations));
  return record;
}

// All that is wrong beside what keeps the change from being begun.
absl::Status RefuseMalformed(const ApiParts& parts, const api::CreateChannelRequest& request,
                             const absl::StatusOr<std::string>& account_id) {
  std::vector<FieldViolation> found = ViolationsOf(CheckRequestId(request.request_id()));
  std::optional<Offer> offer;
  if (account_id.ok()) {
    absl::StatusOr<Offer> offered = OfferOf(parts, *account_id, request.channel().marketplace());
    if (offered.ok()) offer = *std::move(offered);
  }
  if (offer.has_value()) found.insert(found.end(), offer->violations.begin(), offer->violations.end());
  QS_RETURN_IF_ERROR(parts.store.Read([&](ReadTx& tx) {
    std::vector<FieldViolation> of_draft;
    const absl::Status drafted =
        DraftOf(tx, request, account_id.value_or(""), offer.has_value() ? &*offer : nullptr, of_draft).status();
    if (drafted.ok()) found.insert(found.end(), of_draft.begin(), of_draft.end());
    return drafted;
  }));
  return WithViolations(std::move(found), account_id.status());
}

}  // namespace

absl::Status MakeChannel(const ApiContext& context, const api::CreateChannelRequest& request,
                         api::CreateChannelResponse& response) {
  const ApiParts& parts = context.parts;
  const api::Channel& wanted = request.channel();
  const absl::StatusOr<std::string> parsed = ParseAccountName(wanted.account(), "channel.account");
  if (!parsed.ok() || !CheckRequestId(request.request_id()).ok()) return RefuseMalformed(parts, request, parsed);
  const std::string& account_id = *parsed;
  QS_ASSIGN_OR_RETURN(const std::string actor, context.callers.ActorOf(request));
  Offer offer;
  return context.changes.Make(
      request, response,
      {.prepare = [&]() -> absl::Status {
         QS_ASSIGN_OR_RETURN(offer, OfferOf(parts, account_id, wanted.marketplace()));
         return absl::OkStatus();
       },
       .apply = [&](Tx& tx) -> absl::Status {
         QS_RETURN_IF_ERROR(tx.GetAccount(account_id).status());
         std::vector<FieldViolation> violations = offer.violations;
         QS_ASSIGN_OR_RETURN(ChannelRecord record, DraftOf(tx, request, account_id, &offer, violations));
         if (!violations.empty()) return MakeFieldError(Reason::kInvalidConfiguration, violations);
         QS_ASSIGN_OR_RETURN(const std::optional<ChannelRecord> first, tx.FindChannel(account_id, record.marketplace));
         if (first.has_value()) return ChannelExists("the account has this marketplace already, as", first->id);
         QS_ASSIGN_OR_RETURN(record.id, NewId(tx, request.channel_id(), account_id, offer.marketplace));
         record.revision = 1;
         record.created_us = record.updated_us = parts.clock.Now();
         QS_RETURN_IF_ERROR(tx.PutChannel(record, actor));
         QS_RETURN_IF_ERROR(FollowFba(tx, record.updated_us, record));
         QS_RETURN_IF_ERROR(AddEvent(tx, record.updated_us, "channel.created", ChannelName(record.id),
                                     {{"account", AccountName(account_id)}, {"marketplace", record.marketplace}}));
         *response.mutable_channel() = ShowChannel(record);
         return absl::OkStatus();
       },
       .after = [&] { parts.engine.AccountChanged(account_id); },
       .details = [&]() -> AuditDetails {
         return {{"account", AccountName(account_id)}, {"marketplace", wanted.marketplace()}};
       }});
}

}  // namespace quayside
