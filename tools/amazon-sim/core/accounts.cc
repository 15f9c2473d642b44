#include "core/accounts.h"

#include <algorithm>
#include <boost/json.hpp>

namespace amazon_sim {
namespace {

Response OAuthAnswer(int status, const boost::json::object& body) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json;charset=UTF-8"},
                      {"Cache-Control", "no-store"},
                      {"Pragma", "no-cache"}},
          .body = boost::json::serialize(body)};
}

Response OAuthError(int status, std::string_view error, std::string_view description) {
  return OAuthAnswer(status, {{"error_description", description}, {"error", error}});
}

// The fields of a form body, or of the JSON body that some client libraries send and Amazon takes too.
Query ReadFields(const Request& request) {
  const std::string* type = FindHeader(request.headers, "content-type");
  if (!type || type->find("json") == std::string::npos) return Query::Parse(request.body);
  boost::system::error_code error;
  const boost::json::value body = boost::json::parse(request.body, error);
  std::string form;
  if (!error && body.is_object()) {
    for (const auto& [name, value] : body.get_object()) {
      if (value.is_string()) form += PercentEncode(name) + "=" + PercentEncode(value.get_string()) + "&";
    }
  }
  return Query::Parse(form);
}

}  // namespace

bool Account::SellsIn(const Marketplace* marketplace) const {
  return std::find(marketplaces.begin(), marketplaces.end(), marketplace) != marketplaces.end();
}

Account& Accounts::Add(Account account) {
  account.index = accounts_.size();
  accounts_.push_back(std::move(account));
  return accounts_.back();
}

Account* Accounts::FindSeller(std::string_view seller_id) {
  for (Account& account : accounts_) {
    if (seller_id.empty() || account.seller_id() == seller_id) return &account;
  }
  return nullptr;
}

Response Accounts::IssueToken(const Request& request, Micros now) {
  const Query form = ReadFields(request);
  const std::string grant_type = form.Get("grant_type");
  if (grant_type.empty())
    return OAuthError(400, "invalid_request", "The request is missing a required parameter : grant_type");
  if (grant_type != "refresh_token" && grant_type != "client_credentials") {
    return OAuthError(400, "unsupported_grant_type",
                      "The authorization grant type is not supported by the authorization server");
  }
  const std::string client_id = form.Get("client_id");
  const std::string secret = form.Get("client_secret");
  if (client_id.empty())
    return OAuthError(400, "invalid_request", "The request is missing a required parameter : client_id");
  const bool known_client = std::any_of(accounts_.begin(), accounts_.end(), [&](const Account& account) {
    return account.client_id == client_id && account.client_secret == secret;
  });
  if (!known_client) return OAuthError(401, "invalid_client", "Client authentication failed");

  ForgetOldTokens(now);
  const std::int64_t seconds = token_life_ / kSecond;
  if (grant_type == "client_credentials") {
    const std::string scope = form.Get("scope");
    if (scope.empty()) return OAuthError(400, "invalid_scope", "The request has an invalid parameter : scope");
    const std::string token = NewToken();
    grants_[token] = {nullptr, now + token_life_};
    return OAuthAnswer(200,
                       {{"access_token", token}, {"scope", scope}, {"token_type", "bearer"}, {"expires_in", seconds}});
  }
  const std::string refresh_token = form.Get("refresh_token");
  const auto account = std::find_if(accounts_.begin(), accounts_.end(), [&](const Account& each) {
    return each.client_id == client_id && each.refresh_token == refresh_token;
  });
  if (account == accounts_.end()) {
    return OAuthError(400, "invalid_grant", "The request has an invalid grant parameter : refresh_token");
  }
  const std::string token = NewToken();
  grants_[token] = {&*account, now + token_life_};
  return OAuthAnswer(
      200,
      {{"access_token", token}, {"refresh_token", refresh_token}, {"token_type", "bearer"}, {"expires_in", seconds}});
}

Accounts::TokenCheck Accounts::Check(std::string_view token, Micros now) const {
  const auto grant = grants_.find(token);
  if (grant == grants_.end()) return {};
  return {grant->second.expires > now ? TokenState::kGood : TokenState::kExpired, grant->second.account};
}

void Accounts::ExpireTokens(const Account& account, Micros now) {
  for (auto& [token, grant] : grants_) {
    if (grant.account == &account) grant.expires = std::min(grant.expires, now);
  }
}

std::string Accounts::NewToken() {
  static constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string token = "Atza|IwEB";
  for (int i = 0; i < 120; ++i) token += kLetters[rng_.Below(kLetters.size())];
  return token;
}

void Accounts::ForgetOldTokens(Micros now) {
  // A while after expiry the difference between expired and never issued no longer matters.
  std::erase_if(grants_, [&](const auto& entry) { return entry.second.expires + kDay < now; });
}

}  // namespace amazon_sim
