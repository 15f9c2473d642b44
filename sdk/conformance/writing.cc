#include "sdk/conformance/writing.h"

#include <algorithm>
#include <memory>

namespace quayside::conformance {
namespace {

namespace gp = google::protobuf;

const gp::FieldDescriptor* Field(const gp::Message& message, const char* name) {
  return message.GetDescriptor()->FindFieldByName(name);
}

bool IsReason(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  });
}

std::string Flaw(const pb::Outcome& outcome) {
  switch (outcome.result_case()) {
    case pb::Outcome::kAccepted:
      return outcome.accepted().handle().empty() ? "is accepted without a handle" : "";
    case pb::Outcome::kRejected:
      return IsReason(outcome.rejected().reason()) ? "" : "is rejected without a reason in UPPER_SNAKE_CASE";
    case pb::Outcome::kRetry:
      return outcome.retry().at_us() < 0 ? "is to be retried before 1970" : "";
    case pb::Outcome::kDone:
    case pb::Outcome::kUnknown:
      return "";
    case pb::Outcome::RESULT_NOT_SET:
      break;
  }
  return "has no result";
}

}  // namespace

std::vector<std::string> IntentIds(const gp::Message& request) {
  std::vector<std::string> ids;
  const auto* field = Field(request, "intents");
  const auto* reflection = request.GetReflection();
  for (int i = 0; i < reflection->FieldSize(request, field); ++i) {
    const gp::Message& intent = reflection->GetRepeatedMessage(request, field, i);
    ids.push_back(intent.GetReflection()->GetString(intent, Field(intent, "intent_id")));
  }
  return ids;
}

Written Write(Instance& instance, const Method& method, const gp::Message& request) {
  Written written;
  written.answer = instance.Call(method.contract, method.name, request.SerializeAsString());
  if (!written.answer.ok()) return written;
  std::unique_ptr<gp::Message> reply(method.reply->New());
  if (!reply->ParseFromString(written.answer.bytes)) throw CaseOver(method.Title() + ": the reply is no message");
  const auto* field = Field(*reply, "outcomes");
  for (int i = 0; i < reply->GetReflection()->FieldSize(*reply, field); ++i) {
    pb::Outcome outcome;
    outcome.CopyFrom(reply->GetReflection()->GetRepeatedMessage(*reply, field, i));
    if (std::string flaw = Flaw(outcome); !flaw.empty())
      written.problem = "the outcome of '" + outcome.intent_id() + "' " + flaw;
    if (!written.outcomes.emplace(outcome.intent_id(), outcome).second)
      written.problem = "intent '" + outcome.intent_id() + "' has two outcomes";
  }
  const std::vector<std::string> ids = IntentIds(request);
  for (const std::string& id : ids) {
    if (!written.outcomes.contains(id)) written.problem = "intent '" + id + "' has no outcome";
  }
  if (written.outcomes.size() > ids.size()) written.problem = "there is an outcome that nobody asked for";
  return written;
}

bool IsAbsolute(const Method& method) { return method.contract == std::string("inventory_push/1"); }

std::string KindOf(const pb::Outcome& outcome) {
  switch (outcome.result_case()) {
    case pb::Outcome::kDone:
      return "done";
    case pb::Outcome::kAccepted:
      return "accepted";
    case pb::Outcome::kRejected:
      return "rejected";
    case pb::Outcome::kRetry:
      return "retry";
    case pb::Outcome::kUnknown:
      return "unknown";
    case pb::Outcome::RESULT_NOT_SET:
      break;
  }
  return "nothing";
}

}  // namespace quayside::conformance
