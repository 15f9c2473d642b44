// A host whose services fail: each at its n-th call, for every n. Nothing is lost, nothing is invented.
#include <algorithm>
#include <memory>

#include "sdk/conformance/reading.h"

namespace quayside::conformance {
namespace {

constexpr int kSeconds = 120;
// Of one reading; beyond it the calls are the same over and over.
constexpr int kMostCalls = 120;

void FailingServices(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  const Read expected = ReadUndisturbed(plugin, method);
  const int calls = std::min(expected.invocations, kMostCalls);
  for (int n = 1; n <= calls; ++n) {
    for (const Fault fault :
         {Fault::kRetry, Fault::kUnknown, Fault::kLost, Fault::kDeadline, Fault::kInternal, Fault::kGarbage}) {
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
    }
  }
}

// Of methods that are no lanes as well.
void EveryMethodAnswers(const Trial& trial) {
  Plugin plugin(trial);
  for (const Method& method : DeclaredMethods(trial.bundle)) {
    for (const Fault fault : {Fault::kRetry, Fault::kUnknown, Fault::kInternal, Fault::kGarbage}) {
      for (int n = 1; n <= 4; ++n) {
        World world(trial.bundle, trial.cassette);
        world.FailNth(n, fault);
        Instance instance(plugin, world);
        trial.log.At(method.Title() + ", call " + std::to_string(n) + " to the host: " + NameOf(fault));
        const Answer answer = instance.Call(method.contract, method.name, FirstRequest(trial, method));
        const std::unique_ptr<google::protobuf::Message> reply(method.reply->New());
        if (answer.ok() && !reply->ParseFromString(answer.bytes))
          trial.log.Fail(method.Title() + ": the reply is no message");
        if (!answer.ok() && answer.error.reason().empty() && answer.status != QS_INTERNAL)
          trial.log.Fail(method.Title() + " answers " + answer.Text() + " without a reason");
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
