#include "quantities.h"

#include <boost/json.hpp>

#include "errors.h"
#include "json_fields.h"
#include "listings_api.h"
#include "step_room.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

constexpr char kPatch[] = "patchListingsItem";
constexpr char kMerchantChannel[] = "DEFAULT";
constexpr char kAnyProductType[] = "PRODUCT";  // enough for changes to an offer
constexpr int32_t kMaxLatencyDays = 30;

void Reject(pb::Outcome& outcome, std::string reason, std::string message) {
  outcome.mutable_rejected()->set_reason(std::move(reason));
  outcome.mutable_rejected()->set_message(std::move(message));
}

void PutOff(pb::Outcome& outcome, int64_t at_us, std::string reason) {
  outcome.mutable_retry()->set_at_us(at_us);
  outcome.mutable_retry()->set_reason(std::move(reason));
}

// Why this intent must not be sent at all; false = it may.
bool RejectUnsendable(const pb::QuantityIntent& intent, pb::Outcome& outcome) {
  if (intent.fulfilment() != pb::FULFILMENT_CHANNEL_MERCHANT) {
    // A merchant quantity on an FBA listing adds a second channel entry and strands the stock in Amazon's warehouse.
    Reject(outcome, "NOT_MERCHANT_FULFILLED",
           intent.fulfilment() == pb::FULFILMENT_CHANNEL_MARKETPLACE
               ? "Amazon fulfils this listing; it must not get a merchant quantity."
               : "It is not known who fulfils this listing. Read it back first.");
  } else if (!IsUsableSku(intent.sku())) {
    Reject(outcome, "SKU_INVALID", "Amazon has no listing of this SKU.");
  } else if (intent.marketplace().empty()) {
    Reject(outcome, "MARKETPLACE_MISSING", "The target has no owner channel.");
  } else if (intent.quantity() < 0) {
    Reject(outcome, "QUANTITY_INVALID", "A quantity is never negative.");
  } else if (intent.has_latency_days() && (intent.latency_days() < 1 || intent.latency_days() > kMaxLatencyDays)) {
    Reject(outcome, "LATENCY_INVALID", "Handling time is 1 to 30 days.");
  } else {
    return false;
  }
  return true;
}

std::string PatchBody(const pb::QuantityIntent& intent) {
  json::object availability{{"fulfillment_channel_code", kMerchantChannel}, {"quantity", intent.quantity()}};
  if (intent.has_latency_days()) availability["lead_time_to_ship_max_days"] = intent.latency_days();
  const json::object body{
      {"productType", intent.product_type().empty() ? kAnyProductType : intent.product_type()},
      {"patches",
       {{{"op", "merge"}, {"path", "/attributes/fulfillment_availability"}, {"value", {std::move(availability)}}}}}};
  return json::serialize(body);
}

pb::HttpRequest PatchRequest(const Settings& settings, const pb::QuantityIntent& intent) {
  pb::HttpRequest request = NewRequest(settings, kPatch, "PATCH", ListingPath(settings, intent.sku()));
  AddQuery(request, "marketplaceIds", intent.marketplace());
  AddQuery(request, "issueLocale", kIssueLocale);
  pb::Header* type = request.add_headers();
  type->set_name("content-type");
  type->set_value("application/json");
  request.set_body(PatchBody(intent));
  return request;
}

// "90220: 'size' is required; 8541: ..." of the issues that are errors.
std::string DescribeIssues(JsonFields& fields, const json::object& body) {
  std::string text;
  ForEachObject(fields, fields.GetArray(body, "issues"), "issues", [&](const json::object& issue) {
    if (fields.GetText(issue, "severity") != "ERROR" || text.size() > 1000) return;
    if (!text.empty()) text += "; ";
    text += fields.GetText(issue, "code");
    text += ": ";
    text += fields.GetText(issue, "message");
  });
  return text.empty() ? "Amazon names no issue." : text;
}

// A submission Amazon answered with 200: that alone is no success.
void JudgeSubmission(const pb::HttpReply& answer, pb::Outcome& outcome) {
  json::monotonic_resource memory;
  const auto body = ParsePage(answer.body(), memory);
  JsonFields fields;
  const std::string_view status = body ? fields.GetText(body->get_object(), "status") : std::string_view();
  if (status == "ACCEPTED") {
    outcome.mutable_done()->set_reference(std::string(fields.GetText(body->get_object(), "submissionId")));
  } else if (status == "INVALID") {
    Reject(outcome, "REFUSED_BY_MARKETPLACE", DescribeIssues(fields, body->get_object()));
  } else {
    outcome.mutable_unknown()->set_message("patchListingsItem answered 200 without a status this version knows");
  }
}

// A gateway in between answers with web pages; only Amazon itself, in its own form, can refuse for good.
bool IsJsonObject(const std::string& body) {
  json::monotonic_resource memory;
  return ParsePage(body, memory).has_value();
}

class PushStep {
 public:
  PushStep(const Settings& settings, sdk::Step& step) : settings_(settings), step_(step) {}

  Result<pb::PushReply> Run(const pb::PushRequest& request);

 private:
  void Send(const pb::QuantityIntent& intent, pb::Outcome& outcome);
  void OnNoAnswer(const Error& error, pb::Outcome& outcome);
  void OnAnswer(const pb::HttpReply& answer, pb::Outcome& outcome);
  // This intent and all behind it wait.
  void EndBatch(pb::Outcome& outcome, int64_t at_us, std::string reason);

  const Settings& settings_;
  sdk::Step& step_;
  bool settled_any_ = false;  // Amazon took or refused at least one intent, or may have
  bool ended_ = false;
  int64_t retry_at_us_ = 0;
  std::string retry_reason_;
  std::optional<Error> fatal_;
};

Result<pb::PushReply> PushStep::Run(const pb::PushRequest& request) {
  pb::PushReply reply;
  for (const pb::QuantityIntent& intent : request.intents()) {
    pb::Outcome& outcome = *reply.add_outcomes();
    outcome.set_intent_id(intent.intent_id());
    if (RejectUnsendable(intent, outcome)) continue;
    if (!ended_ && !HasRoom(step_)) {
      ended_ = true;
      retry_at_us_ = step_.NowUs();
      retry_reason_ = "STEP_ENDING";
    }
    if (ended_) {
      PutOff(outcome, retry_at_us_, retry_reason_);
    } else {
      Send(intent, outcome);
    }
    if (fatal_ && !settled_any_) return *std::move(fatal_);
  }
  return reply;
}

void PushStep::EndBatch(pb::Outcome& outcome, int64_t at_us, std::string reason) {
  ended_ = true;
  retry_at_us_ = at_us;
  retry_reason_ = std::move(reason);
  PutOff(outcome, retry_at_us_, retry_reason_);
}

void PushStep::Send(const pb::QuantityIntent& intent, pb::Outcome& outcome) {
  auto answer = step_.Http(PatchRequest(settings_, intent));
  if (answer.ok()) {
    OnAnswer(answer.value(), outcome);
  } else {
    OnNoAnswer(answer.error(), outcome);
  }
}

void PushStep::OnNoAnswer(const Error& error, pb::Outcome& outcome) {
  switch (error.status) {
    case QS_RETRY:  // nothing was sent: no allowance, no connection
      EndBatch(outcome, error.retry_at_us != 0 ? error.retry_at_us : step_.NowUs() + kMinuteUs, error.reason);
      return;
    case QS_AUTH:
    case QS_DENIED:
    case QS_INVALID:  // nothing was sent, and nothing will be until somebody acts
      fatal_ = error;
      EndBatch(outcome, step_.NowUs() + 15 * kMinuteUs, error.reason);
      return;
    default:
      settled_any_ = true;
      outcome.mutable_unknown()->set_message("no answer to patchListingsItem: " + error.reason);
  }
}

void PushStep::OnAnswer(const pb::HttpReply& answer, pb::Outcome& outcome) {
  const int status = answer.status();
  const int64_t now_us = step_.NowUs();
  const Error error = ErrorFrom(answer, kPatch, now_us);  // of no meaning for 200
  if (status == 429) {
    EndBatch(outcome, error.retry_at_us, error.reason);
  } else if (status == 401 || status == 403) {
    fatal_ = error;
    EndBatch(outcome, now_us + 15 * kMinuteUs, error.reason);
  } else {
    settled_any_ = true;
    if (status == 200) {
      JudgeSubmission(answer, outcome);
    } else if (status == 404) {
      Reject(outcome, "SKU_NOT_FOUND", "Amazon has no listing of this SKU for this seller.");
    } else if (error.status == QS_INVALID && IsJsonObject(answer.body())) {
      Reject(outcome, error.reason, error.message);
    } else {
      outcome.mutable_unknown()->set_message(error.message);
    }
  }
}

}  // namespace

Result<pb::PushReply> PushQuantities(const Settings& settings, const pb::PushRequest& request, sdk::Step& step) {
  return PushStep(settings, step).Run(request);
}

pb::PollReply PollQuantities(const pb::PollRequest& request) {
  pb::PollReply reply;
  for (const pb::AcceptedIntents& accepted : request.accepted()) {
    for (const pb::QuantityIntent& intent : accepted.intents()) {
      pb::Outcome& outcome = *reply.add_outcomes();
      outcome.set_intent_id(intent.intent_id());
      outcome.mutable_unknown()->set_message("this version of the plugin gives out no handles");
    }
  }
  return reply;
}

}  // namespace quayside::amazon
