#include "host/api/token_calls.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "host/access/roles.h"
#include "host/api/convert.h"
#include "host/api/list_filters.h"
#include "host/api/paging.h"
#include "host/base/errors.h"
#include "host/base/names.h"

namespace quayside {
namespace {

constexpr DurationUs kUsualLifetimeUs = 90 * kDayUs;
constexpr DurationUs kLongestLifetimeUs = 3660 * kDayUs;
constexpr int kMostChannels = 1000;

api::Token ToProto(const TokenRecord& record) {
  api::Token out;
  out.set_name(TokenName(record.id));
  out.set_display_name(record.display_name);
  for (const std::string& text : record.roles) {
    if (const auto role = ParseRole(text)) out.add_roles(*role);
  }
  for (const std::string& id : record.channels) out.add_channels(ChannelName(id));
  out.set_creator(record.created_by);
  SetTime(out, &api::Token::mutable_create_time, record.created_us);
  SetTime(out, &api::Token::mutable_expire_time, record.expires_us);
  SetTime(out, &api::Token::mutable_revoke_time, record.revoked_us);
  SetTime(out, &api::Token::mutable_last_use_time, record.last_used_us);
  return out;
}

DurationUs LifetimeOf(const api::CreateTokenRequest& request, std::vector<FieldViolation>& found) {
  if (!request.has_lifetime()) return kUsualLifetimeUs;
  const int64_t seconds = request.lifetime().seconds();
  if (seconds < 60 || seconds > kLongestLifetimeUs / kSecondUs || request.lifetime().nanos() < 0) {
    found.push_back({"lifetime", "must be 1 minute to 3660 days"});
    return 0;
  }
  return seconds * kSecondUs;
}

absl::StatusOr<TokenRecord> RecordOf(const api::CreateTokenRequest& request, TimeUs now) {
  std::vector<FieldViolation> found;
  const api::Token& token = request.token();
  TokenRecord record;
  record.id = request.token_id();
  record.display_name = token.display_name();
  record.created_us = now;
  record.expires_us = now + LifetimeOf(request, found);
  if (!IsChosenId(record.id)) found.push_back({"token_id", "must be 1-63 of a-z, 0-9 and -, beginning with a letter"});
  CheckDisplayName(token.display_name(), "token.display_name", found);
  if (token.roles().empty()) found.push_back({"token.roles", "must hold at least one role"});
  for (const int value : token.roles()) {
    const std::string text = RoleText(static_cast<Role>(value));
    if (text.empty()) found.push_back({"token.roles", absl::StrCat(value, " is no role")});
    if (std::find(record.roles.begin(), record.roles.end(), text) == record.roles.end()) record.roles.push_back(text);
  }
  if (token.channels_size() > kMostChannels) found.push_back({"token.channels", "must be at most 1000"});
  for (const std::string& name : token.channels()) {
    const absl::StatusOr<std::string> id = ParseChannelName(name, "token.channels");
    if (id.ok()) {
      record.channels.push_back(*id);
    } else {
      found.push_back({"token.channels", "must be channels/{channel}"});
    }
  }
  if (!found.empty()) return MakeFieldError(Reason::kInvalidArgument, found);
  return record;
}

// Few: as many as clients.
absl::StatusOr<std::optional<TokenRecord>> Find(ReadTx& tx, const std::string& id) {
  QS_ASSIGN_OR_RETURN(const std::vector<TokenRecord> records, tx.ListTokens());
  for (const TokenRecord& record : records) {
    if (record.id == id) return record;
  }
  return std::nullopt;
}

}  // namespace

absl::Status TokenCalls::Create(const api::CreateTokenRequest& request, api::CreateTokenResponse& response) {
  const TimeUs now = context_.parts.clock.Now();
  TokenRecord record;
  std::string secret;
  return context_.changes.Make(
      request, response,
      {.prepare = [&]() -> absl::Status {
         QS_ASSIGN_OR_RETURN(record, RecordOf(request, now));
         QS_ASSIGN_OR_RETURN(record.created_by, context_.callers.ActorOf(request));
         QS_ASSIGN_OR_RETURN(secret, NewTokenSecret());
         record.secret_sha256 = TokenSecretHash(secret);
         return absl::OkStatus();
       },
       .apply = [&](Tx& tx) -> absl::Status {
         QS_ASSIGN_OR_RETURN(const std::optional<TokenRecord> present, Find(tx, record.id));
         if (present.has_value()) {
           return MakeError(absl::StatusCode::kAlreadyExists, Reason::kTokenExists,
                            absl::StrCat("'", TokenName(record.id), "' was made before; names are not used twice"),
                            {{"resource", TokenName(record.id)}});
         }
         QS_RETURN_IF_ERROR(tx.PutToken(record));
         QS_RETURN_IF_ERROR(AddEvent(tx, now, "token.created", TokenName(record.id)));
         *response.mutable_token() = ToProto(record);
         return absl::OkStatus();
       },
       .after =
           [&] {
             context_.tokens.Put(record);
             // Not before: what is in the response in the transaction is stored for repetitions.
             response.set_secret(secret);
           }});
}

absl::Status TokenCalls::List(const api::ListTokensRequest& request, api::ListTokensResponse& response) {
  QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
  QS_ASSIGN_OR_RETURN(const RowFilter<TokenRecord> wanted,
                      ParseTokenFilter(request.filter(), context_.parts.clock.Now()));
  return context_.parts.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::vector<TokenRecord> records, tx.ListTokens());
    std::string last;
    for (const TokenRecord& record : records) {
      if (record.id <= page.cursor || !wanted(record)) continue;
      if (response.tokens_size() == page.size) {
        response.set_next_page_token(MakePageToken(request, last));
        break;
      }
      *response.add_tokens() = ToProto(record);
      last = record.id;
    }
    return absl::OkStatus();
  });
}

absl::Status TokenCalls::Revoke(const api::RevokeTokenRequest& request, api::RevokeTokenResponse& response) {
  QS_ASSIGN_OR_RETURN(const std::string id, ParseTokenName(request.name()));
  const TimeUs now = context_.parts.clock.Now();
  TokenRecord record;
  return context_.changes.Make(request, response,
                               {.prepare = {},
                                .apply = [&](Tx& tx) -> absl::Status {
                                  QS_ASSIGN_OR_RETURN(const std::optional<TokenRecord> present, Find(tx, id));
                                  if (!present.has_value()) {
                                    return MakeError(absl::StatusCode::kNotFound, Reason::kTokenNotFound,
                                                     absl::StrCat("there is no token '", request.name(), "'"),
                                                     {{"resource", request.name()}});
                                  }
                                  record = *present;
                                  if (record.revoked_us == 0) {
                                    record.revoked_us = now;
                                    QS_RETURN_IF_ERROR(tx.PutToken(record));
                                    QS_RETURN_IF_ERROR(AddEvent(tx, now, "token.revoked", request.name()));
                                  }
                                  *response.mutable_token() = ToProto(record);
                                  return absl::OkStatus();
                                },
                                .after =
                                    [&] {
                                      context_.tokens.Put(record);
                                      // Streams look whether their token still stands when something happens.
                                      context_.parts.events.Notify();
                                      context_.operations.EndSignedOut();
                                    }});
}

}  // namespace quayside
