#include "tools/quayside/live_marketplace.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "host/base/clock.h"
#include "host/base/errors.h"
#include "host/net/make_http_service.h"
#include "host/net/signing.h"
#include "host/plugin/wire.h"

namespace quayside::cli {
namespace {

namespace pb = plugin::v1;

constexpr char kAccount[] = "recording";
constexpr int kMostAttempts = 6;
constexpr DurationUs kLongestWaitUs = 5 * kMinuteUs;
constexpr DurationUs kStepUs = 5 * kMinuteUs;

sdk::Error ErrorOf(const absl::Status& status) {
  pb::Error wire;
  sdk::Error error;
  error.status = StatusToPlugin(status, &wire);
  error.reason = wire.reason();
  error.message = wire.message();
  error.field = wire.field();
  error.retry_at_us = wire.retry_at_us();
  error.request_id = wire.request_id();
  return error;
}

DurationUs Backoff(int attempt) { return kSecondUs << std::min(attempt, 5); }

DurationUs RetryAfter(const pb::HttpReply& reply, int attempt) {
  for (const pb::Header& header : reply.headers()) {
    int64_t seconds = 0;
    if (header.name() == "retry-after" && absl::SimpleAtoi(header.value(), &seconds) && seconds > 0)
      return std::min<int64_t>(seconds, kLongestWaitUs / kSecondUs) * kSecondUs;
  }
  return Backoff(attempt);
}

}  // namespace

struct LiveMarketplace::Parts {
  class GivenSecrets final : public SecretSource {
   public:
    explicit GivenSecrets(const std::map<std::string, std::string>& secrets) : secrets_(secrets) {}
    absl::StatusOr<std::string> GetSecret(const std::string&, const std::string& name) override {
      const auto found = secrets_.find(name);
      if (found != secrets_.end()) return found->second;
      return MakeError(absl::StatusCode::kUnauthenticated, Reason::kSecretMissing,
                       absl::StrCat("the secret ", name, " is needed: --secret ", name, "=@FILE"));
    }

   private:
    const std::map<std::string, std::string>& secrets_;
  };

  Parts(const pb::Manifest& m, LiveOptions o, CassetteRecorder& r, Interrupt& i)
      : manifest(m),
        options(std::move(o)),
        recorder(r),
        interrupt(i),
        client(MakeCurlClient({.allow_plain_http = !options.origin_map.empty()})),
        secrets(options.secrets),
        budgets(clock),
        tokens(MakeTokens(*client, secrets, clock)),
        signing(MakeSigningService(secrets)),
        http(MakeHttpService(*client, *tokens, budgets, clock,
                             {.origin_map = options.origin_map, .user_agent = options.user_agent})) {}

  // How long until it is worth another try; nothing = what came is the answer.
  std::optional<DurationUs> WaitAfter(const absl::StatusOr<pb::HttpReply>& reply, bool repeatable, int attempt) {
    if (reply.ok()) {
      const bool not_now = reply->status() == 429 || (reply->status() >= 500 && repeatable);
      return not_now ? std::optional(RetryAfter(*reply, attempt)) : std::nullopt;
    }
    if (HasReason(reply.status(), Reason::kRateLimited)) {
      int64_t at_us = 0;
      const ErrorMetadata facts = MetadataOf(reply.status());
      const auto at = facts.find(std::string(kRetryAtKey));
      if (at == facts.end() || !absl::SimpleAtoi(at->second, &at_us)) return Backoff(attempt);
      return std::clamp<DurationUs>(at_us - clock.Now(), 1'000, kLongestWaitUs);
    }
    const bool is_lost = absl::IsUnknown(reply.status()) && repeatable;
    // Nobody listens there, or for a moment only.
    const bool is_away = HasReason(reply.status(), Reason::kHttpFailed) && attempt < 2;
    return is_lost || is_away ? std::optional(Backoff(attempt)) : std::nullopt;
  }

  const pb::Manifest& manifest;
  const LiveOptions options;
  CassetteRecorder& recorder;
  Interrupt& interrupt;
  const SystemClock clock;
  const std::unique_ptr<HttpClient> client;
  GivenSecrets secrets;
  RateBudgets budgets;
  const std::unique_ptr<Tokens> tokens;
  const std::unique_ptr<SigningService> signing;
  const std::unique_ptr<HttpService> http;
};

LiveMarketplace::LiveMarketplace(const pb::Manifest& manifest, LiveOptions options, CassetteRecorder& recorder,
                                 Interrupt& interrupt)
    : parts_(std::make_unique<Parts>(manifest, std::move(options), recorder, interrupt)) {}

LiveMarketplace::~LiveMarketplace() = default;

sdk::Result<pb::HttpReply> LiveMarketplace::Ask(const pb::HttpRequest& request, bool reads) {
  const bool repeatable = reads || request.method() == "GET" || request.method() == "HEAD";
  for (int attempt = 0;; ++attempt) {
    CallContext context{.account_id = kAccount, .manifest = &parts_->manifest};
    context.deadline_us = parts_->clock.Now() + kStepUs;
    context.stop = [this] { return parts_->interrupt.triggered(); };
    auto reply = parts_->http->Send(request, context);
    const auto wait = attempt < kMostAttempts ? parts_->WaitAfter(reply, repeatable, attempt) : std::nullopt;
    if (wait && !parts_->interrupt.Wait(absl::Microseconds(*wait))) continue;
    if (!reply.ok()) return ErrorOf(reply.status());
    parts_->recorder.Add(request, *reply,
                         reads ? CassetteRecorder::Tell::kAddressAndBody : CassetteRecorder::Tell::kAddress);
    return *std::move(reply);
  }
}

sdk::Result<pb::SignReply> LiveMarketplace::Sign(const pb::SignRequest& request) {
  auto reply = parts_->signing->Handle(request, {.account_id = kAccount, .manifest = &parts_->manifest});
  if (!reply.ok()) return ErrorOf(reply.status());
  return *std::move(reply);
}

}  // namespace quayside::cli
