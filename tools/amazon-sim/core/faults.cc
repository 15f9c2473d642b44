#include "core/faults.h"

#include <algorithm>

#include "core/json_fields.h"
#include "core/operation.h"

namespace amazon_sim {

const std::vector<FaultInfo>& AllFaults() {
  static const std::vector<FaultInfo> kFaults{
      {FaultKind::kThrottle, "throttle", "429 without x-amzn-RateLimit-Limit"},
      {FaultKind::kThrottleWithRate, "throttle-with-rate", "429 with x-amzn-RateLimit-Limit"},
      {FaultKind::kInternalError, "internal-error", "500 InternalFailure; nothing has happened"},
      {FaultKind::kUnavailable, "unavailable", "503 ServiceUnavailable; nothing has happened"},
      {FaultKind::kHtml400, "html-400", "400 whose body is an HTML page"},
      {FaultKind::kHtml503, "html-503", "503 whose body is an HTML page"},
      {FaultKind::kHtml200, "html-200", "200 whose body is an HTML page"},
      {FaultKind::kForbidden, "forbidden", "403 Unauthorized although the token is good (a missing role)"},
      {FaultKind::kBadRequest, "bad-request", "400 InvalidInput although the request is valid"},
      {FaultKind::kExpiredToken, "expired-token",
       "the account's access tokens expire now: 403 until a new one is asked for"},
      {FaultKind::kTimeoutBefore, "timeout-before", "the connection drops (after hold_ms), nothing has happened"},
      {FaultKind::kTimeoutAfter, "timeout-after", "it happens, then the connection drops (after hold_ms) unanswered"},
      {FaultKind::kTruncatedBody, "truncated-body",
       "the connection closes in the middle of the body (after `bytes`, default half)"},
      {FaultKind::kSlowDrip, "slow-drip", "the body comes `bytes` (1) at a time, interval_ms (50) apart"},
      {FaultKind::kSlowAnswer, "slow-answer", "the answer starts hold_ms (1000) late"},
      {FaultKind::kRepeatedPage, "repeated-page", "a request with a page token gets the page before it again"},
      {FaultKind::kMalformedOrder, "malformed-order",
       "one order of a page is broken; variant: missing-id (default), text-quantity, no-items, unknown-status, "
       "not-an-object"},
      {FaultKind::kHugeBody, "huge-body",
       "the body is padded with blanks to `gigabytes` (1) or `bytes`; variant: chunked"},
      {FaultKind::kRedirectLoop, "redirect-loop", "307 to a path that redirects for ever"},
      {FaultKind::kClockSkew, "clock-skew", "the Date header is `seconds` (300) off; negative is behind"},
      {FaultKind::kLateVisibility, "late-visibility",
       "for an order, not a call: searches show it `seconds` (600) late, with its old lastUpdatedTime; variant: place "
       "(default) or change"},
      {FaultKind::kCutDocument, "cut-document",
       "the body is only its first `bytes` (default half), and its length says so: gzip and JSON end too early"},
      {FaultKind::kSpoiltDocument, "spoilt-document", "some bytes from `bytes` on (default the middle) are wrong"},
      {FaultKind::kExpiredAddress, "expired-address", "a fresh presigned address answers that it has expired"},
      {FaultKind::kFatalJob, "fatal-job",
       "for a report or feed, not a call: it ends FATAL; variant, for a feed: none (default), some or all of it is "
       "applied before"},
      {FaultKind::kCancelledJob, "cancelled-job", "a report or feed ends CANCELLED"},
      {FaultKind::kHungJob, "hung-job", "a report or feed stays IN_PROGRESS until set-report or set-feed helps it"},
      {FaultKind::kSlowJob, "slow-job", "a report or feed takes `seconds` (7200) longer"},
  };
  return kFaults;
}

std::string_view Name(FaultKind kind) {
  for (const FaultInfo& info : AllFaults()) {
    if (info.kind == kind) return info.name;
  }
  return "";
}

std::uint64_t FaultBook::Add(FaultRule rule) {
  rule.id = next_id_++;
  rules_.push_back(std::move(rule));
  return rules_.back().id;
}

bool FaultBook::Remove(std::uint64_t id) {
  return std::erase_if(rules_, [&](const FaultRule& rule) { return rule.id == id; }) > 0;
}

template <typename Applies>
std::optional<FaultRule> FaultBook::Decide(Applies applies) {
  for (FaultRule& rule : rules_) {
    if (rule.count == 0U || !applies(rule)) continue;
    if (rule.skip > 0) {
      --rule.skip;
      continue;
    }
    if (rule.probability < 1 && !rng_.Chance(rule.probability)) continue;
    if (rule.count) --*rule.count;
    ++rule.fired;
    return rule;
  }
  return std::nullopt;
}

namespace {

bool IsOfJobs(FaultKind kind) {
  return kind == FaultKind::kFatalJob || kind == FaultKind::kCancelledJob || kind == FaultKind::kHungJob ||
         kind == FaultKind::kSlowJob;
}

bool IsOfCalls(FaultKind kind) { return !IsOfJobs(kind) && kind != FaultKind::kLateVisibility; }

double DefaultSeconds(FaultKind kind) {
  return kind == FaultKind::kLateVisibility ? 600 : kind == FaultKind::kSlowJob ? 7200 : 300;
}

std::string_view DefaultVariant(FaultKind kind) {
  return kind == FaultKind::kLateVisibility ? "place" : kind == FaultKind::kFatalJob ? "none" : "";
}

bool CountsFromHalf(FaultKind kind) {
  return kind == FaultKind::kTruncatedBody || kind == FaultKind::kCutDocument || kind == FaultKind::kSpoiltDocument;
}

}  // namespace

std::optional<FaultRule> FaultBook::DecideJob(std::string_view operation, std::string_view seller_id) {
  return Decide([&](const FaultRule& rule) {
    return IsOfJobs(rule.kind) && (rule.operation.empty() || rule.operation == operation) &&
           (rule.seller_id.empty() || rule.seller_id == seller_id);
  });
}

std::optional<FaultRule> FaultBook::DecideCall(std::string_view operation, std::string_view seller_id) {
  return Decide([&](const FaultRule& rule) {
    return IsOfCalls(rule.kind) && (rule.operation.empty() || rule.operation == operation) &&
           (rule.seller_id.empty() || rule.seller_id == seller_id);
  });
}

std::optional<double> FaultBook::DecideLateness(std::string_view change, std::string_view seller_id) {
  const auto rule = Decide([&](const FaultRule& each) {
    return each.kind == FaultKind::kLateVisibility && each.variant == change &&
           (each.seller_id.empty() || each.seller_id == seller_id);
  });
  if (!rule) return std::nullopt;
  return rule->seconds;
}

FaultRule ParseFaultRule(const boost::json::object& json) {
  const std::string name = TextField(json, "fault");
  const auto& all = AllFaults();
  const auto info = std::find_if(all.begin(), all.end(), [&](const FaultInfo& each) { return each.name == name; });
  if (info == all.end()) throw InputError("no fault is called \"" + name + "\"; see `amazon-sim faults`");
  FaultRule rule;
  rule.kind = info->kind;
  rule.operation = TextField(json, "operation");
  if (rule.operation == "*") rule.operation.clear();
  if (!rule.operation.empty() && !ParseOperation(rule.operation)) throw InputError("no operation " + rule.operation);
  rule.seller_id = TextField(json, "seller");
  rule.probability = NumberField(json, "probability", 1);
  if (json.contains("count"))
    rule.count = static_cast<std::uint64_t>(std::max<std::int64_t>(0, IntField(json, "count")));
  rule.skip = static_cast<std::uint64_t>(std::max<std::int64_t>(0, IntField(json, "skip")));
  rule.hold_ms = IntField(json, "hold_ms", rule.kind == FaultKind::kSlowAnswer ? 1000 : 0);
  rule.bytes = IntField(json, "bytes", CountsFromHalf(rule.kind) ? -1 : 0);
  if (rule.kind == FaultKind::kHugeBody && !json.contains("bytes")) {
    rule.bytes = static_cast<std::int64_t>(NumberField(json, "gigabytes", 1) * 1e9);
  }
  rule.interval_ms = IntField(json, "interval_ms", 50);
  rule.seconds = NumberField(json, "seconds", DefaultSeconds(rule.kind));
  rule.variant = TextField(json, "variant", std::string(DefaultVariant(rule.kind)));
  return rule;
}

boost::json::object ToJson(const FaultRule& rule) {
  boost::json::object json{{"id", rule.id},
                           {"fault", Name(rule.kind)},
                           {"operation", rule.operation.empty() ? "*" : rule.operation},
                           {"seller", rule.seller_id.empty() ? "*" : rule.seller_id},
                           {"probability", PlainNumber(rule.probability)},
                           {"count", nullptr},
                           {"skip", rule.skip},
                           {"fired", rule.fired},
                           {"hold_ms", rule.hold_ms},
                           {"bytes", rule.bytes},
                           {"interval_ms", rule.interval_ms},
                           {"seconds", PlainNumber(rule.seconds)},
                           {"variant", rule.variant}};
  if (rule.count) json["count"] = *rule.count;
  return json;
}

}  // namespace amazon_sim
