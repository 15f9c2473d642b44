#include "host/net/tokens.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/net/token_reply.h"
#include "host/net/url_text.h"
#include "host/net/wipe.h"

namespace quayside {
namespace {

using quayside::plugin::v1::Credential;

constexpr DurationUs kMarginUs = kMinuteUs;
// A marketplace that refuses every fresh token as well (a missing role, say) must not make us fetch one per request.
constexpr DurationUs kShortestInvalidationGapUs = kMinuteUs;
constexpr int64_t kLargestTokenReply = 256 << 10;
constexpr auto kStopPoll = std::chrono::milliseconds(50);

using Key = std::pair<std::string, std::string>;  // account, credential

// One fetch and those who wait for it.
struct Flight {
  bool done = false;
  bool abandoned = false;  // its leader was told to stop: somebody else must fetch
  absl::Status status;
  std::string token;
  ~Flight() { Wipe(token); }
};

struct Entry {
  std::string token;
  TimeUs usable_until_us = 0;
  absl::Status failure;  // not OK: the answer until failure_until_us
  TimeUs failure_until_us = 0;
  std::optional<TimeUs> invalidated_us;
  std::shared_ptr<Flight> flight;
  Entry() = default;
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry() { Wipe(token); }
};

class CachingTokens final : public Tokens {
 public:
  CachingTokens(HttpClient& client, SecretSource& secrets, const Clock& clock)
      : client_(client), secrets_(secrets), clock_(clock) {}

  absl::StatusOr<std::string> Get(const std::string& account_id, const Credential& credential,
                                  const std::string& base_url, const std::function<bool()>& stop) override;
  void Invalidate(const std::string& account_id, const std::string& credential, const std::string& token) override;
  void Forget(const std::string& account_id) override;

 private:
  absl::StatusOr<std::string> NamedSecret(const std::string& account_id, const Credential& credential,
                                          const std::string& role);
  absl::StatusOr<std::string> Form(const std::string& account_id, const Credential& credential);
  TokenReply Fetch(const std::string& account_id, const Credential& credential, const std::string& base_url,
                   const std::function<bool()>& stop);
  void Land(const Key& key, const std::shared_ptr<Flight>& flight, TokenReply reply, TimeUs asked_us);

  HttpClient& client_;
  SecretSource& secrets_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable landed_;
  std::map<Key, Entry> entries_;
};

absl::StatusOr<std::string> CachingTokens::Get(const std::string& account_id, const Credential& credential,
                                               const std::string& base_url, const std::function<bool()>& stop) {
  if (credential.type() == "secret") return NamedSecret(account_id, credential, "secret");
  const Key key(account_id, credential.name());
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    Entry& entry = entries_[key];
    const TimeUs now = clock_.Now();
    if (!entry.token.empty() && now < entry.usable_until_us) return entry.token;
    if (!entry.failure.ok() && now < entry.failure_until_us) return entry.failure;
    if (entry.flight == nullptr) {
      const auto flight = std::make_shared<Flight>();
      entry.flight = flight;
      lock.unlock();
      TokenReply reply = Fetch(account_id, credential, base_url, stop);
      const absl::Status status = reply.failure.status;
      lock.lock();
      Land(key, flight, std::move(reply), now);
      if (!status.ok()) return status;
      return flight->token;
    }
    const std::shared_ptr<Flight> flight = entry.flight;  // the entry may be forgotten meanwhile
    while (!flight->done) {
      if (stop && stop()) return absl::CancelledError("stopped while waiting for an access token");
      landed_.wait_for(lock, kStopPoll);
    }
    if (flight->abandoned) continue;
    if (!flight->status.ok()) return flight->status;
    return flight->token;
  }
}

// Hands the outcome to the waiters, and to the cache unless the account was forgotten while the request was out: a
// token made with a secret that changed meanwhile must not outlive the change.
void CachingTokens::Land(const Key& key, const std::shared_ptr<Flight>& flight, TokenReply reply, TimeUs asked_us) {
  flight->done = true;
  flight->status = reply.failure.status;
  flight->abandoned = absl::IsCancelled(flight->status);
  flight->token = reply.token.value;
  landed_.notify_all();
  const WipeAtEnd wipe(reply.token.value);
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.flight != flight) return;
  Entry& entry = found->second;
  entry.flight = nullptr;
  if (flight->status.ok()) {
    Wipe(entry.token);
    entry.token = reply.token.value;
    // A token of two minutes or less is used for half its life.
    entry.usable_until_us = asked_us + reply.token.lifetime_us - std::min(kMarginUs, reply.token.lifetime_us / 2);
    entry.failure = absl::OkStatus();
  } else {
    entry.failure = flight->status;
    entry.failure_until_us = clock_.Now() + reply.failure.remember_us;
  }
}

absl::StatusOr<std::string> CachingTokens::NamedSecret(const std::string& account_id, const Credential& credential,
                                                       const std::string& role) {
  const auto found = credential.secrets().find(role);
  if (found == credential.secrets().end()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginRejected,
                     Concat("credential '", credential.name(), "' of the manifest names no secret for '", role, "'"));
  }
  return secrets_.GetSecret(account_id, found->second);
}

absl::StatusOr<std::string> CachingTokens::Form(const std::string& account_id, const Credential& credential) {
  const bool refreshes = credential.type() == "oauth2_refresh_token";
  if (!refreshes && credential.type() != "oauth2_client_credentials") {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginRejected,
                     Concat("credential '", credential.name(), "' has the unknown type '", credential.type(), "'"));
  }
  QS_ASSIGN_OR_RETURN(std::string client_id, NamedSecret(account_id, credential, "client_id"));
  QS_ASSIGN_OR_RETURN(std::string client_secret, NamedSecret(account_id, credential, "client_secret"));
  const WipeAtEnd wipe_secret(client_secret);
  std::string refresh_token;
  const WipeAtEnd wipe_refresh(refresh_token);
  if (refreshes) {
    QS_ASSIGN_OR_RETURN(refresh_token, NamedSecret(account_id, credential, "refresh_token"));
  }
  std::string form;
  form.reserve(64 + FormFieldSize("client_id", client_id) + FormFieldSize("client_secret", client_secret) +
               FormFieldSize("refresh_token", refresh_token) + FormFieldSize("scope", credential.scope()));
  AppendFormField(form, "grant_type", refreshes ? "refresh_token" : "client_credentials");
  if (refreshes) AppendFormField(form, "refresh_token", refresh_token);
  AppendFormField(form, "client_id", client_id);
  AppendFormField(form, "client_secret", client_secret);
  if (!credential.scope().empty()) AppendFormField(form, "scope", credential.scope());
  return form;
}

TokenReply CachingTokens::Fetch(const std::string& account_id, const Credential& credential,
                                const std::string& base_url, const std::function<bool()>& stop) {
  absl::StatusOr<std::string> form = Form(account_id, credential);
  if (!form.ok()) return {.failure = {form.status()}};
  HttpExchange exchange{
      .method = "POST",
      .url = Concat(base_url, credential.token_path()),
      .headers = {{"content-type", "application/x-www-form-urlencoded"}, {"accept", "application/json"}},
      .body = *std::move(form),
      .max_response_bytes = kLargestTokenReply,
      .stop = stop};
  absl::StatusOr<HttpAnswer> answer = client_.Send(exchange);
  Wipe(exchange.body);
  if (absl::IsCancelled(answer.status())) return {.failure = {answer.status()}};
  if (!answer.ok()) {
    // Asking for a token again does no harm, so an unknown outcome is a failure like any other: the plugin's request
    // did not go.
    const absl::Status status =
        absl::IsPermissionDenied(answer.status())
            ? answer.status()
            : MakeError(absl::StatusCode::kUnavailable, Reason::kHttpFailed, std::string(answer.status().message()));
    return {.failure = {AddContext(status, Concat("no access token for credential '", credential.name(), "'"))}};
  }
  const WipeAtEnd wipe(answer->body);
  return ReadTokenReply(*answer, credential, clock_.Now());
}

void CachingTokens::Invalidate(const std::string& account_id, const std::string& credential, const std::string& token) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto found = entries_.find(Key(account_id, credential));
  if (found == entries_.end() || found->second.token != token) return;
  Entry& entry = found->second;
  const TimeUs now = clock_.Now();
  if (entry.invalidated_us && now - *entry.invalidated_us < kShortestInvalidationGapUs) return;
  entry.invalidated_us = now;
  Wipe(entry.token);
}

void CachingTokens::Forget(const std::string& account_id) {
  const std::lock_guard<std::mutex> guard(mutex_);
  auto it = entries_.lower_bound(Key(account_id, ""));
  while (it != entries_.end() && it->first.first == account_id) it = entries_.erase(it);
}

}  // namespace

std::unique_ptr<Tokens> MakeTokens(HttpClient& client, SecretSource& secrets, const Clock& clock) {
  return std::make_unique<CachingTokens>(client, secrets, clock);
}

}  // namespace quayside
