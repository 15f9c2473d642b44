// A host whose services fail: each at its n-th call, for every n. Nothing is lost, nothing is invented.
#include <memory>

#include "sdk/conformance/personal_data.h"
#include "sdk/conformance/reading.h"
#include "sdk/conformance/writing.h"

namespace quayside::conformance {
namespace {

// As many readings as one reading has calls, six times over.
constexpr int kSeconds = 300;
constexpr Fault kFaults[] = {Fault::kRetry,    Fault::kUnknown,  Fault::kLost,
                             Fault::kDeadline, Fault::kInternal, Fault::kGarbage};

void FailingServices(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  const Read expected = ReadUndisturbed(plugin, method);
  PersonalData personal;
  for (const std::string& reply : expected.replies) personal.LearnReply(method, reply);
  for (int n = 1; n <= expected.invocations; ++n) {
    for (const Fault fault : kFaults) {
      const std::string what = "call " + std::to_string(n) + " to the host fails (" + NameOf(fault) + ")";
      trial.log.At(what);
      ReadingPlan plan;
      plan.forgiving = true;
      plan.polls_after_end = 3;
      plan.prepare = [&](World& world) { world.FailNth(n, fault); };
      const Read read = ReadAll(plugin, method, plan);
      if (const std::string difference = Difference(expected, read, false); !difference.empty()) {
        trial.log.Fail(what + ": " + difference);
        return;
      }
      for (const std::string& flaw : read.flaws) trial.log.Fail(what + ": " + flaw);
      for (const std::string& text : read.said) personal.ExpectNoneIn(trial.log, text, what + ": what it says");
    }
  }
}

Answer ExpectAnAnswer(const Trial& trial, Instance& instance, const Method& method, const std::string& where) {
  Written written;
  if (method.kind == MethodKind::kWrite) {
    written = Write(instance, method, *RequestFor(method, trial.bundle, trial.cassette));
  } else {
    written.answer = instance.Call(method.contract, method.name, FirstRequest(trial, method));
  }
  if (!written.problem.empty()) trial.log.Fail(where + ": " + written.problem);
  const Answer& answer = written.answer;
  const std::unique_ptr<google::protobuf::Message> reply(method.reply->New());
  if (answer.ok() && !reply->ParseFromString(answer.bytes)) trial.log.Fail(where + ": the reply is no message");
  if (!answer.ok() && answer.error.reason().empty() && answer.status != QS_INTERNAL)
    trial.log.Fail(where + ": it answers " + answer.Text() + " without a reason");
  return written.answer;
}

// Service calls of the method when all goes well.
int CallsOf(Plugin& plugin, const Method& method) {
  World world(plugin.trial().bundle, plugin.trial().cassette);
  Instance instance(plugin, world);
  (void)instance.Call(method.contract, method.name, FirstRequest(plugin.trial(), method));
  return world.invocations();
}

// Of methods that are no lanes as well.
void EveryMethodAnswers(const Trial& trial) {
  Plugin plugin(trial);
  for (const Method& method : DeclaredMethods(trial.bundle)) {
    const int calls = CallsOf(plugin, method);
    const PersonalData personal = PersonalDataOf(plugin, method);
    for (int n = 1; n <= calls; ++n) {
      for (const Fault fault : kFaults) {
        World world(trial.bundle, trial.cassette);
        world.FailNth(n, fault);
        Instance instance(plugin, world);
        const std::string where = method.Title() + ", call " + std::to_string(n) + " to the host: " + NameOf(fault);
        trial.log.At(where);
        const Answer answer = ExpectAnAnswer(trial, instance, method, where);
        personal.ExpectNoneIn(trial.log, world, answer, where);
      }
    }
  }
}

}  // namespace

void AddHostileCases(const Bundle& bundle, Cases& cases) {
  for (const Method& method : DeclaredMethods(bundle)) {
    if (method.kind != MethodKind::kRead) continue;
    cases.push_back({"hostile/services " + method.Title(), "hostile", method.contract,
                     "whichever call to the host fails, the set handed over in the end is the same", kSeconds,
                     [method](const Trial& trial) { FailingServices(trial, method); }});
  }
  cases.push_back({"hostile/answers", "hostile", "", "with failing services every method still answers", kSeconds,
                   &EveryMethodAnswers});
}

}  // namespace quayside::conformance
