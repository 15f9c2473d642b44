#include "quantities.h"

#include <boost/json.hpp>

#include "batch.h"
#include "client.h"
#include "issues.h"
#include "json_fields.h"
#include "listings_api.h"
#include "quantity_rules.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;
using sdk::Result;

constexpr char kPatch[] = "patchListingsItem";

pb::HttpRequest PatchRequest(const Settings& settings, const pb::QuantityIntent& intent) {
  pb::HttpRequest request = NewRequest(settings, kPatch, "PATCH", ListingPath(settings, intent.sku()));
  AddQuery(request, "marketplaceIds", intent.marketplace());
  AddQuery(request, "issueLocale", kIssueLocale);
  SetJsonBody(request, json::object{{"productType", ProductTypeOf(intent)}, {"patches", QuantityPatches(intent)}});
  return request;
}

// A submission Amazon took: that alone is no success.
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
    outcome.mutable_unknown()->set_message("patchListingsItem answered without a status this version knows");
  }
}

void OnAnswer(const WriteAnswer& answer, int64_t now_us, pb::Outcome& outcome) {
  if (answer.kind == WriteAnswer::Kind::kTaken) {
    JudgeSubmission(answer.reply, now_us, outcome);
  } else if (answer.kind == WriteAnswer::Kind::kNotFound) {
    Reject(outcome, "SKU_NOT_FOUND", "Amazon has no listing of this SKU for this seller.");
  } else {
    Reject(outcome, answer.error.reason, answer.error.message);
  }
}

}  // namespace

Result<pb::PushReply> PushQuantities(const Settings& settings, ServerClock& clock, const pb::PushRequest& request,
                                     sdk::Step& step) {
  Caller caller(settings, clock, step);
  Batch batch(step);
  pb::PushReply reply;
  for (const pb::QuantityIntent& intent : request.intents()) {
    pb::Outcome& outcome = *reply.add_outcomes();
    outcome.set_intent_id(intent.intent_id());
    if (RejectUnsendable(intent, outcome) || !batch.Admits(outcome)) continue;
    const WriteAnswer answer = SendWrite(caller, kPatch, PatchRequest(settings, intent));
    if (!batch.Settles(answer, outcome)) OnAnswer(answer, step.NowUs(), outcome);
    if (auto fatal = batch.fatal()) return *std::move(fatal);
  }
  return reply;
}

}  // namespace quayside::amazon
