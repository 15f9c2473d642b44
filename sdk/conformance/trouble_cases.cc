// Bad days of what is no page: nothing sleeps, nothing is refused for good, and nothing is said done that nobody did.
#include <memory>
#include <set>

#include "sdk/conformance/personal_data.h"
#include "sdk/conformance/reading.h"
#include "sdk/conformance/trouble.h"
#include "sdk/conformance/writing.h"

namespace quayside::conformance {
namespace {

constexpr int kSeconds = 60;
constexpr size_t kMostCallsAfter = 16;

// Intents that the plugin refuses whatever the day.
std::set<std::string> RefusedAnyway(Plugin& plugin, const Method& method, const google::protobuf::Message& request) {
  World world(plugin.trial().bundle, plugin.trial().cassette);
  Instance instance(plugin, world);
  std::set<std::string> refused;
  for (const auto& [id, outcome] : Write(instance, method, request).outcomes) {
    if (outcome.has_rejected()) refused.insert(id);
  }
  return refused;
}

void ExpectTime(const Trial& trial, const std::string& where, int64_t at_us, int64_t now_us) {
  if (at_us < now_us) trial.log.Fail(where + " is to be made again without a time to come");
}

// What every write must say of its intents when nothing can have happened.
void ExpectOpen(const Trial& trial, const std::string& what, const Written& written,
                const std::set<std::string>& refused_anyway) {
  if (!written.problem.empty()) trial.log.Fail(what + ": " + written.problem);
  for (const auto& [id, outcome] : written.outcomes) {
    const bool refused = outcome.has_rejected() && !refused_anyway.contains(id);
    if (refused || outcome.has_done() || outcome.has_accepted())
      trial.log.Fail(what + ": intent '" + id + "' is " + KindOf(outcome) + "; retry or unknown is meant");
  }
}

// Whether it met it.
bool WriteMeets(Plugin& plugin, const Method& method, const Trouble& trouble, const PersonalData& personal) {
  const Trial& trial = plugin.trial();
  const auto request = RequestFor(method, trial.bundle, trial.cassette);
  const std::set<std::string> refused_anyway = RefusedAnyway(plugin, method, *request);
  World world(trial.bundle, trial.cassette);
  BadLine line(world, trouble);
  line.FilesToo();
  Instance instance(plugin, world);
  trial.log.At(trouble.what);
  const Written written = Write(instance, method, *request);
  const Answer& answer = written.answer;
  personal.ExpectNoneIn(trial.log, world, answer, trouble.what);
  if (answer.slept_us > kMostSleepUs) trial.log.Fail(trouble.what + ": the step sleeps; retry with a time is meant");
  // Of an answer that never had a body the status says it all.
  if (!line.met() || line.passed()) return line.met();
  ExpectOpen(trial, trouble.what, written, refused_anyway);
  if (!trouble.is_torn && !world.Effects(true).empty())
    trial.log.Fail(trouble.what + ": something was written all the same");
  if (!answer.ok() && answer.status != QS_RETRY && answer.status != QS_UNKNOWN)
    trial.log.Fail(trouble.what + " is answered " + answer.Text() + "; RETRY is meant");
  if (!trouble.tells_time) return true;
  if (answer.status == QS_RETRY) ExpectTime(trial, trouble.what + ": it", answer.error.retry_at_us(), world.now_us());
  for (const auto& [id, outcome] : written.outcomes) {
    if (outcome.has_retry())
      ExpectTime(trial, trouble.what + ": intent '" + id + "'", outcome.retry().at_us(), world.now_us());
  }
  return true;
}

// An account is checked on bad days, too: what does not work is a finding.
bool IsFinding(const Method& method) { return method.contract == std::string("plugin/1"); }

bool IsOpen(const Method& method, const Answer& answer) {
  const std::unique_ptr<google::protobuf::Message> reply(method.reply->New());
  return IsFinding(method) || (reply->ParseFromString(answer.bytes) && SaysToComeAgain(*reply));
}

// Whether it met it.
bool OtherMeets(Plugin& plugin, const Method& method, const Trouble& trouble, const PersonalData& personal) {
  const Trial& trial = plugin.trial();
  World world(trial.bundle, trial.cassette);
  BadLine line(world, trouble);
  line.FilesToo();
  Instance instance(plugin, world);
  trial.log.At(trouble.what);
  const Answer answer = instance.Call(method.contract, method.name, FirstRequest(trial, method));
  personal.ExpectNoneIn(trial.log, world, answer, trouble.what);
  if (answer.slept_us > kMostSleepUs) trial.log.Fail(trouble.what + ": the step sleeps; RETRY with a time is meant");
  if (!line.met()) return false;
  if (!world.Effects(true).empty()) trial.log.Fail(trouble.what + ": something was written all the same");
  const bool fits = answer.ok() ? IsOpen(method, answer) : answer.status == QS_RETRY || answer.status == QS_UNKNOWN;
  if (!fits) trial.log.Fail(trouble.what + " is answered " + answer.Text() + "; RETRY is meant");
  if (answer.status == QS_RETRY && trouble.tells_time)
    ExpectTime(trial, trouble.what + ": it", answer.error.retry_at_us(), world.now_us());
  return true;
}

// How often the method goes out when all is well.
size_t ExchangesOf(Plugin& plugin, const Method& method) {
  World world(plugin.trial().bundle, plugin.trial().cassette);
  Instance instance(plugin, world);
  (void)instance.Call(method.contract, method.name, FirstRequest(plugin.trial(), method));
  return world.exchanges();
}

void Meets(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  const PersonalData personal = PersonalDataOf(plugin, method);
  bool met = false;
  for (const Trouble& trouble : Troubles()) {
    const bool now = method.kind == MethodKind::kWrite ? WriteMeets(plugin, method, trouble, personal)
                                                       : OtherMeets(plugin, method, trouble, personal);
    met = met || now;
  }
  ExpectMet(trial.log, met, ExchangesOf(plugin, method));
}

bool SaysItEnded(qs_status status) {
  return status == QS_CANCELLED || status == QS_DEADLINE || status == QS_RETRY || status == QS_UNKNOWN;
}

void ExpectEnded(const Trial& trial, const Method& method, const Ending& ending, Instance& instance,
                 const std::set<std::string>& refused_anyway, const BadLine& line) {
  const std::string what = ending.what;
  Written written;
  if (method.kind == MethodKind::kWrite) {
    written = Write(instance, method, *RequestFor(method, trial.bundle, trial.cassette));
  } else {
    written.answer = instance.Call(method.contract, method.name, FirstRequest(trial, method));
  }
  const Answer& answer = written.answer;
  if (answer.slept_us > kMostSleepUs) trial.log.Fail(what + " sleeps");
  if (!answer.ok() && !SaysItEnded(answer.status))
    trial.log.Fail(what + " answers " + answer.Text() + "; CANCELLED, DEADLINE or RETRY is meant");
  if (!answer.ok() || (method.kind != MethodKind::kWrite && !line.met())) return;
  if (method.kind == MethodKind::kWrite) {
    ExpectOpen(trial, what, written, refused_anyway);
  } else if (!IsOpen(method, answer)) {
    trial.log.Fail(what + " answers OK, as if everything had been asked");
  }
}

void EndsWhenToldTo(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  std::set<std::string> refused_anyway;
  if (method.kind == MethodKind::kWrite)
    refused_anyway = RefusedAnyway(plugin, method, *RequestFor(method, trial.bundle, trial.cassette));
  for (const Ending& ending : Endings()) {
    World world(trial.bundle, trial.cassette);
    ending.before(world);
    BadLine line(world, ending);
    line.FilesToo();
    Instance instance(plugin, world);
    trial.log.At(ending.what);
    ExpectEnded(trial, method, ending, instance, refused_anyway, line);
    if (!world.Effects(true).empty()) trial.log.Fail(std::string(ending.what) + " writes all the same");
    if (world.exchanges() > kMostCallsAfter)
      trial.log.Fail(std::string(ending.what) + " sends " + std::to_string(world.exchanges()) + " more requests");
  }
}

}  // namespace

void AddTroubleCases(const Bundle& bundle, Cases& cases) {
  for (const Method& method : DeclaredMethods(bundle)) {
    if (method.kind == MethodKind::kRead) continue;
    const auto add = [&](const std::string& name, const char* claim, void (*run)(const Trial&, const Method&)) {
      cases.push_back({"calls/" + name + " " + method.Title(), "calls", method.contract, claim, kSeconds,
                       [run, method](const Trial& trial) { run(trial, method); }});
    };
    add("trouble", "429, 503, broken lines and half bodies put it off, with the time that was told, and nothing sleeps",
        &Meets);
    add("cancel", "a call that is cancelled, or past its deadline, ends and claims nothing", &EndsWhenToldTo);
  }
}

}  // namespace quayside::conformance
