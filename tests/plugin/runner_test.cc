// What a runner contains: every way to fail ends in it, is named, and costs nobody else anything.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <future>
#include <sstream>

#include "absl/cleanup/cleanup.h"
#include "tests/plugin/generation_world.h"

namespace quayside {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;

std::string Contents(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Processes whose parent this is.
std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string stat = Contents(entry.path() / "stat");
    const size_t end = stat.rfind(") ");
    if (end == std::string::npos) continue;
    pid_t its_parent = 0;
    if (std::sscanf(stat.c_str() + end + 2, "%*c %d", &its_parent) == 1 && its_parent == parent) {
      children.push_back(static_cast<pid_t>(std::stol(name)));
    }
  }
  return children;
}

class Runner : public GenerationWorld {
 protected:
  void LoadIsolated(const std::string& folder) {
    const absl::Status loaded = Load(folder, IsolationMode::kIsolated);
    ASSERT_TRUE(loaded.ok()) << loaded;
  }
  static void ExpectCrash(const absl::Status& status, const std::string& how) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_TRUE(HasReason(status, Reason::kPluginCrashed)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(how));
  }
  // The watchdog's part: gives up the worker as soon as the call is in the plugin.
  absl::StatusOr<std::string> CallAndAbandon(const char* method) {
    std::promise<std::shared_ptr<Generation::Worker>> worker;
    std::promise<absl::StatusOr<std::string>> reply;
    EXPECT_TRUE(generation_->Submit([&] {
      worker.set_value(Generation::CurrentWorker());
      reply.set_value(generation_->Call(Config(), {"order_sync/1", method, 0, {}}, ""));
    }));
    generation_->Abandon(worker.get_future().get());
    return reply.get_future().get();
  }
};

struct Failure {
  const char* plugin;
  const char* how;
};
class FailureInACall : public Runner, public ::testing::WithParamInterface<Failure> {};

TEST_P(FailureInACall, IsNamed_AndTheNextCallWorks) {
  LoadIsolated(Bad(GetParam().plugin));
  ASSERT_TRUE(Call("pull", "hello").ok());
  ExpectCrash(Call("misbehave").status(), GetParam().how);
  const auto next = Call("pull", "hello");
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(*next, "hello");
  const auto restarted = AwaitReports(RunnerReport::Kind::kRestarted, 1);
  ASSERT_EQ(restarted.size(), 1u);
  EXPECT_LT(restarted[0].restart_us, kSecondUs);
  EXPECT_THAT(AwaitReports(RunnerReport::Kind::kCrashed, 1)[0].message, HasSubstr(GetParam().how));
  EXPECT_EQ(generation_->Status().state, "ACTIVE");
}

const Failure kFailures[] = {{"call_crashes", "died of Segmentation fault (SIGSEGV)"},
                             {"calls_exit", "ended with exit code 3"},
                             {"closes_descriptors", "closed its connection to the host"},
                             {"garbage_frame", "broke the protocol: what it sends is no frame"},
#if !defined(QUAYSIDE_SANITIZED)  // a runner's memory is not limited then
                             {"leaks_memory", "died of Aborted (SIGABRT)"},
#endif
                             {"overwrites_memory", "died of Segmentation fault (SIGSEGV)"},
                             {"starts_thread", "died of Aborted (SIGABRT)"}};
INSTANTIATE_TEST_SUITE_P(All, FailureInACall, ::testing::ValuesIn(kFailures),
                         [](const auto& info) { return std::string(info.param.plugin); });

// It asks, is told no, and goes on.
class ForbiddenDeed : public Runner, public ::testing::WithParamInterface<const char*> {};

TEST_P(ForbiddenDeed, IsRefusedByTheKernel) {
  LoadIsolated(Bad(GetParam()));
  const auto answer = Call("misbehave", "/tmp/quayside-runner-test");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(*answer, AnyOf(std::to_string(EPERM), std::to_string(EACCES)));
  EXPECT_FALSE(fs::exists("/tmp/quayside-runner-test"));
}

INSTANTIATE_TEST_SUITE_P(All, ForbiddenDeed,
                         ::testing::Values("asks_for_socket", "fork_bomb", "runs_program", "writes_file", "reads_file",
                                           "constructor_reads_file", "kills_parent", "traces_host"),
                         [](const auto& info) { return std::string(info.param); });

class FailureAtLoading : public Runner, public ::testing::WithParamInterface<Failure> {};

TEST_P(FailureAtLoading, IsTheAnswer) {
  runner_.load_timeout_us = 2 * kSecondUs;
  const absl::Status status = Load(Bad(GetParam().plugin), IsolationMode::kIsolated);
  EXPECT_TRUE(HasReason(status, Reason::kPluginRejected)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().how));
  EXPECT_TRUE(ChildrenOf(getpid()).empty());
}

INSTANTIATE_TEST_SUITE_P(All, FailureAtLoading,
                         ::testing::Values(Failure{"undefined_symbol", "a_function_nobody_wrote"},
                                           Failure{"small_table", "version 1 has"}, Failure{"absurd_table", "claims"},
                                           Failure{"empty_entry", "empty entries"},
                                           Failure{"null_entry", "refuses a host of ABI minor 0"},
                                           Failure{"other_id", "the library is somebody_else"},
                                           Failure{"other_version", "the manifest says other_version 1.0.0"},
                                           Failure{"other_manifest", "describe answers another manifest"},
                                           Failure{"describe_fails", "describe failed"},
                                           Failure{"describe_garbage", "describe failed"},
                                           Failure{"constructor_throws", "died of Aborted"},
                                           Failure{"constructor_aborts", "died of Aborted"},
                                           Failure{"constructor_segfaults", "died of Segmentation fault"},
                                           Failure{"constructor_exits", "ended with exit code"},
                                           Failure{"constructor_blocks", "loading it does not end"}),
                         [](const auto& info) { return std::string(info.param.plugin); });

TEST_F(Runner, MissingProgram_SaysWhatCannotBeStarted) {
  runner_.program = "/nowhere/quayside-runner";
  const absl::Status status = Load(Bad("larger_table"), IsolationMode::kIsolated);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot start a runner: /nowhere/quayside-runner"));
}

TEST_F(Runner, CrashInCreate_IsNamed) {
  LoadIsolated(Bad("create_crashes"));
  ExpectCrash(Call("pull").status(), "died of Segmentation fault");
}

TEST_F(Runner, ThrowInCreate_IsNamed) {
  LoadIsolated(Bad("create_throws"));
  ExpectCrash(Call("pull").status(), "died of Aborted");
}

TEST_F(Runner, CrashInUpgradeCursor_IsNamed) {
  LoadIsolated(Bad("upgrade_crashes"));
  ExpectCrash(UpgradeCursor("").status(), "died of Segmentation fault");
  EXPECT_TRUE(Call("pull").ok());
}

TEST_F(Runner, ThrowInUpgradeCursor_IsNamed) {
  LoadIsolated(Bad("upgrade_throws"));
  ExpectCrash(UpgradeCursor("").status(), "died of Aborted");
  EXPECT_TRUE(Call("pull").ok());
}

TEST_F(Runner, CrashInDestroy_CostsNothing) {
  LoadIsolated(Bad("destroy_crashes"));
  ASSERT_TRUE(Call("pull").ok());
  generation_->ForgetInstances("a");
  EXPECT_EQ(AwaitReports(RunnerReport::Kind::kCrashed, 1).size(), 1u);
  EXPECT_TRUE(Call("pull").ok());
  EXPECT_TRUE(generation_->Close(kPatience).ok());
  EXPECT_TRUE(ChildrenOf(getpid()).empty());
}

TEST_F(Runner, CrashInUnload_UnloadsAllTheSame) {
  LoadIsolated(Bad("unload_crashes"));
  ASSERT_TRUE(Call("pull").ok());
  EXPECT_TRUE(generation_->Close(kPatience).ok());
  EXPECT_EQ(generation_->Status().state, "UNLOADED");
  EXPECT_TRUE(ChildrenOf(getpid()).empty());
  EXPECT_TRUE(log_.Await("a plugin's unload failed"));
}

TEST_F(Runner, BlockedCall_IsKilledByTheWatchdog_AndNothingIsWedged) {
  LoadIsolated(Bad("call_blocks"));
  ASSERT_TRUE(Call("pull").ok());
  ExpectCrash(CallAndAbandon("misbehave").status(), "was killed: a step passed its deadline");
  EXPECT_TRUE(Call("pull").ok());
  EXPECT_EQ(generation_->Status().state, "ACTIVE");
  EXPECT_TRUE(generation_->Close(kPatience).ok());
}

TEST_F(Runner, ACallOfAStepThatWasGivenUp_IsNotSentToTheNextProcess) {
  LoadIsolated(Bad("call_blocks"));
  std::promise<std::shared_ptr<Generation::Worker>> worker;
  std::promise<void> next_process_works;
  std::promise<absl::StatusOr<std::string>> reply;
  ASSERT_TRUE(generation_->Submit([&] {
    worker.set_value(Generation::CurrentWorker());
    next_process_works.get_future().wait();
    reply.set_value(generation_->Call(Config(), {"order_sync/1", "pull", 0, {}}, ""));
  }));
  const std::vector<pid_t> first = ChildrenOf(getpid());
  generation_->Abandon(worker.get_future().get());
  while (!Call("pull").ok() || ChildrenOf(getpid()) == first) std::this_thread::yield();
  next_process_works.set_value();
  ExpectCrash(reply.get_future().get().status(), "was killed: a step passed its deadline");
  EXPECT_TRUE(Call("pull").ok()) << "of another step";
}

TEST_F(Runner, BlockedCreate_IsKilledByTheWatchdog) {
  LoadIsolated(Bad("create_blocks"));
  ExpectCrash(CallAndAbandon("pull").status(), "was killed: a step passed its deadline");
}

TEST_F(Runner, BlockedControlCalls_AreKilledInTime) {
  runner_.control_timeout_us = 200 * kMillisecondUs;
  LoadIsolated(Bad("create_blocks"));
  ExpectCrash(Call("pull").status(), "was killed: create, destroy, upgrade_cursor or unload does not return");
  LoadIsolated(Bad("upgrade_blocks"));
  ExpectCrash(UpgradeCursor("").status(), "was killed: create, destroy, upgrade_cursor or unload does not return");
  LoadIsolated(Bad("destroy_blocks"));
  ASSERT_TRUE(Call("pull").ok());
  EXPECT_TRUE(generation_->Close(kPatience).ok());
  LoadIsolated(Bad("unload_blocks"));
  EXPECT_TRUE(generation_->Close(kPatience).ok());
  EXPECT_TRUE(ChildrenOf(getpid()).empty());
}

TEST_F(Runner, ClosingWithAStuckCall_KillsIt_AndUnloads) {
  LoadIsolated(Bad("call_blocks"));
  auto reply = Begin(Config(), "order_sync/1", "misbehave", "");
  EXPECT_TRUE(generation_->Close(100 * kMillisecondUs).ok());
  EXPECT_EQ(generation_->Status().state, "UNLOADED");
  EXPECT_TRUE(ChildrenOf(getpid()).empty());
}

// A crash takes the calls that are in the process at that time; the others are not even late.
TEST_F(Runner, OtherCallsInTheProcess_EndWithTheCrash_AndCanBeRepeated) {
  http_ = std::make_unique<MeetingHttp>(2);
  LoadIsolated(Bad("call_blocks"));
  auto blocked = Begin(Config({}, "b"), "order_sync/1", "misbehave", "");
  ASSERT_TRUE(Call("pull").ok()) << "one that hangs does not keep others waiting";
  ExpectCrash(CallAndAbandon("misbehave").status(), "was killed");
  ExpectCrash(blocked.get().status(), "was killed");
  EXPECT_TRUE(Begin(Config({}, "b"), "order_sync/1", "pull", "").get().ok());
}

TEST_F(Runner, TooManyCrashes_QuarantineTheCopy) {
  runner_.restart.quarantine_crashes = 3;
  LoadIsolated(Bad("call_crashes"));
  for (int i = 0; i < 3; ++i) ExpectCrash(Call("misbehave").status(), "SIGSEGV");
  const auto quarantined = AwaitReports(RunnerReport::Kind::kQuarantined, 1);
  EXPECT_THAT(quarantined[0].message,
              HasSubstr("its runner ended 3 times within 60 s, the last time it died of Segmentation fault"));
  EXPECT_EQ(quarantined[0].plugin_id, "call_crashes");
  EXPECT_EQ(quarantined[0].version, "1.0.0");
  const auto reply = Call("pull");
  EXPECT_EQ(reply.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(HasReason(reply.status(), Reason::kPluginQuarantined)) << reply.status();
  EXPECT_THAT(std::string(reply.status().message()), HasSubstr("call_crashes 1.0.0 is quarantined: its runner ended"));
  EXPECT_EQ(generation_->Status().state, "QUARANTINED");
  EXPECT_TRUE(ChildrenOf(getpid()).empty());
  EXPECT_TRUE(generation_->Close(kPatience).ok());
}

// The circuit is open: each of these calls would wait for a second if it hoped for the next runner.
TEST_F(Runner, WhileTheNextStartIsFar_CallsFailAtOnce) {
  runner_.restart = {.first_delay_us = kMinuteUs, .max_delay_us = kMinuteUs};
  LoadIsolated(Bad("call_crashes"));
  for (int i = 0; i < 2; ++i) ExpectCrash(Call("misbehave").status(), "SIGSEGV");
  EXPECT_EQ(AwaitReports(RunnerReport::Kind::kCrashed, 2).size(), 2u);
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) ExpectCrash(Call("pull").status(), "it is started again");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
  EXPECT_EQ(generation_->Status().state, "ACTIVE");
  EXPECT_TRUE(ChildrenOf(getpid()).empty());
  EXPECT_TRUE(generation_->Close(kPatience).ok());
}

TEST_F(Runner, KilledFromOutside_IsNoticedWithoutACall) {
  LoadIsolated(Bad("larger_table"));
  const auto children = ChildrenOf(getpid());
  ASSERT_EQ(children.size(), 1u);
  ASSERT_EQ(kill(children[0], SIGKILL), 0);
  EXPECT_THAT(AwaitReports(RunnerReport::Kind::kCrashed, 1)[0].message, HasSubstr("died of Killed (SIGKILL)"));
  EXPECT_LT(AwaitReports(RunnerReport::Kind::kRestarted, 1)[0].restart_us, kSecondUs);
  EXPECT_TRUE(Call("pull").ok());
}

TEST_F(Runner, Output_ComesIntoTheLog) {
  LoadIsolated(Bad("writes_output"));
  ASSERT_TRUE(Call("misbehave").ok());
  EXPECT_TRUE(log_.Await("plugin=writes_output text=first line"));
  EXPECT_TRUE(log_.Await("plugin=writes_output text=second line"));
}

TEST_F(Runner, HasNothingOfTheHosts) {
  setenv("QUAYSIDE_TEST_SECRET", "secret", 1);
  const int open_here = open("/dev/null", O_RDONLY);
  LoadIsolated(Bad("larger_table"));
  const auto children = ChildrenOf(getpid());
  ASSERT_EQ(children.size(), 1u);
  const std::string proc = "/proc/" + std::to_string(children[0]);
  EXPECT_EQ(Contents(proc + "/environ"), "");
  EXPECT_EQ(std::distance(fs::directory_iterator(proc + "/fd"), fs::directory_iterator()), 6);
  const std::string status = Contents(proc + "/status");
  EXPECT_THAT(status, HasSubstr("NoNewPrivs:\t1"));
  EXPECT_THAT(status, HasSubstr("Seccomp:\t2"));
  EXPECT_THAT(Contents(proc + "/limits"), HasSubstr("Max core file size        0                    0"));
  EXPECT_EQ(fs::read_symlink(proc + "/cwd"), "/");
  EXPECT_EQ(getsid(children[0]), children[0]) << "a session of its own";
  close(open_here);
}

// Of development: whoever writes a plugin looks at it from its first instruction on.
TEST_F(Runner, WaitsForADebugger_BeforeItLoadsAnything_AndIsNotKilledUnderIt) {
  runner_.wait_for_debugger = true;
  auto loading = std::async(std::launch::async, [&] { return Load(Bad("call_blocks"), IsolationMode::kIsolated); });
  ASSERT_TRUE(log_.Await("attach=gdb -p ")) << "nobody says how to attach";
  const pid_t runner = ChildrenOf(getpid()).at(0);
  const absl::Cleanup end = [runner] { kill(runner, SIGKILL); };
  EXPECT_EQ(loading.wait_for(std::chrono::seconds(0)), std::future_status::timeout) << "it did not wait";
  ASSERT_EQ(ptrace(PTRACE_SEIZE, runner, nullptr, nullptr), 0) << strerror(errno);
  const absl::Status loaded = loading.get();
  ASSERT_TRUE(loaded.ok()) << loaded;
  // A step that is being looked at passes its deadline.
  std::promise<std::shared_ptr<Generation::Worker>> worker;
  auto reply = std::make_shared<std::promise<absl::StatusOr<std::string>>>();
  ASSERT_TRUE(generation_->Submit([&worker, reply, this] {
    worker.set_value(Generation::CurrentWorker());
    reply->set_value(generation_->Call(Config(), {"order_sync/1", "misbehave", 0, {}}, ""));
  }));
  generation_->Abandon(worker.get_future().get());
  ASSERT_EQ(ptrace(PTRACE_INTERRUPT, runner, nullptr, nullptr), 0) << strerror(errno);
  int state = 0;
  ASSERT_EQ(waitpid(runner, &state, __WALL), runner);
  EXPECT_TRUE(WIFSTOPPED(state)) << "it was killed under the debugger";
  ASSERT_EQ(ptrace(PTRACE_DETACH, runner, nullptr, nullptr), 0) << strerror(errno);
  EXPECT_EQ(kill(runner, SIGKILL), 0) << "it lived until here";
  ExpectCrash(reply->get_future().get().status(), "");
}

// The host is gone without a word: killed.
TEST_F(Runner, DiesWithTheHost) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t host = fork();
  if (host == 0) {
    const absl::Status loaded = Load(Bad("call_blocks"), IsolationMode::kIsolated);
    auto blocked = Begin(Config(), "order_sync/1", "misbehave", "");
    const pid_t runner = loaded.ok() ? ChildrenOf(getpid()).at(0) : 0;
    (void)!write(ends[1], &runner, sizeof runner);
    pause();
    _exit(0);
  }
  pid_t runner = 0;
  ASSERT_EQ(read(ends[0], &runner, sizeof runner), static_cast<ssize_t>(sizeof runner));
  ASSERT_GT(runner, 0);
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, runner, 0));
  ASSERT_GE(pidfd, 0);
  kill(host, SIGKILL);
  pollfd gone{pidfd, POLLIN, 0};
  EXPECT_EQ(poll(&gone, 1, 10'000), 1) << "the runner lives on";
  waitpid(host, nullptr, 0);
  for (const int fd : {pidfd, ends[0], ends[1]}) close(fd);
}

}  // namespace
}  // namespace quayside
