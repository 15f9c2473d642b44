// Requests of every kind, well-formed or not: each is answered, with a status that says what to do.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>

#include <random>

#include "quayside/plugin/v1/options.pb.h"
#include "sdk/conformance/reading.h"

namespace quayside::conformance {
namespace {

namespace gp = google::protobuf;

constexpr int kSeconds = 60;

// An answer to bytes that are (or are not) a request of the method.
void ExpectFitting(const Trial& trial, const Method& method, const std::string& bytes, const Answer& answer) {
  // By the wire format: a plugin need not know of every field.
  if (!gp::UnknownFieldSet().ParseFromString(bytes)) {
    if (answer.status != QS_INVALID)
      trial.log.Fail(method.Title() + " answers " + answer.Text() + " to bytes that are no request; INVALID is meant");
    return;
  }
  std::unique_ptr<gp::Message> reply(method.reply->New());
  if (answer.ok() && !reply->ParseFromString(answer.bytes))
    trial.log.Fail(method.Title() + " answers OK with bytes that are no reply");
}

void RandomRequests(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  std::mt19937_64 random(trial.seed);
  const std::string whole = RequestFor(method, trial.bundle, trial.cassette)->SerializeAsString();
  for (int round = 0; round < 200; ++round) {
    World world(trial.bundle, trial.cassette);
    Instance instance(plugin, world);
    std::string bytes(random() % 200, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    // Half of them are a good request with some bytes changed.
    if (round % 2 == 1 && !whole.empty()) {
      bytes = whole;
      for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    trial.log.At(method.Title() + " with random request " + std::to_string(round));
    ExpectFitting(trial, method, bytes, instance.Call(method.contract, method.name, bytes));
  }
}

void TruncatedRequests(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  const std::string whole = RequestFor(method, trial.bundle, trial.cassette)->SerializeAsString();
  for (size_t length = 0; length < whole.size(); ++length) {
    World world(trial.bundle, trial.cassette);
    Instance instance(plugin, world);
    trial.log.At(method.Title() + " with a request cut at byte " + std::to_string(length));
    const std::string bytes = whole.substr(0, length);
    ExpectFitting(trial, method, bytes, instance.Call(method.contract, method.name, bytes));
  }
}

void CheckTells(const Trial& trial) {
  Plugin plugin(trial);
  World world(trial.bundle, trial.cassette);
  Instance instance(plugin, world);
  Answer answer;
  const auto reply = instance.Call<pb::CheckReply>("plugin/1", "check", pb::CheckRequest(), answer);
  if (!reply) {
    trial.log.Fail("check answers " + answer.Text() + "; what is wrong with the account is a finding, not a failure");
    return;
  }
  if (reply->findings().empty()) trial.log.Fail("check finds nothing, neither good nor bad");
  for (const pb::CheckFinding& finding : reply->findings()) {
    if (finding.subject().empty()) trial.log.Fail("a finding of check has no subject");
    if (!finding.ok() && finding.message().empty())
      trial.log.Fail("finding '" + finding.subject() + "' is not OK and does not say what to do");
  }
}

// Texts of fields that identify a person.
void CollectPersonal(const gp::Message& message, std::vector<std::string>& texts) {
  constexpr size_t kShortest = 5;  // "DE" and "1" are everywhere
  std::vector<const gp::FieldDescriptor*> fields;
  const auto* reflection = message.GetReflection();
  reflection->ListFields(message, &fields);
  for (const gp::FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    const bool personal = field->options().GetExtension(pb::sensitivity) != pb::SENSITIVITY_UNSPECIFIED;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == gp::FieldDescriptor::CPPTYPE_MESSAGE) {
        CollectPersonal(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                             : reflection->GetMessage(message, field),
                        texts);
      } else if (personal && field->cpp_type() == gp::FieldDescriptor::CPPTYPE_STRING) {
        std::string text = field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                                : reflection->GetString(message, field);
        if (text.size() >= kShortest) texts.push_back(std::move(text));
      }
    }
  }
}

void ExpectAbsent(Log& log, const std::string& text, const std::vector<std::string>& personal,
                  const std::string& where) {
  for (const std::string& one : personal) {
    if (text.find(one) != std::string::npos) {
      log.Fail(where + " holds personal data: '" + text + "'");
      return;
    }
  }
}

// Every page and every write once; then nothing a person could be known by stands in a log or in a message.
void KeepsQuiet(const Trial& trial) {
  Plugin plugin(trial);
  for (const Method& method : DeclaredMethods(trial.bundle)) {
    World world(trial.bundle, trial.cassette);
    Instance instance(plugin, world);
    const auto request = RequestFor(method, trial.bundle, trial.cassette);
    std::string bytes = request->SerializeAsString();
    std::vector<std::string> personal;
    CollectPersonal(*request, personal);
    std::optional<pb::Cursor> cursor;
    for (int step = 0; step < 20; ++step) {
      if (method.kind == MethodKind::kRead) bytes = PageRequest(trial, method, cursor, 0);
      const Answer answer = instance.Call(method.contract, method.name, bytes);
      if (!answer.ok()) {
        ExpectAbsent(trial.log, answer.error.message() + answer.error.reason() + answer.error.field(), personal,
                     "an error of " + method.Title());
        break;
      }
      std::unique_ptr<gp::Message> reply(method.reply->New());
      if (!reply->ParseFromString(answer.bytes)) throw CaseOver(method.Title() + ": the reply is no message");
      CollectPersonal(*reply, personal);
      const auto* next = reply->GetDescriptor()->FindFieldByName("next_cursor");
      if (method.kind != MethodKind::kRead || next == nullptr) break;
      cursor.emplace();
      cursor->CopyFrom(reply->GetReflection()->GetMessage(*reply, next));
    }
    for (const pb::LogRecord& record : world.fake().logs()) {
      std::string text = record.message();
      for (const auto& [name, value] : record.fields()) text += " " + name + "=" + value;
      ExpectAbsent(trial.log, text, personal, "a log line of " + method.Title());
    }
    for (const std::string& violation : world.violations()) trial.log.Fail(method.Title() + ": " + violation);
  }
}

}  // namespace

void AddCallCases(const Bundle& bundle, Cases& cases) {
  for (const Method& method : DeclaredMethods(bundle)) {
    const auto add = [&](const std::string& name, const char* claim, void (*run)(const Trial&, const Method&)) {
      cases.push_back({"calls/" + name + " " + method.Title(), "calls", method.contract, claim, kSeconds,
                       [run, method](const Trial& trial) { run(trial, method); }});
    };
    add("random", "bytes of any kind are answered; what is no request is INVALID", &RandomRequests);
    add("truncated", "a request that was cut off is INVALID", &TruncatedRequests);
  }
  if (Declares(bundle.manifest, "plugin/1", "check"))
    cases.push_back(
        {"calls/check", "calls", "plugin/1", "check says what works and what to do", kSeconds, &CheckTells});
  cases.push_back({"calls/declared", "calls", "",
                   "it reaches for declared origins, operations, credentials and places only, and logs nobody's data",
                   kSeconds, &KeepsQuiet});
}

}  // namespace quayside::conformance
