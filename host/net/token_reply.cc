#include "host/net/token_reply.h"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "absl/strings/ascii.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/net/wipe.h"

namespace quayside {
namespace {

using quayside::plugin::v1::Credential;

constexpr size_t kLongestToken = 16 << 10;
constexpr int64_t kLongestLifetimeSeconds = 366 * 24 * 3600;
// RFC 6749 recommends expires_in and does not require it.
constexpr int64_t kUnstatedLifetimeSeconds = 300;
constexpr DurationUs kThrottledUs = kMinuteUs;
constexpr DurationUs kTroubleUs = 10 * kSecondUs;
constexpr DurationUs kLongestRetryAfterUs = kHourUs;

std::string Subject(const Credential& credential) {
  return Concat("the token endpoint of credential '", credential.name(), "'");
}

std::optional<boost::json::object> ParseObject(const std::string& body) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(body, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

const boost::json::string* FindString(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(boost::json::string_view(name.data(), name.size()));
  return value == nullptr ? nullptr : value->if_string();
}

// Some servers send the number as a text.
int64_t LifetimeSeconds(const boost::json::object& object) {
  int64_t seconds = kUnstatedLifetimeSeconds;
  if (const auto* value = object.if_contains("expires_in")) {
    if (const auto* number = value->if_int64()) {
      seconds = *number;
    } else if (const auto* text = value->if_string()) {
      seconds = ParseWhole({text->data(), text->size()}).value_or(seconds);
    }
  }
  return std::clamp<int64_t>(seconds, 0, kLongestLifetimeSeconds);
}

std::optional<DurationUs> RetryAfter(const HttpAnswer& answer) {
  for (const auto& [name, value] : answer.headers) {
    if (name != "retry-after") continue;
    const auto seconds = ParseWhole(value);  // the date form is rare and not worth a guess
    if (seconds && *seconds > 0) return std::min(*seconds, kLongestRetryAfterUs / kSecondUs) * kSecondUs;
  }
  return std::nullopt;
}

// OAuth's own code when it looks like one, so that nothing else of the body can get into a message.
std::string OAuthError(const HttpAnswer& answer) {
  const auto object = ParseObject(answer.body);
  const auto* error = object ? FindString(*object, "error") : nullptr;
  if (error == nullptr || error->empty() || error->size() > 40) return {};
  const bool looks_like_one =
      std::all_of(error->begin(), error->end(), [](unsigned char c) { return absl::ascii_islower(c) || c == '_'; });
  return looks_like_one ? std::string(error->data(), error->size()) : std::string();
}

std::string_view RemedyOf(std::string_view oauth_error) {
  if (oauth_error == "invalid_grant") {
    return "the refresh token is revoked, expired or belongs to another client: authorise again and set the new "
           "refresh token";
  }
  if (oauth_error == "invalid_client") {
    return "client id or client secret is wrong or was rotated: set both from the application's page";
  }
  if (oauth_error == "unauthorized_client") {
    return "the application may not use this grant: check its authorisation at the marketplace, then set the secrets "
           "again";
  }
  if (oauth_error == "invalid_scope") return "the scope in the plugin's manifest is not granted to this application";
  return "check the account's secrets and the application's authorisation at the marketplace";
}

TokenFailure Refused(const Credential& credential, std::string_view oauth_error, TimeUs now) {
  const std::string message = Concat(Subject(credential), " answered ", oauth_error, ": ", RemedyOf(oauth_error));
  return {MakeError(absl::StatusCode::kUnauthenticated, Reason::kCredentialsRefused, message,
                    {{"credential", credential.name()},
                     {"oauth_error", std::string(oauth_error)},
                     {"retry_at_us", Concat(now + kRefusedUs)}}),
          kRefusedUs};
}

TokenFailure Unavailable(Reason reason, std::string_view message, DurationUs remember_us, TimeUs now) {
  return {MakeError(absl::StatusCode::kUnavailable, reason, message, {{"retry_at_us", Concat(now + remember_us)}}),
          remember_us};
}

bool IsSendable(std::string_view token) {
  return !token.empty() && token.size() <= kLongestToken &&
         std::none_of(token.begin(), token.end(), [](unsigned char c) { return c <= 0x20 || c >= 0x7f; });
}

TokenReply ReadToken(const HttpAnswer& answer, const Credential& credential, TimeUs now) {
  auto object = ParseObject(answer.body);
  const auto* token = object ? FindString(*object, "access_token") : nullptr;
  if (token == nullptr || !IsSendable({token->data(), token->size()})) {
    return {.failure =
                Unavailable(Reason::kHttpFailed,
                            Concat(Subject(credential), " answered ", answer.status, " without a usable access_token"),
                            kTroubleUs, now)};
  }
  TokenReply reply;
  reply.token = {std::string(token->data(), token->size()), LifetimeSeconds(*object) * kSecondUs};
  return reply;
}

TokenFailure ReadFailure(const HttpAnswer& answer, const Credential& credential, TimeUs now) {
  if (answer.status >= 300 && answer.status < 400) {
    return {MakeError(absl::StatusCode::kFailedPrecondition, Reason::kTooManyRedirects,
                      Concat(Subject(credential), " redirects; redirects are not followed")),
            kTroubleUs};
  }
  const std::string answered = Concat(Subject(credential), " answered ", answer.status);
  // Slow down: nothing of the plugin's own request was sent.
  if (answer.status == 429) {
    return Unavailable(Reason::kRateLimited, answered, RetryAfter(answer).value_or(kThrottledUs), now);
  }
  const std::string oauth_error = OAuthError(answer);
  const bool temporary = oauth_error == "temporarily_unavailable" || oauth_error == "server_error";
  if (answer.status >= 400 && answer.status < 500 && !temporary) {
    if (!oauth_error.empty()) return Refused(credential, oauth_error, now);
    if (answer.status == 401 || answer.status == 403) return Refused(credential, Concat(answer.status), now);
  }
  return Unavailable(Reason::kHttpFailed, answered, RetryAfter(answer).value_or(kTroubleUs), now);
}

}  // namespace

TokenReply ReadTokenReply(const HttpAnswer& answer, const Credential& credential, TimeUs now) {
  if (answer.status >= 200 && answer.status < 300) return ReadToken(answer, credential, now);
  return {.failure = ReadFailure(answer, credential, now)};
}

}  // namespace quayside
