#include "core/router.h"

#include <charconv>

#include "core/call.h"
#include "core/document_api.h"
#include "core/fault_effects.h"
#include "core/operation.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

constexpr std::size_t kMaxUserAgent = 500;
constexpr std::size_t kMaxBody = 10u << 20;

// Which region's end point was called, by the name of the host; empty: by an address, which is every region's.
std::string_view RegionOfEndPoint(const Request& request) {
  struct EndPoint {
    std::string_view amazons;
    std::string_view here;
    std::string_view region;
  };
  static constexpr EndPoint kEndPoints[] = {{"sellingpartnerapi-na.amazon.com", "na.localhost", "NA"},
                                            {"sellingpartnerapi-eu.amazon.com", "eu.localhost", "EU"},
                                            {"sellingpartnerapi-fe.amazon.com", "fe.localhost", "FE"}};
  const std::string* host = FindHeader(request.headers, "host");
  if (!host) return {};
  const std::string_view name = std::string_view(*host).substr(0, host->find(':'));
  for (const EndPoint& end_point : kEndPoints) {
    if (EqualsIgnoringCase(name, end_point.amazons) || EqualsIgnoringCase(name, end_point.here))
      return end_point.region;
  }
  return {};
}

Account& Authenticate(World& world, const Request& request, const Target& target, Operation operation, Micros now) {
  const std::string* agent = FindHeader(request.headers, "user-agent");
  if (!agent || agent->empty()) RefuseInput("The user-agent header is required.");
  if (agent->size() > kMaxUserAgent) RefuseInput("The user-agent header is longer than 500 characters.");
  if (request.body.size() > kMaxBody) throw ApiError{413, "RequestTooLarge", "The request is too large.", ""};
  const std::string* token = FindHeader(request.headers, "x-amz-access-token");
  if (!token || token->empty()) throw AccessDenied("Access token is missing in the request header.");
  const auto check = world.accounts.Check(*token, now);
  if (check.state == Accounts::TokenState::kUnknown)
    throw AccessDenied("The access token you provided is revoked, malformed or invalid.");
  if (check.state == Accounts::TokenState::kExpired) throw AccessDenied("The access token you provided has expired.");
  if (!check.account) throw AccessDenied("A grantless token cannot call this operation.");
  const std::string_view region = RegionOfEndPoint(request);
  if (!region.empty() && region != check.account->book->region()) throw AccessDenied("");
  const auto seller = SellerSegment(operation);
  if (seller && target.segments[*seller] != check.account->seller_id()) {
    throw AccessDenied("The seller in the path is not the seller of the access token.");
  }
  return *check.account;
}

// An endless chain: /redirect/1 -> /redirect/2 -> ...
Response NextRedirect(const Target& target) {
  std::uint64_t step = 0;
  if (target.segments.size() > 1) {
    const std::string& text = target.segments[1];
    std::from_chars(text.data(), text.data() + text.size(), step);
  }
  return {.status = 307, .headers = {{"Location", "/redirect/" + std::to_string(step + 1)}}};
}

struct Answered {
  Response response;
  std::string seller_id;
  bool throttled = false;
  std::optional<FaultRule> fault;
};

Answered AnswerToken(World& world, const Request& request, Micros now) {
  Answered answered;
  answered.fault = world.faults.DecideCall(Name(Operation::kToken), "");
  const auto act = [&] { return world.accounts.IssueToken(request, now); };
  answered.response = answered.fault ? WithFault(*answered.fault, ErrorStyle::kSellingPartnerApi, act) : act();
  return answered;
}

Answered AnswerDocument(World& world, const Request& request, const Target& target, Operation operation, Micros now) {
  Answered answered;
  if (const Document* document = world.documents.Find(target.segments.back())) {
    answered.seller_id = document->account->seller_id();
  }
  answered.fault = world.faults.DecideCall(Name(operation), answered.seller_id);
  const auto act = [&] {
    if (answered.fault && answered.fault->kind == FaultKind::kExpiredAddress) return ExpiredAddress(target.query, now);
    return AnswerDocumentRequest(world.documents, world.ledger, request, target, now);
  };
  answered.response = answered.fault ? WithFault(*answered.fault, ErrorStyle::kObjectStore, act) : act();
  return answered;
}

Answered AnswerOperation(World& world, const Request& request, const Target& target, Operation operation, Micros now) {
  Answered answered;
  Account& account = Authenticate(world, request, target, operation, now);
  answered.seller_id = account.seller_id();
  answered.fault = world.faults.DecideCall(Name(operation), account.seller_id());
  const UsagePlan& plan = world.rate_limits.Plan(operation);
  const auto act = [&]() -> Response {
    // A throttled call carries no rate: clients must cope without it.
    if (!world.rate_limits.TryTake(account.index, operation, now)) {
      answered.throttled = true;
      return QuotaExceeded();
    }
    if (answered.fault && answered.fault->kind == FaultKind::kExpiredToken) {
      world.accounts.ExpireTokens(account, now);
      return ErrorAnswer(AccessDenied("The access token you provided has expired."));
    }
    Call call{world,        request,           target,    account, *account.book,
              world.ledger, world.page_tokens, world.ids, now,     answered.fault};
    Response response;
    try {
      response = Info(operation).run(call);
    } catch (const ApiError& error) {
      response = ErrorAnswer(error);
    }
    // An operation may have limits of its own.
    answered.throttled = response.status == 429;
    if (world.rate_limit_header && response.status != 403 && response.status != 429) {
      response.headers.emplace_back("x-amzn-RateLimit-Limit", RateText(plan.advertised.value_or(plan.rate)));
    }
    return response;
  };
  answered.response = answered.fault ? WithFault(*answered.fault, ErrorStyle::kSellingPartnerApi, act) : act();
  if (answered.fault && answered.fault->kind == FaultKind::kThrottleWithRate) {
    answered.response.headers.emplace_back("x-amzn-RateLimit-Limit", RateText(plan.advertised.value_or(plan.rate)));
  }
  return answered;
}

}  // namespace

Response HandleAmazonCall(World& world, const Request& request, const Target& target, Micros now) {
  const std::optional<Operation> operation = MatchOperation(request.method, target.segments);
  Answered answered;
  try {
    if (!target.segments.empty() && target.segments[0] == "redirect") {
      answered.response = NextRedirect(target);
    } else if (!operation) {
      // The gateway denies what it does not know, also a SKU with an unencoded slash.
      answered.response = ErrorAnswer(AccessDenied(""));
    } else if (*operation == Operation::kToken) {
      answered = AnswerToken(world, request, now);
    } else if (*operation == Operation::kDownloadDocument || *operation == Operation::kUploadDocument) {
      answered = AnswerDocument(world, request, target, *operation, now);
    } else {
      answered = AnswerOperation(world, request, target, *operation, now);
    }
  } catch (const ApiError& error) {
    answered.response = ErrorAnswer(error);
  }
  Micros date = now + world.date_skew;
  if (answered.fault && answered.fault->kind == FaultKind::kClockSkew) {
    date += static_cast<Micros>(answered.fault->seconds * kSecond);
  }
  answered.response.headers.emplace_back("Date", HttpDate(date));
  const std::string request_id = MakeUuid(world.ids);
  answered.response.headers.emplace_back("x-amzn-RequestId", request_id);

  const std::string_view name = operation ? Name(*operation) : "unknown";
  const int status = answered.response.transport.drop ? 0 : answered.response.status;
  CallCounts& counts = world.ledger.Calls(answered.seller_id, name);
  ++counts.calls;
  ++counts.by_status[status];
  if (const std::string* parent = FindHeader(request.headers, "traceparent")) {
    const std::string* state = FindHeader(request.headers, "tracestate");
    world.ledger.AddTracedCall({.time = now,
                                .seller_id = answered.seller_id,
                                .operation = std::string(name),
                                .status = status,
                                .request_id = request_id,
                                .traceparent = *parent,
                                .tracestate = state == nullptr ? "" : *state});
  }
  if (answered.throttled) ++counts.throttled;
  if (answered.fault) ++counts.by_fault[std::string(Name(answered.fault->kind))];
  return answered.response;
}

}  // namespace amazon_sim
