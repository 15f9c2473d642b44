#include "host/api/explain_view.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "host/api/convert.h"
#include "host/api/order_sources.h"
#include "host/base/names.h"
#include "host/sync/quantity_decider.h"  // kSubmissionsKept
#include "host/sync/target_reader.h"

namespace quayside {
namespace {

constexpr int kSubmissionsShown = 20;

quayside::v1::SubmissionState ToProto(IntentState state) {
  switch (state) {
    case IntentState::kSent:
    case IntentState::kAccepted:
    case IntentState::kInBulk:
      return quayside::v1::SUBMISSION_STATE_OPEN;
    case IntentState::kDone:
      return quayside::v1::SUBMISSION_STATE_ACCEPTED;
    case IntentState::kRejected:
      return quayside::v1::SUBMISSION_STATE_REJECTED;
    case IntentState::kRetried:
      return quayside::v1::SUBMISSION_STATE_RETRIED;
    case IntentState::kUnknown:
      return quayside::v1::SUBMISSION_STATE_UNKNOWN;
    case IntentState::kSuperseded:
      return quayside::v1::SUBMISSION_STATE_SUPERSEDED;
  }
  return quayside::v1::SUBMISSION_STATE_UNSPECIFIED;
}

void AddSteps(const QuantityExplanation& explanation, quayside::v1::ExplainQuantityResponse& response) {
  *response.mutable_arithmetic() = ArithmeticOf(explanation);
  for (std::string& step : StepsInWords(explanation)) response.add_steps(std::move(step));
}

absl::Status ShowSubmission(ReadTx& tx, const ListingRecord& listing, int64_t id,
                            quayside::v1::ExplainQuantityResponse& response) {
  const absl::StatusOr<IntentRecord> found = tx.GetIntent(id);
  const bool is_of_the_listing = found.ok() && found->job == Job::kInventory &&
                                 found->account_id == listing.account_id && found->target == listing.sku;
  if (!is_of_the_listing) {
    if (!found.ok() && !absl::IsNotFound(found.status())) return found.status();
    return MakeError(absl::StatusCode::kNotFound, Reason::kSubmissionNotFound,
                     absl::StrCat("submission ", id, " of the listing is not kept, or there was none"));
  }
  *response.mutable_submission() = SubmissionOf(*found);
  response.add_reasons(OutcomeInWords(*found));
  if (found->explanation.empty()) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const QuantityExplanation explanation, ExplanationFromJson(found->explanation));
  AddSteps(explanation, response);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ExplainedTarget> ExplainTarget(ReadTx& tx, const Manifests& manifests, const ListingRecord& listing) {
  ExplainedTarget out;
  QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> stored, tx.FindTarget(listing.account_id, listing.sku));
  out.target = stored.value_or(TargetRecord{.account_id = listing.account_id, .sku = listing.sku});
  TargetReader reader(tx, [&](const std::string& account) { return BringsOrders(tx, manifests, account); });
  QS_ASSIGN_OR_RETURN(const TargetInputs inputs, reader.Read(out.target));
  out.decision = DecideTarget(inputs);
  if (!out.decision.explanation.empty()) {
    QS_ASSIGN_OR_RETURN(out.explanation, ExplanationFromJson(out.decision.explanation));
    return out;
  }
  for (const TargetCandidate& candidate : inputs.candidates) {
    if (candidate.channel.id != listing.channel_id) continue;
    out.explanation = ExplainQuantity(candidate.channel, candidate.listing, candidate.stock);
    if (out.explanation.has_value())
      out.explanation->latency = EffectiveLatency(candidate.channel, candidate.properties);
  }
  return out;
}

quayside::v1::QuantityArithmetic ArithmeticOf(const QuantityExplanation& explanation) {
  quayside::v1::QuantityArithmetic out;
  out.set_channel(ChannelName(explanation.channel_id));
  out.set_config_revision(explanation.config_revision);
  if (explanation.item_id != 0) out.set_item(ItemName(explanation.item_id));
  for (const QuantityExplanation::Location& at : explanation.locations) {
    auto* added = out.add_locations();
    added->set_location(LocationName(at.id));
    if (at.level.has_value()) added->set_level(*at.level);
    added->set_reserved(at.reserved);
    added->set_counts(at.part == LocationPart::kCounts);
    added->set_why(std::string(PartInWords(at.part)));
  }
  out.set_available(explanation.available);
  out.set_units_per_listing(explanation.units_per_listing);
  out.set_available_listings(explanation.in_listings);
  const QuantityRules& rules = explanation.rules;
  out.set_end_when_quantity(rules.end_when);
  if (rules.percentage_e4.has_value()) out.set_listed_percentage_e4(*rules.percentage_e4);
  if (rules.max_listed.has_value()) out.set_max_listed_quantity(*rules.max_listed);
  if (explanation.own_end_when) out.add_own_rules("end_when_quantity");
  if (explanation.own_percentage) out.add_own_rules("listed_percentage_e4");
  if (explanation.own_max_listed) out.add_own_rules("max_listed_quantity");
  out.set_quantity(explanation.quantity);
  if (explanation.latency.days.has_value()) out.set_latency_days(*explanation.latency.days);
  out.set_latency_property(explanation.latency.property);
  out.set_clears_latency(explanation.clears_latency);
  for (const Dissent& dissent : explanation.dissents) {
    auto* added = out.add_dissenting_channels();
    added->set_channel(ChannelName(dissent.channel_id));
    added->set_quantity(dissent.quantity);
  }
  return out;
}

quayside::v1::Submission SubmissionOf(const IntentRecord& intent) {
  quayside::v1::Submission out;
  out.set_id(intent.id);
  out.set_quantity(intent.quantity);
  SetTime(out, &quayside::v1::Submission::mutable_create_time, intent.created_us);
  SetTime(out, &quayside::v1::Submission::mutable_settle_time, intent.settled_us);
  out.set_state(ToProto(intent.state));
  out.set_reason(intent.reason);
  out.set_message(intent.message);
  if (intent.bulk_id != 0) out.set_document(DocumentName(intent.bulk_id));
  return out;
}

// As ExplainQuantityResponse.complete_from. Nothing was ever left out of fewer than are kept anyway.
absl::StatusOr<int64_t> CompleteFrom(ReadTx& tx, const ListingRecord& listing) {
  QS_ASSIGN_OR_RETURN(const std::vector<IntentRecord> newest,
                      tx.ListIntentsOfTarget(listing.account_id, listing.sku, 0, kSubmissionsKept));
  return newest.size() < kSubmissionsKept ? 0 : newest.back().id;
}

absl::Status ShowExplanation(ReadTx& tx, const Manifests& manifests, const ListingRecord& listing, TimeUs now,
                             const quayside::v1::ExplainQuantityRequest& request,
                             quayside::v1::ExplainQuantityResponse& response) {
  QS_ASSIGN_OR_RETURN(
      const std::vector<IntentRecord> intents,
      tx.ListIntentsOfTarget(listing.account_id, listing.sku, request.before_submission(), kSubmissionsShown));
  for (const IntentRecord& intent : intents) *response.add_submissions() = SubmissionOf(intent);
  QS_ASSIGN_OR_RETURN(const int64_t complete_from, CompleteFrom(tx, listing));
  response.set_complete_from(complete_from);
  if (request.submission() != 0) return ShowSubmission(tx, listing, request.submission(), response);
  QS_ASSIGN_OR_RETURN(const ExplainedTarget explained, ExplainTarget(tx, manifests, listing));
  TargetSituation situation{.target = explained.target,
                            .decided = explained.decision.state,
                            .decided_note = explained.decision.note,
                            .decided_quantity = explained.decision.wanted,
                            .decided_owner = explained.decision.owner_channel_id,
                            .now = now};
  if (!situation.decided_owner.empty()) {
    QS_ASSIGN_OR_RETURN(situation.gate, tx.FindGate(situation.decided_owner));
  }
  if (explained.explanation.has_value()) AddSteps(*explained.explanation, response);
  const std::vector<Dissent> dissents =
      explained.explanation.has_value() ? explained.explanation->dissents : std::vector<Dissent>();
  for (std::string& reason : SituationInWords(situation, dissents)) response.add_reasons(std::move(reason));
  return absl::OkStatus();
}

}  // namespace quayside
