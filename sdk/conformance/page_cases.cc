// Reading: whatever the size of pages, the moment of a restart or the trouble on the line, the same set arrives.
#include <memory>
#include <random>

#include "sdk/conformance/personal_data.h"
#include "sdk/conformance/reading.h"
#include "sdk/conformance/trouble.h"

namespace quayside::conformance {
namespace {

constexpr int kSeconds = 60;

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

void Resume(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  const Read expected = ReadUndisturbed(plugin, method);
  for (const bool repeat : {false, true}) {
    ReadingPlan plan;
    plan.new_instances = true;
    plan.repeat_steps = repeat;
    const Read read = ReadAll(plugin, method, plan);
    if (const std::string difference = Difference(expected, read, true); !difference.empty())
      trial.log.Fail(std::string(repeat ? "every step run twice, as after a host that ended before its commit: "
                                        : "a new instance for every step: ") +
                     difference);
  }
}

void Replay(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  const Read first = ReadUndisturbed(plugin, method);
  const Read second = ReadUndisturbed(plugin, method);
  if (first.replies != second.replies)
    trial.log.Fail("the same cassette gives other bytes the second time: something besides the request decides");
}

// A step from this cursor; nothing but an answer is expected of the marketplace.
Answer StepFrom(Plugin& plugin, const Method& method, const pb::Cursor& cursor) {
  const Trial& trial = plugin.trial();
  World world(trial.bundle, trial.cassette);
  Instance instance(plugin, world);
  return instance.Call(method.contract, method.name, PageRequest(trial, method, cursor, 0));
}

void ForeignCursors(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  const Read read = ReadUndisturbed(plugin, method);
  std::mt19937_64 random(trial.seed);
  pb::Cursor foreign;
  foreign.set_schema(999'999);
  foreign.set_state("\x01\x02\x03");
  trial.log.At("a cursor of schema 999999");
  if (const Answer answer = StepFrom(plugin, method, foreign); answer.status != QS_INVALID)
    trial.log.Fail("a cursor of a schema that was never declared is answered " + answer.Text() + ", not INVALID");
  for (const auto& cursor : read.cursors) {
    if (!cursor || cursor->state().empty()) continue;
    for (int round = 0; round < 50; ++round) {
      pb::Cursor tampered = *cursor;
      std::string& state = *tampered.mutable_state();
      if (round % 2 == 0) {
        state[random() % state.size()] ^= static_cast<char>(1 + random() % 255);
      } else {
        state.resize(random() % state.size());
      }
      trial.log.At("a tampered cursor");
      const Answer answer = StepFrom(plugin, method, tampered);
      if (answer.status == QS_INTERNAL) {
        trial.log.Fail("a tampered cursor is answered " + answer.Text() + "; INVALID is meant");
        return;
      }
    }
  }
}

// A page may end early and say when to go on; anything else is made again.
void ExpectLater(const Trial& trial, const Method& method, const Trouble& trouble, const Answer& answer,
                 int64_t now_us) {
  if (answer.ok()) {
    const std::unique_ptr<google::protobuf::Message> reply(method.reply->New());
    if (trouble.may_be_fault || !reply->ParseFromString(answer.bytes) || !SaysToComeAgain(*reply))
      trial.log.Fail(trouble.what + " is answered OK, as if that were the end; RETRY is meant");
    return;
  }
  if (answer.status != QS_RETRY) {
    if (!trouble.may_be_fault) trial.log.Fail(trouble.what + " is answered " + answer.Text() + "; RETRY is meant");
    return;
  }
  const int64_t at_us = answer.error.retry_at_us();
  if (at_us != 0 && at_us < now_us) trial.log.Fail(trouble.what + ": the time of RETRY is over already");
  if (at_us == 0 && trouble.tells_time) trial.log.Fail(trouble.what + " is answered RETRY without a time");
}

// Only where the step asks the network at all.
void MeetsTrouble(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  const Read read = ReadUndisturbed(plugin, method);
  PersonalData personal;
  for (const std::string& reply : read.replies) personal.LearnReply(method, reply);
  for (const Trouble& trouble : Troubles()) {
    for (const auto& cursor : read.cursors) {
      World world(trial.bundle, trial.cassette);
      const BadLine line(world, trouble);
      Instance instance(plugin, world);
      trial.log.At(trouble.what);
      const Answer answer = instance.Call(method.contract, method.name, PageRequest(trial, method, cursor, 0));
      if (answer.slept_us > kMostSleepUs)
        trial.log.Fail(trouble.what + ": the step sleeps; RETRY with a time is meant");
      personal.ExpectNoneIn(trial.log, world, answer, trouble.what);
      if (line.met()) ExpectLater(trial, method, trouble, answer, world.now_us());
    }
  }
}

void EndsWhenToldTo(const Trial& trial, const Method& method) {
  constexpr size_t kMostCallsAfter = 16;
  Plugin plugin(trial);
  const Read read = ReadUndisturbed(plugin, method);
  for (const Ending& ending : Endings()) {
    for (const auto& cursor : read.cursors) {
      World world(trial.bundle, trial.cassette);
      const BadLine line(world, ending);
      Instance instance(plugin, world);
      trial.log.At(ending.what);
      const Answer answer = instance.Call(method.contract, method.name, PageRequest(trial, method, cursor, 0));
      const bool fits =
          answer.ok() || answer.status == QS_CANCELLED || answer.status == QS_RETRY || answer.status == QS_DEADLINE;
      if (!fits)
        trial.log.Fail(std::string(ending.what) + " answers " + answer.Text() +
                       "; CANCELLED, DEADLINE, RETRY or a page is meant");
      const auto sent = world.fake().requests().size();
      if (sent > kMostCallsAfter)
        trial.log.Fail(std::string(ending.what) + " sends " + std::to_string(sent) + " more requests");
    }
  }
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
