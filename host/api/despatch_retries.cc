#include "host/api/despatch_retries.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "host/api/convert.h"
#include "host/api/despatch_offer.h"
#include "host/api/paging.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/orders/despatch_order.h"

namespace quayside {
namespace {

struct RetryFilter {
  DespatchState state = DespatchState::kFailed;
  std::string channel_id;  // empty = all
  std::string account_id;  // empty = all
};

absl::StatusOr<RetryFilter> ParseFilter(const api::DespatchFilter& filter) {
  RetryFilter parsed;
  std::vector<FieldViolation> violations;
  switch (filter.state()) {
    case api::DESPATCH_STATE_UNSPECIFIED:
      break;
    case api::DESPATCH_STATE_FAILED:
    case api::DESPATCH_STATE_REJECTED:
    case api::DESPATCH_STATE_NOT_REQUIRED:
    case api::DESPATCH_STATE_SHIPPED_OTHERWISE:
      // The two enums number their values alike.
      parsed.state = static_cast<DespatchState>(filter.state());
      break;
    default:
      violations.push_back({"filter.state", "must be FAILED, REJECTED, NOT_REQUIRED or SHIPPED_OTHERWISE"});
  }
  if (!filter.channel().empty()) {
    const auto id = ParseChannelName(filter.channel(), "filter.channel");
    if (id.ok()) parsed.channel_id = *id;
    for (const FieldViolation& violation : ViolationsOf(id.status())) violations.push_back(violation);
  }
  if (!filter.account().empty()) {
    const auto id = ParseAccountName(filter.account(), "filter.account");
    if (id.ok()) parsed.account_id = *id;
    for (const FieldViolation& violation : ViolationsOf(id.status())) violations.push_back(violation);
  }
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidFilter, violations);
  return parsed;
}

// One piece of the walk, and where the next begins.
struct Piece {
  std::vector<DespatchRecord> packages;
  std::string next_page_token;
  std::map<std::string, DespatchOffer> offers;  // by account
};

absl::StatusOr<Piece> ReadPiece(const ApiParts& parts, const api::RetryDespatchesRequest& request,
                                const RetryFilter& filter) {
  QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request, request.page_size(), request.page_token()));
  QS_ASSIGN_OR_RETURN(const int64_t before_id, NumberCursor(page));
  Piece piece;
  QS_RETURN_IF_ERROR(parts.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(
        piece.packages,
        tx.ListDespatches(
            {.state = filter.state, .account_id = filter.account_id, .before_id = before_id, .limit = page.size + 1}));
    return absl::OkStatus();
  }));
  if (piece.packages.size() > static_cast<size_t>(page.size)) {
    piece.packages.resize(static_cast<size_t>(page.size));
    piece.next_page_token = MakePageToken(request, absl::StrCat(piece.packages.back().id));
  }
  std::erase_if(piece.packages, [&](const DespatchRecord& package) {
    return !filter.channel_id.empty() && package.channel_id != filter.channel_id;
  });
  for (const DespatchRecord& package : piece.packages) {
    if (piece.offers.contains(package.account_id)) continue;
    QS_ASSIGN_OR_RETURN(piece.offers[package.account_id], OfferOfAccount(parts, package.account_id));
  }
  return piece;
}

// What is refused has written nothing of the package: the others of the piece are committed all the same.
bool ConcernsThisPackageOnly(const absl::Status& refused) {
  return absl::IsFailedPrecondition(refused) || absl::IsNotFound(refused);
}

absl::Status RetryEach(const ApiParts& parts, Tx& tx, const Piece& piece, api::RetryDespatchesResponse& response) {
  for (const DespatchRecord& package : piece.packages) {
    const std::string name = DespatchName(package.order_id, package.number);
    const DespatchInputs in = DespatchInputsFor(parts, tx, piece.offers.at(package.account_id));
    const absl::Status retried = RetryDespatch(in, package.order_id, package.number).status();
    if (retried.ok()) {
      response.add_retried(name);
    } else if (ConcernsThisPackageOnly(retried)) {
      api::RefusedRetry& refused = *response.add_refused();
      refused.set_name(name);
      refused.set_reason(ReasonOf(retried));
      refused.set_message(std::string(retried.message()));
    } else {
      return retried;
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RetryDespatchesInState(const ApiContext& context, const api::RetryDespatchesRequest& request,
                                    api::RetryDespatchesResponse& response) {
  const ApiParts& parts = context.parts;
  QS_ASSIGN_OR_RETURN(const RetryFilter filter, ParseFilter(request.filter()));
  Piece piece;
  return context.changes.Make(request, response,
                              {.prepare = [&]() -> absl::Status {
                                 QS_ASSIGN_OR_RETURN(piece, ReadPiece(parts, request, filter));
                                 return absl::OkStatus();
                               },
                               .apply = [&](Tx& tx) -> absl::Status {
                                 QS_RETURN_IF_ERROR(RetryEach(parts, tx, piece, response));
                                 response.set_next_page_token(piece.next_page_token);
                                 return absl::OkStatus();
                               },
                               .after =
                                   [&] {
                                     for (const auto& [account, offer] : piece.offers)
                                       parts.engine.DespatchesChanged(account);
                                   }});
}

}  // namespace quayside
