// Requests of every kind, well-formed or not: each is answered, with a status that says what to do.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>

#include <random>

#include "sdk/conformance/personal_data.h"
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

// Every page and every write once; then nothing a person could be known by stands in a log or in a message.
void KeepsQuiet(const Trial& trial) {
  Plugin plugin(trial);
  for (const Method& method : DeclaredMethods(trial.bundle)) {
    World world(trial.bundle, trial.cassette);
    Instance instance(plugin, world);
    const auto request = RequestFor(method, trial.bundle, trial.cassette);
    std::string bytes = request->SerializeAsString();
    PersonalData personal;
    personal.Learn(*request);
    std::optional<pb::Cursor> cursor;
    for (int step = 0; step < 20; ++step) {
      if (method.kind == MethodKind::kRead) bytes = PageRequest(trial, method, cursor, 0);
      const Answer answer = instance.Call(method.contract, method.name, bytes);
      personal.ExpectNoneIn(trial.log, SaidIn(answer), "an error of " + method.Title());
      if (!answer.ok()) break;
      std::unique_ptr<gp::Message> reply(method.reply->New());
      if (!reply->ParseFromString(answer.bytes)) throw CaseOver(method.Title() + ": the reply is no message");
      personal.Learn(*reply);
      const auto* next = reply->GetDescriptor()->FindFieldByName("next_cursor");
      if (method.kind != MethodKind::kRead || next == nullptr) break;
      cursor.emplace();
      cursor->CopyFrom(reply->GetReflection()->GetMessage(*reply, next));
    }
    for (const std::string& line : LoggedIn(world))
      personal.ExpectNoneIn(trial.log, line, "a log line of " + method.Title());
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
