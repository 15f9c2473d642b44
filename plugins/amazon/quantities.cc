#include "quantities.h"

#include <boost/json.hpp>

#include "errors.h"
#include "issues.h"
#include "json_fields.h"
#include "listings_api.h"
#include "quantity_rules.h"
#include "step_room.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

constexpr char kPatch[] = "patchListingsItem";

pb::HttpRequest PatchRequest(const Settings& settings, const pb::QuantityIntent& intent) {
  pb::HttpRequest request = NewRequest(settings, kPatch, "PATCH", ListingPath(settings, intent.sku()));
  AddQuery(request, "marketplaceIds", intent.marketplace());
  AddQuery(request, "issueLocale", kIssueLocale);
  SetJsonBody(request, json::object{{"productType", ProductTypeOf(intent)}, {"patches", QuantityPatches(intent)}});
  return request;
}

// A submission Amazon answered with 200: that alone is no success.
void JudgeSubmission(const pb::HttpReply& answer, int64_t now_us, pb::Outcome& outcome) {
  json::monotonic_resource memory;
  const auto body = ParsePage(answer.body(), memory);
  JsonFields fields;
  const std::string_view status = body ? fields.GetText(body->get_object(), "status") : std::string_view();
  if (status == "ACCEPTED") {
    outcome.mutable_done()->set_reference(std::string(fields.GetText(body->get_object(), "submissionId")));
  } else if (status == "INVALID") {
    IssueList issues;
    ForEachObject(fields, fields.GetArray(body->get_object(), "issues"), "issues",
                  [&](const json::object& issue) { issues.Add(ReadIssue(fields, issue)); });
    if (issues.IsTransient()) {
      PutOff(outcome, now_us + kTransientIssueWaitUs, "AMAZON_INTERNAL_ERROR");
    } else {
      Reject(outcome, "REFUSED_BY_MARKETPLACE", issues.Describe());
    }
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
      JudgeSubmission(answer, now_us, outcome);
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

}  // namespace quayside::amazon
