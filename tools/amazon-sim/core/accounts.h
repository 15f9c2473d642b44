// Who may call: seller accounts as an application knows them, and the access tokens given out (Login with Amazon).
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/http_message.h"
#include "core/marketplaces.h"
#include "core/rng.h"
#include "core/seller_book.h"
#include "core/sim_clock.h"
#include "core/url.h"

namespace amazon_sim {

struct Account {
  std::size_t index = 0;
  std::string client_id;
  std::string client_secret;
  std::string refresh_token;
  std::string store_name;
  std::vector<const Marketplace*> marketplaces;
  bool fba = true;             // enrolled: without it the operations of Amazon's warehouses refuse every call
  SellerBook* book = nullptr;  // shared by accounts of the same seller and region

  const std::string& seller_id() const { return book->seller_id(); }
  bool SellsIn(const Marketplace* marketplace) const;
};

class Accounts {
 public:
  explicit Accounts(std::uint64_t seed) : rng_(seed, "tokens") {}

  Account& Add(Account account);
  // The first account of that seller; the first of all for an empty id. Null when there is none.
  Account* FindSeller(std::string_view seller_id);
  std::deque<Account>& all() { return accounts_; }
  const std::deque<Account>& all() const { return accounts_; }

  void set_token_life(Micros life) { token_life_ = life; }

  // POST /auth/o2/token. Errors have OAuth's shape (RFC 6749, 5.2), not SP-API's.
  Response IssueToken(const Request& request, Micros now);

  enum class TokenState { kGood, kExpired, kUnknown };
  struct TokenCheck {
    TokenState state = TokenState::kUnknown;
    Account* account = nullptr;  // null for a grantless token
  };
  TokenCheck Check(std::string_view token, Micros now) const;
  void ExpireTokens(const Account& account, Micros now);

 private:
  struct Grant {
    Account* account;
    Micros expires;
  };
  std::string NewToken();
  void ForgetOldTokens(Micros now);

  std::deque<Account> accounts_;
  std::map<std::string, Grant, std::less<>> grants_;
  Rng rng_;
  Micros token_life_ = 3600 * kSecond;
};

}  // namespace amazon_sim
