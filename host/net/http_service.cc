#include "host/net/http_service.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/base/trace_scope.h"
#include "host/net/http_date.h"
#include "host/net/make_http_service.h"
#include "host/net/request_rules.h"
#include "host/net/url_text.h"
#include "host/net/wipe.h"

namespace quayside {
namespace {

using quayside::plugin::v1::Credential;
using quayside::plugin::v1::CredentialUse;
using quayside::plugin::v1::HttpReply;
using quayside::plugin::v1::HttpRequest;
using quayside::plugin::v1::Manifest;
using quayside::plugin::v1::Origin;
using quayside::plugin::v1::RateLimit;

constexpr DurationUs kDefaultTimeoutUs = 30 * kSecondUs;

// What is sent, with secrets inside; gone from memory with it.
struct FilledExchange {
  FilledExchange() = default;
  FilledExchange(FilledExchange&&) = default;
  FilledExchange& operator=(FilledExchange&&) = default;
  ~FilledExchange() {
    Wipe(exchange.url);
    Wipe(exchange.body);
    for (auto& [name, value] : exchange.headers) Wipe(value);
    for (auto& [name, value] : values) Wipe(value);
  }
  HttpExchange exchange;
  std::vector<std::pair<const Credential*, std::string>> values;  // in the order of request.credentials
};

bool IsOAuth(const Credential& credential) { return credential.type() != "secret"; }

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

class RuledHttpService final : public HttpService {
 public:
  RuledHttpService(HttpClient& client, Tokens& tokens, RateBudgets& budgets, const Clock& clock,
                   HttpServiceOptions options)
      : client_(client), tokens_(tokens), budgets_(budgets), clock_(clock), options_(std::move(options)) {}

  absl::StatusOr<HttpReply> Send(const HttpRequest& request, const CallContext& context) override;

 private:
  // For fetching tokens: ends that at the step's deadline too. Not for the request itself, which has a timeout that
  // ends then: a deadline that passes after sending is an unknown outcome, not a stop.
  [[nodiscard]] std::function<bool()> StopOf(const CallContext& context) const;

  [[nodiscard]] absl::Status TakeToken(const HttpRequest& request, const CallContext& context);
  [[nodiscard]] absl::StatusOr<FilledExchange> Fill(const HttpRequest& request, const CallContext& context,
                                                    const std::string& base_url);
  void AddTrace(const std::string& base_url, HttpExchange& exchange) const;
  [[nodiscard]] absl::StatusOr<HttpAnswer> SendOnce(const HttpRequest& request, const CallContext& context,
                                                    FilledExchange& filled);
  void GiveBack(const HttpRequest& request, const CallContext& context) {
    budgets_.GiveBack(context.account_id, request.operation(), context.lane_id);
  }
  void Learn(const HttpRequest& request, const CallContext& context, const HttpAnswer& answer, TimeUs sent_us);
  [[nodiscard]] bool Invalidate(const CallContext& context, const FilledExchange& filled);
  [[nodiscard]] absl::StatusOr<std::optional<HttpAnswer>> Repeat(const HttpRequest& request, const CallContext& context,
                                                                 const std::string& base_url,
                                                                 const FilledExchange& refused);

  HttpClient& client_;
  Tokens& tokens_;
  RateBudgets& budgets_;
  const Clock& clock_;
  const HttpServiceOptions options_;
};

std::function<bool()> RuledHttpService::StopOf(const CallContext& context) const {
  return [this, &context] { return !CheckStep(context, clock_).ok(); };
}

absl::Status RuledHttpService::TakeToken(const HttpRequest& request, const CallContext& context) {
  const RateLimit* const limit = FindRateLimit(*context.manifest, request.operation());
  if (limit == nullptr) return absl::OkStatus();
  // Whoever made the instance has declared it; the promise does not depend on that.
  double rate = 0;
  if (!absl::SimpleAtod(limit->rate(), &rate)) rate = 0;
  budgets_.Declare(context.account_id, limit->operation(), rate, limit->burst());
  // Without a header nobody but the manifest knows the rate, so a new version of it counts at once.
  if (limit->header().empty()) budgets_.Retune(context.account_id, limit->operation(), rate);
  const std::optional<TimeUs> retry_at = budgets_.Take(context.account_id, limit->operation(), context.lane_id);
  if (!retry_at) return absl::OkStatus();
  return MakeError(absl::StatusCode::kUnavailable, Reason::kRateLimited,
                   Concat("the allowance of operation '", limit->operation(), "' is used up; nothing was sent"),
                   {{"retry_at_us", Concat(*retry_at)}, {"operation", limit->operation()}});
}

// Puts one credential where the request wants it. OAuth2 tokens in "authorization" get the scheme of RFC 6750 before
// them.
absl::Status Place(const CredentialUse& use, const Credential& credential, const std::string& value, std::string& query,
                   HttpExchange& exchange) {
  const bool needs_header_text = use.place() == CredentialUse::PLACE_HEADER;
  if (value.empty() || (needs_header_text && !IsHeaderValue(value))) {
    return MakeError(absl::StatusCode::kUnauthenticated, Reason::kCredentialsRefused,
                     Concat("the value of credential '", credential.name(),
                            "' is empty or holds a line break or control character: set the secret again"));
  }
  switch (use.place()) {
    case CredentialUse::PLACE_HEADER: {
      const bool bearer = IsOAuth(credential) && LowerCase(use.key()) == "authorization";
      exchange.headers.emplace_back(use.key(), bearer ? Concat("Bearer ", value) : value);
      break;
    }
    case CredentialUse::PLACE_QUERY:
      AppendFormField(query, use.key(), value);
      break;
    case CredentialUse::PLACE_FORM:
      AppendFormField(exchange.body, use.key(), value);
      break;
    case CredentialUse::PLACE_BASIC: {
      // Without a user name the secret itself is "user:password".
      std::string pair = use.key().empty() ? value : Concat(use.key(), ":", value);
      const WipeAtEnd wipe(pair);
      exchange.headers.emplace_back("authorization", Concat("Basic ", absl::Base64Escape(pair)));
      break;
    }
    default:
      return MakeError(absl::StatusCode::kInternal, Reason::kInternal,
                       "a credential use passed the checks without a place");
  }
  return absl::OkStatus();
}

absl::StatusOr<FilledExchange> RuledHttpService::Fill(const HttpRequest& request, const CallContext& context,
                                                      const std::string& base_url) {
  FilledExchange filled;
  HttpExchange& exchange = filled.exchange;
  const std::function<bool()> stop = StopOf(context);
  size_t secret_bytes = 0;
  for (const CredentialUse& use : request.credentials()) {
    const Credential& credential = *FindCredential(*context.manifest, use.name());
    std::string token_base_url;
    if (IsOAuth(credential)) {
      QS_ASSIGN_OR_RETURN(const Origin* origin, FindOrigin(*context.manifest, credential.token_origin()));
      QS_ASSIGN_OR_RETURN(token_base_url, BaseUrl(*origin, options_.origin_map));
    }
    QS_ASSIGN_OR_RETURN(std::string value, tokens_.Get(context.account_id, credential, token_base_url, stop));
    secret_bytes += FormFieldSize(use.key(), value);
    filled.values.emplace_back(&credential, std::move(value));
  }
  // Room for everything, so that no half-built text with a secret in it is left behind by growing.
  std::string query;
  const WipeAtEnd wipe(query);
  size_t query_bytes = secret_bytes;
  for (const auto& parameter : request.query()) query_bytes += FormFieldSize(parameter.name(), parameter.value());
  query.reserve(query_bytes);
  exchange.body.reserve(request.body().size() + secret_bytes);
  exchange.headers.reserve(static_cast<size_t>(request.headers_size() + request.credentials_size()) + 4);

  exchange.method = request.method();
  exchange.body = request.body();
  for (const auto& header : request.headers()) {
    exchange.headers.emplace_back(LowerCase(header.name()), header.value());
  }
  exchange.headers.emplace_back("user-agent", options_.user_agent);
  AddTrace(base_url, exchange);
  for (const auto& parameter : request.query()) AppendFormField(query, parameter.name(), parameter.value());
  bool has_form = false;
  for (int i = 0; i < request.credentials_size(); ++i) {
    const auto& [credential, value] = filled.values[static_cast<size_t>(i)];
    QS_RETURN_IF_ERROR(Place(request.credentials(i), *credential, value, query, exchange));
    has_form = has_form || request.credentials(i).place() == CredentialUse::PLACE_FORM;
  }
  const auto is_content_type = [](const auto& header) { return header.first == "content-type"; };
  if (has_form && std::none_of(exchange.headers.begin(), exchange.headers.end(), is_content_type)) {
    exchange.headers.emplace_back("content-type", "application/x-www-form-urlencoded");
  }
  exchange.url = query.empty() ? Concat(base_url, request.path()) : Concat(base_url, request.path(), "?", query);
  exchange.max_response_bytes =
      request.max_response_bytes() == 0 ? kDefaultResponseBytes : request.max_response_bytes();
  exchange.stop = context.stop;
  return filled;
}

void RuledHttpService::AddTrace(const std::string& base_url, HttpExchange& exchange) const {
  const TraceContext* trace = CurrentTrace();
  if (trace == nullptr || options_.trace_origins.count(base_url) == 0) return;
  exchange.headers.emplace_back("traceparent", Traceparent(*trace));
  if (!trace->state.empty()) exchange.headers.emplace_back("tracestate", trace->state);
}

// Did the answer pass the marketplace's allowance? Faults of its own and refused credentials may come before it is
// asked.
bool CountsAsServed(int status) { return status < 500 && status != 401 && status != 403 && status != 429; }

// Counts the answer against the budget: the rate it states, then whether there was allowance.
void RuledHttpService::Learn(const HttpRequest& request, const CallContext& context, const HttpAnswer& answer,
                             TimeUs sent_us) {
  const RateLimit* const limit = FindRateLimit(*context.manifest, request.operation());
  if (limit == nullptr) return;
  bool lowered = false;
  if (!limit->header().empty()) {
    const std::string name = LowerCase(limit->header());
    for (const auto& [header, value] : answer.headers) {
      if (header != name) continue;
      const auto rate = ParseRate(value);
      lowered = rate && budgets_.Retune(context.account_id, limit->operation(), *rate);
    }
  }
  if (answer.status == 429) {
    budgets_.Throttled(context.account_id, limit->operation(), sent_us,
                       lowered ? ThrottleCause::kRateLowered : ThrottleCause::kUnexpected);
  } else if (CountsAsServed(answer.status)) {
    budgets_.Served(context.account_id, limit->operation());
  }
}

absl::StatusOr<HttpAnswer> RuledHttpService::SendOnce(const HttpRequest& request, const CallContext& context,
                                                      FilledExchange& filled) {
  // Filling may have taken a while (a token was fetched).
  if (absl::Status step = CheckStep(context, clock_); !step.ok()) {
    GiveBack(request, context);
    return step;
  }
  const DurationUs timeout_us = request.timeout_ms() == 0 ? kDefaultTimeoutUs : request.timeout_ms() * kMillisecondUs;
  filled.exchange.timeout_us = std::min(timeout_us, RealTimeLeft(context, clock_, timeout_us));
  const TimeUs sent_us = clock_.Now();
  absl::StatusOr<HttpAnswer> answer = client_.Send(filled.exchange);
  if (HasReason(answer.status(), Reason::kHttpFailed)) {
    GiveBack(request, context);
  } else {
    budgets_.Arrived(context.account_id, request.operation());
  }
  if (!answer.ok()) return ExplainByStep(answer.status(), context, clock_);
  Learn(request, context, *answer, sent_us);
  return answer;
}

// Forgets the OAuth2 tokens that were sent. False when there were none: then the refusal has another reason.
bool RuledHttpService::Invalidate(const CallContext& context, const FilledExchange& filled) {
  bool any = false;
  for (const auto& [credential, value] : filled.values) {
    if (!IsOAuth(*credential)) continue;
    tokens_.Invalidate(context.account_id, credential->name(), value);
    any = true;
  }
  return any;
}

// After a 401 or 403: once more with fresh tokens. nullopt when there is nothing fresher. A refused request had no
// effect, so "nothing was sent" is true enough of an empty budget here.
absl::StatusOr<std::optional<HttpAnswer>> RuledHttpService::Repeat(const HttpRequest& request,
                                                                   const CallContext& context,
                                                                   const std::string& base_url,
                                                                   const FilledExchange& refused) {
  absl::StatusOr<FilledExchange> fresh = Fill(request, context, base_url);
  if (!fresh.ok()) return ExplainByStep(fresh.status(), context, clock_);
  if (fresh->values == refused.values) return std::nullopt;
  QS_RETURN_IF_ERROR(CheckStep(context, clock_));
  QS_RETURN_IF_ERROR(TakeToken(request, context));
  QS_ASSIGN_OR_RETURN(HttpAnswer answer, SendOnce(request, context, *fresh));
  return std::optional<HttpAnswer>(std::move(answer));
}

HttpReply ToReply(HttpAnswer answer) {
  HttpReply reply;
  reply.set_status(answer.status);
  for (auto& [name, value] : answer.headers) {
    if (name == "date") reply.set_server_time_us(ParseHttpDate(value).value_or(0));
    // A cookie is a credential; the host keeps none and plugins see none.
    if (name == "set-cookie") continue;
    auto* const header = reply.add_headers();
    header->set_name(std::move(name));
    header->set_value(std::move(value));
  }
  reply.set_body(std::move(answer.body));
  return reply;
}

absl::StatusOr<HttpReply> RuledHttpService::Send(const HttpRequest& request, const CallContext& context) {
  if (context.manifest == nullptr)
    return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "a call without a manifest");
  QS_ASSIGN_OR_RETURN(const Origin* origin, FindOrigin(*context.manifest, request.origin()));
  QS_RETURN_IF_ERROR(CheckCredentialUses(request, *context.manifest, *origin));
  QS_RETURN_IF_ERROR(CheckRequest(request, *context.manifest));
  QS_ASSIGN_OR_RETURN(const std::string base_url, BaseUrl(*origin, options_.origin_map));
  QS_RETURN_IF_ERROR(CheckStep(context, clock_));
  QS_RETURN_IF_ERROR(TakeToken(request, context));
  absl::StatusOr<FilledExchange> filled = Fill(request, context, base_url);
  if (!filled.ok()) {
    GiveBack(request, context);
    return ExplainByStep(filled.status(), context, clock_);
  }
  QS_ASSIGN_OR_RETURN(HttpAnswer answer, SendOnce(request, context, *filled));
  if ((answer.status == 401 || answer.status == 403) && Invalidate(context, *filled)) {
    QS_ASSIGN_OR_RETURN(std::optional<HttpAnswer> second, Repeat(request, context, base_url, *filled));
    if (second) answer = *std::move(second);
  }
  if (IsRedirect(answer.status)) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kTooManyRedirects,
                     Concat("the origin redirects; redirects are not followed (origin '", request.origin(),
                            "' answered ", answer.status, ")"));
  }
  return ToReply(std::move(answer));
}

}  // namespace

std::unique_ptr<HttpService> MakeHttpService(HttpClient& client, Tokens& tokens, RateBudgets& budgets,
                                             const Clock& clock, HttpServiceOptions options) {
  return std::make_unique<RuledHttpService>(client, tokens, budgets, clock, std::move(options));
}

}  // namespace quayside
