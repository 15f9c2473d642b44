// Reading: whatever the size of pages, the moment of a restart or the trouble on the line, the same set arrives.
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "sdk/conformance/personal_data.h"
#include "sdk/conformance/reading.h"
#include "sdk/conformance/trouble.h"

namespace quayside::conformance {
namespace {

constexpr int kSeconds = 120;
constexpr int kUsualAndSmallest[] = {0, 1};

void SoundPages(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  const Read read = ReadUndisturbed(plugin, method);
  if (read.items.empty() && read.bad_records == 0)
    trial.log.Fail("nothing is handed over: the cassette should hold some records (--cassette)");
  if (const auto expected = trial.cassette.expected.find(method.Title()); expected != trial.cassette.expected.end()) {
    for (const std::string& key : expected->second) {
      if (!read.items.contains(key)) trial.log.Fail("'" + key + "' is expected and is not handed over");
    }
    for (const auto& [key, record] : read.items) {
      if (!expected->second.contains(key)) trial.log.Fail("'" + key + "' is handed over and is not expected");
    }
  }
  for (const std::string& flaw : read.flaws) trial.log.Fail(flaw);
  for (const std::string& violation : read.violations) trial.log.Fail(violation);
  if (read.longest_sleep_us > kMostSleepUs) trial.log.Fail("a step sleeps");
}

void PageSizes(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  const Read expected = ReadUndisturbed(plugin, method);
  const pb::Contract* contract = FindContract(trial.bundle.manifest, method.contract);
  for (const int size : {1, 7, contract->max_items() > 0 ? contract->max_items() : 1'000}) {
    ReadingPlan plan;
    plan.page_size = size;
    const Read read = ReadAll(plugin, method, plan);
    if (!read.unanswered.empty())
      throw CaseOver("the cassette has no answer to " + *read.unanswered.begin() + ": record it, too");
    if (const std::string difference = Difference(expected, read, true); !difference.empty())
      trial.log.Fail("in pages of " + std::to_string(size) + ": " + difference);
  }
}

void ExpectTheSame(Plugin& plugin, const Method& method, const Read& expected, const ReadingPlan& plan,
                   const std::string& how) {
  const Read read = ReadAll(plugin, method, plan);
  if (const std::string difference = Difference(expected, read, true); !difference.empty())
    plugin.trial().log.Fail(how + ": " + difference);
}

// The usual pages, and the smallest: most lanes of a cassette are one usual page.
void Resume(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  for (const int size : kUsualAndSmallest) {
    const Read expected = ReadUndisturbed(plugin, method, size);
    ReadingPlan plan;
    plan.page_size = size;
    plan.new_instances = true;
    ExpectTheSame(plugin, method, expected, plan, "a new instance for every step");
    plan.repeat_steps = true;
    ExpectTheSame(plugin, method, expected, plan, "every step run twice, as after a host that ended before its commit");
    plan.repeat_steps = false;
    plan.new_libraries = true;
    ExpectTheSame(plugin, method, expected, plan, "the library loaded anew for every step, as after a restart");
  }
}

void Replay(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  for (const int size : kUsualAndSmallest) {
    const Read first = ReadUndisturbed(plugin, method, size);
    const Read second = ReadUndisturbed(plugin, method, size);
    if (first.replies != second.replies)
      trial.log.Fail("the same cassette gives other bytes the second time: something besides the request decides");
  }
}

// A step from this cursor; nothing but an answer is expected of the marketplace.
Answer StepFrom(Plugin& plugin, const Method& method, const pb::Cursor& cursor, int page_size) {
  const Trial& trial = plugin.trial();
  World world(trial.bundle, trial.cassette);
  Instance instance(plugin, world);
  return instance.Call(method.contract, method.name, PageRequest(trial, method, cursor, page_size));
}

// One byte is another, or the end is missing. What is left is never nothing: that is the beginning.
pb::Cursor Tampered(const pb::Cursor& cursor, bool cut, std::mt19937_64& random) {
  pb::Cursor tampered = cursor;
  std::string& state = *tampered.mutable_state();
  if (cut && state.size() > 1) {
    state.resize(1 + random() % (state.size() - 1));
  } else {
    state[random() % state.size()] ^= static_cast<char>(1 + random() % 255);
  }
  return tampered;
}

// What a page shows: all of it but the state that it leaves.
std::string ShownBy(const Method& method, const Answer& answer) {
  const std::unique_ptr<google::protobuf::Message> reply(method.reply->New());
  if (!reply->ParseFromString(answer.bytes)) throw CaseOver(method.Title() + ": the reply is no message");
  google::protobuf::Message& next =
      *reply->GetReflection()->MutableMessage(reply.get(), reply->GetDescriptor()->FindFieldByName("next_cursor"));
  next.GetReflection()->ClearField(&next, next.GetDescriptor()->FindFieldByName("state"));
  return reply->SerializeAsString();
}

// Empty, or how a step from a tampered cursor breaks its promise. `whole` is the answer to the cursor as it was,
// `first` the lane's first page.
std::string FlawOfTampered(const Method& method, const Answer& answer, const Answer& whole, const std::string& first) {
  if (answer.status == QS_INTERNAL) return "is answered " + answer.Text() + "; INVALID is meant";
  // What was changed may say nothing about the place.
  if (!answer.ok() || (whole.ok() && ShownBy(method, answer) == ShownBy(method, whole))) return {};
  const char* const how = answer.bytes == first ? "the lane begins anew" : "the lane goes on elsewhere";
  return std::string("is answered OK, and ") + how + "; INVALID is meant";
}

// A lane of a thousand pages has a thousand of them: some, from its first page to its end, and the one that is left.
std::vector<std::optional<pb::Cursor>> SomeCursors(const Read& read) {
  constexpr size_t kMost = 30;
  std::vector<std::optional<pb::Cursor>> some;
  const size_t apart = read.cursors.size() / kMost + 1;
  for (size_t i = 0; i < read.cursors.size(); i += apart) some.push_back(read.cursors[i]);
  some.push_back(read.last_cursor);
  return some;
}

void ForeignCursors(const Trial& trial, const Method& method) {
  constexpr int kSmallest = 1;
  Plugin plugin(trial);
  const Read read = ReadUndisturbed(plugin, method, kSmallest);
  std::mt19937_64 random(trial.seed);
  pb::Cursor foreign;
  foreign.set_schema(999'999);
  foreign.set_state("\x01\x02\x03");
  trial.log.At("a cursor of schema 999999");
  if (const Answer answer = StepFrom(plugin, method, foreign, kSmallest); answer.status != QS_INVALID)
    trial.log.Fail("a cursor of a schema that was never declared is answered " + answer.Text() + ", not INVALID");
  for (const auto& cursor : SomeCursors(read)) {
    if (!cursor || cursor->state().empty()) continue;
    const Answer whole = StepFrom(plugin, method, *cursor, kSmallest);
    for (int round = 0; round < 50; ++round) {
      trial.log.At("a tampered cursor");
      const Answer answer = StepFrom(plugin, method, Tampered(*cursor, round % 2 == 1, random), kSmallest);
      const std::string flaw = FlawOfTampered(method, answer, whole, read.replies.front());
      if (flaw.empty()) continue;
      trial.log.Fail("a tampered cursor " + flaw);
      return;
    }
  }
}

// A page may end early and say when to go on; anything else is made again.
void ExpectLater(const Trial& trial, const Method& method, const Trouble& trouble, const Answer& answer,
                 int64_t now_us) {
  if (answer.ok()) {
    const std::unique_ptr<google::protobuf::Message> reply(method.reply->New());
    if (trouble.is_torn || !reply->ParseFromString(answer.bytes) || !SaysToComeAgain(*reply))
      trial.log.Fail(trouble.what + " is answered OK, as if that were the end; RETRY is meant");
    return;
  }
  if (answer.status != QS_RETRY) {
    if (!trouble.is_torn || answer.status != QS_UNKNOWN)
      trial.log.Fail(trouble.what + " is answered " + answer.Text() + "; RETRY is meant");
    return;
  }
  const int64_t at_us = answer.error.retry_at_us();
  if (at_us != 0 && at_us < now_us) trial.log.Fail(trouble.what + ": the time of RETRY is over already");
  if (at_us == 0 && trouble.tells_time) trial.log.Fail(trouble.what + " is answered RETRY without a time");
}

// Only where the step goes out at all.
void MeetsTrouble(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  const Read read = ReadUndisturbed(plugin, method);
  PersonalData personal;
  for (const std::string& reply : read.replies) personal.LearnReply(method, reply);
  bool met = false;
  for (const Trouble& trouble : Troubles()) {
    for (const auto& cursor : read.cursors) {
      World world(trial.bundle, trial.cassette);
      BadLine line(world, trouble);
      line.FilesToo();
      Instance instance(plugin, world);
      trial.log.At(trouble.what);
      const Answer answer = instance.Call(method.contract, method.name, PageRequest(trial, method, cursor, 0));
      if (answer.slept_us > kMostSleepUs)
        trial.log.Fail(trouble.what + ": the step sleeps; RETRY with a time is meant");
      personal.ExpectNoneIn(trial.log, world, answer, trouble.what);
      if (line.met()) ExpectLater(trial, method, trouble, answer, world.now_us());
      met = met || line.met();
    }
  }
  ExpectMet(trial.log, met, read.exchanges);
}

// What it says and does from where it is told to end; `sent_before` went out earlier.
void ExpectEnds(const Trial& trial, const Method& method, const std::string& what, const World& world, bool met,
                const Answer& answer, size_t sent_before) {
  constexpr size_t kMostCallsAfter = 16;
  if (answer.slept_us > kMostSleepUs) trial.log.Fail(what + " sleeps");
  const bool fits =
      answer.ok() || answer.status == QS_CANCELLED || answer.status == QS_RETRY || answer.status == QS_DEADLINE;
  if (!fits) trial.log.Fail(what + " answers " + answer.Text() + "; CANCELLED, DEADLINE, RETRY or a page is meant");
  const std::unique_ptr<google::protobuf::Message> reply(method.reply->New());
  if (met && answer.ok() && (!reply->ParseFromString(answer.bytes) || !SaysToComeAgain(*reply)))
    trial.log.Fail(what + " answers OK, as if everything had been read");
  const size_t sent = world.exchanges() - sent_before;
  if (sent > kMostCallsAfter) trial.log.Fail(what + " sends " + std::to_string(sent) + " more requests");
}

// The n-th call to the host finds the step to be at its end. False: the step makes fewer. `met` when it went out then.
bool EndsAtCall(Plugin& plugin, const Method& method, const Ending& ending, const std::optional<pb::Cursor>& cursor,
                int n, bool& met) {
  const Trial& trial = plugin.trial();
  World world(trial.bundle, trial.cassette);
  std::optional<BadLine> line;
  size_t sent_before = 0;
  world.BeforeNth(n, [&] {
    sent_before = world.exchanges();
    ending.within(world);
    line.emplace(world, ending);
    line->FilesToo();
  });
  Instance instance(plugin, world);
  const std::string what = std::string(ending.what) + ", from its call " + std::to_string(n) + " to the host on,";
  trial.log.At(what);
  const Answer answer = instance.Call(method.contract, method.name, PageRequest(trial, method, cursor, 0));
  if (!line) return false;
  ExpectEnds(trial, method, what, world, line->met(), answer, sent_before);
  met = met || line->met();
  return true;
}

void EndsWhenToldTo(const Trial& trial, const Method& method) {
  constexpr int kMostCallsTried = 40;
  Plugin plugin(trial);
  const Read read = ReadUndisturbed(plugin, method);
  bool met = false;
  for (const Ending& ending : Endings()) {
    for (const auto& cursor : read.cursors) {
      World world(trial.bundle, trial.cassette);
      ending.before(world);
      BadLine line(world, ending);
      line.FilesToo();
      Instance instance(plugin, world);
      trial.log.At(ending.what);
      const Answer answer = instance.Call(method.contract, method.name, PageRequest(trial, method, cursor, 0));
      ExpectEnds(trial, method, ending.what, world, line.met(), answer, 0);
      met = met || line.met();
      for (int n = 1; n <= kMostCallsTried && EndsAtCall(plugin, method, ending, cursor, n, met); ++n) continue;
    }
  }
  ExpectMet(trial.log, met, read.exchanges);
}

}  // namespace

void AddPageCases(const Bundle& bundle, Cases& cases) {
  for (const Method& method : DeclaredMethods(bundle)) {
    if (method.kind != MethodKind::kRead) continue;
    const auto add = [&](const std::string& name, const char* claim, void (*run)(const Trial&, const Method&)) {
      cases.push_back({"pages/" + name + " " + method.Title(), "pages", method.contract, claim, kSeconds,
                       [run, method](const Trial& trial) { run(trial, method); }});
    };
    add("sound",
        "pages hand over what is there, with cursors the host can keep, watermarks that never go backwards, and no "
        "sleep",
        &SoundPages);
    add("sizes", "pages of 1, 7 and the most give the same set", &PageSizes);
    add("resume", "stopped after every step, or before every commit, and resumed it gives the same set", &Resume);
    add("replay", "the same answers give the same bytes", &Replay);
    add("cursors", "foreign and tampered cursors are INVALID", &ForeignCursors);
    add("trouble", "429, 503, broken lines and half bodies end the step at once, to be made again", &MeetsTrouble);
    add("cancel", "a step that is cancelled, or past its deadline, ends", &EndsWhenToldTo);
  }
}

}  // namespace quayside::conformance
