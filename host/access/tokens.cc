#include "host/access/tokens.h"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>
#include <utility>

#include "absl/strings/escaping.h"
#include "host/access/roles.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"

namespace quayside {
namespace {

constexpr std::string_view kSecretPrefix = "qst_";
constexpr std::string_view kNamePrefix = "tokens/";
constexpr size_t kSecretBytes = 32;

absl::Status Refused(const std::string& why) {
  return MakeError(absl::StatusCode::kUnauthenticated, Reason::kTokenRefused, why);
}

Principal PrincipalOf(const TokenRecord& record) {
  Principal principal{.actor = TokenName(record.id), .roles = {}, .channels = record.channels, .limited = true};
  for (const std::string& text : record.roles) {
    // A role of a newer host's is none here.
    if (const auto role = ParseRole(text)) principal.roles.push_back(*role);
  }
  return principal;
}

}  // namespace

absl::StatusOr<std::string> NewTokenSecret() {
  std::array<unsigned char, kSecretBytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "OpenSSL has no randomness for a token");
  }
  return Concat(kSecretPrefix, absl::WebSafeBase64Escape(
                                   absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())));
}

std::string TokenSecretHash(std::string_view secret) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string TokenName(std::string_view id) { return Concat(kNamePrefix, id); }

absl::StatusOr<std::string> ParseTokenName(std::string_view name) {
  if (name.substr(0, kNamePrefix.size()) == kNamePrefix && IsChosenId(name.substr(kNamePrefix.size()))) {
    return std::string(name.substr(kNamePrefix.size()));
  }
  return MakeFieldError(Reason::kInvalidName, {{"name", "must be tokens/{token}"}});
}

absl::Status TokenTable::Load(Store& store) {
  std::vector<TokenRecord> records;
  QS_RETURN_IF_ERROR(store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(records, tx.ListTokens());
    return absl::OkStatus();
  }));
  for (const TokenRecord& record : records) Put(record);
  return absl::OkStatus();
}

void TokenTable::Put(const TokenRecord& record) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto present = by_hash_.find(record.secret_sha256);
  const bool was_revoked = present != by_hash_.end() && present->second.revoked_us != 0;
  if (was_revoked && record.revoked_us == 0) return;
  hash_of_[record.id] = record.secret_sha256;
  by_hash_[record.secret_sha256] = record;
}

absl::Status TokenTable::CheckStands(const TokenRecord& record) const {
  if (record.revoked_us != 0) return Refused("the token is revoked");
  if (record.expires_us != 0 && clock_.Now() >= record.expires_us) return Refused("the token has expired");
  return absl::OkStatus();
}

absl::StatusOr<Principal> TokenTable::SignIn(std::string_view secret) {
  // What the time of this look-up tells is about the hash, from which nobody comes to the secret.
  const std::string hash = TokenSecretHash(secret);
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto found = by_hash_.find(hash);
  if (found == by_hash_.end()) return Refused("there is no such token");
  TokenRecord& record = found->second;
  QS_RETURN_IF_ERROR(CheckStands(record));
  const TimeUs minute = clock_.Now() / kMinuteUs * kMinuteUs;
  if (record.last_used_us < minute) {
    record.last_used_us = minute;
    uses_[record.id] = minute;
  }
  return PrincipalOf(record);
}

absl::Status TokenTable::StillSignedIn(const std::string& actor) const {
  if (std::string_view(actor).substr(0, kNamePrefix.size()) != kNamePrefix) return absl::OkStatus();
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto hash = hash_of_.find(actor.substr(kNamePrefix.size()));
  if (hash == hash_of_.end()) return Refused("there is no such token");
  return CheckStands(by_hash_.at(hash->second));
}

std::map<std::string, TimeUs> TokenTable::TakeUses() {
  const std::lock_guard<std::mutex> guard(mutex_);
  return std::exchange(uses_, {});
}

}  // namespace quayside
