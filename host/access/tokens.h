// Bearer tokens: 256 random bits that are shown once, of which the host keeps the SHA-256. A slow hash is for secrets
// that could be guessed; these cannot, and each call is checked against them.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/access/principal.h"
#include "host/base/clock.h"
#include "host/store/store.h"

namespace quayside {

// "qst_" and 43 characters of base64url. INTERNAL: the system has no randomness.
[[nodiscard]] absl::StatusOr<std::string> NewTokenSecret();
[[nodiscard]] std::string TokenSecretHash(std::string_view secret);
// "tokens/{id}"
[[nodiscard]] std::string TokenName(std::string_view id);
[[nodiscard]] absl::StatusOr<std::string> ParseTokenName(std::string_view name);

// All tokens, in memory: every call asks. The store has them first. Thread-safe.
class TokenTable {
 public:
  explicit TokenTable(const Clock& clock) : clock_(clock) {}

  [[nodiscard]] absl::Status Load(Store& store);
  // After the commit of this record. A token that is revoked stays so: who made it may come here later than who revoked
  // it right away.
  void Put(const TokenRecord& record);

  // Whose secret it is. UNAUTHENTICATED TOKEN_REFUSED: nobody's, or the token is expired or revoked.
  [[nodiscard]] absl::StatusOr<Principal> SignIn(std::string_view secret);
  // Whether the actor would still be signed in: always, unless it is a token's that is expired or revoked. The same
  // error.
  [[nodiscard]] absl::Status StillSignedIn(const std::string& actor) const;

  // Ids with the minute they were last used in, each told once.
  [[nodiscard]] std::map<std::string, TimeUs> TakeUses();

 private:
  absl::Status CheckStands(const TokenRecord& record) const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, TokenRecord> by_hash_;
  std::map<std::string, std::string> hash_of_;  // by id
  std::map<std::string, TimeUs> uses_;
};

}  // namespace quayside
