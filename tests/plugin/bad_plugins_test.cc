// Every plugin of tests/bad_plugins is refused or contained, and the message names the finding.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <string>

#include "host/base/errors.h"
#include "host/plugin/bundle.h"
#include "host/plugin/folder_for_tests.h"
#include "host/plugin/generation.h"
#include "host/plugin/in_process_plugin.h"
#include "host/plugin/library.h"
#include "host/plugin/probe.h"
#include "host/sync/step_call.h"
#include "quayside/plugin/v1/order_sync.pb.h"
#include "tests/plugin/leftovers.h"
#include "tests/plugin/no_services.h"

namespace quayside {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct BadPlugin {
  const char* name;
  const char* finding;
};

std::string BundleFolder(const std::string& name) { return std::string(QUAYSIDE_TEST_BUNDLES) + "/bad/" + name; }

class ProbedPlugin : public ::testing::TestWithParam<BadPlugin> {};

TEST_P(ProbedPlugin, IsRefused_AndTheHostLives) {
  const absl::Status status = ProbeBundle(QUAYSIDE_TEST_PROBE, BundleFolder(GetParam().name), 3 * kSecondUs);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_TRUE(HasReason(status, Reason::kPluginRejected)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().finding));
}

INSTANTIATE_TEST_SUITE_P(
    All, ProbedPlugin,
    ::testing::Values(
        BadPlugin{"no_symbol", "does not export qs_plugin_entry_v1"}, BadPlugin{"two_symbols", "sdk/cmake/plugin.map"},
        BadPlugin{"unique_symbol", "-fno-gnu-unique"}, BadPlugin{"undefined_symbol", "a_function_nobody_wrote"},
        BadPlugin{"small_table", "version 1 has"}, BadPlugin{"absurd_table", "claims"},
        BadPlugin{"empty_entry", "empty entries"}, BadPlugin{"null_entry", "refuses a host of ABI minor 0"},
        BadPlugin{"other_id", "the library is somebody_else"},
        BadPlugin{"other_version", "the manifest says other_version 1.0.0"},
        BadPlugin{"other_manifest", "describe answers another manifest"},
        BadPlugin{"describe_fails", "describe failed"}, BadPlugin{"describe_garbage", "describe failed"},
        BadPlugin{"constructor_throws", "died of"}, BadPlugin{"constructor_aborts", "died of Aborted"},
        BadPlugin{"constructor_segfaults", "died of Segmentation fault"},
        BadPlugin{"constructor_exits", "tried to load it ended"}, BadPlugin{"constructor_blocks", "does not end"},
        BadPlugin{"create_crashes", "died of Segmentation fault"},
        BadPlugin{"destroy_crashes", "died of Segmentation fault"},
        BadPlugin{"unload_crashes", "died of Segmentation fault"}, BadPlugin{"create_blocks", "does not end"},
        BadPlugin{"destroy_blocks", "does not end"}, BadPlugin{"unload_blocks", "does not end"},
        BadPlugin{"create_throws", "an exception left create"},
        BadPlugin{"destroy_throws", "an exception left destroy"},
        BadPlugin{"unload_throws", "an exception left unload"},
        BadPlugin{"create_without_instance", "OK without an instance"}, BadPlugin{"nodelete", "-Wl,-z,nodelete"},
        BadPlugin{"static_tls", "-ftls-model=initial-exec"}, BadPlugin{"text_relocation", "-fPIC"},
        BadPlugin{"executable_stack", "-Wl,-z,noexecstack"}, BadPlugin{"search_path", "-Wl,-rpath"},
        BadPlugin{"foreign_library", "needs libz.so.1"}),
    [](const auto& info) { return std::string(info.param.name); });

// Structs grow by appending: a table from the future is as good as today's.
TEST(BadPlugins, LargerTable_IsTaken) {
  EXPECT_TRUE(ProbeBundle(QUAYSIDE_TEST_PROBE, BundleFolder("larger_table"), 10 * kSecondUs).ok());
}

TEST(BadPlugins, AProbeThatIsKilled_LeavesNoFileBehind) {
  const TestFolder temporary;
  const char* before = std::getenv("TMPDIR");
  const std::string former = before == nullptr ? "" : before;
  ASSERT_EQ(setenv("TMPDIR", (temporary / "").c_str(), 1), 0);
  const absl::Status status = ProbeBundle(QUAYSIDE_TEST_PROBE, BundleFolder("constructor_blocks"), kSecondUs);
  if (before == nullptr) {
    unsetenv("TMPDIR");
  } else {
    setenv("TMPDIR", former.c_str(), 1);
  }
  EXPECT_THAT(std::string(status.message()), HasSubstr("does not end")) << "it was killed in the middle";
  EXPECT_TRUE(fs::is_empty(temporary / ""));
}

TEST(BadPlugins, Probe_SaysWhenItCannotStart) {
  const absl::Status status = ProbeBundle("/nowhere/quayside-probe", BundleFolder("larger_table"), kSecondUs);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot start"));
}

// A file cut anywhere must be refused before it is mapped: inside dlopen it would kill the process.
TEST(BadPlugins, Truncated_IsRefusedAtEveryLength) {
  const auto whole = ReadFile(BundleFolder("larger_table") + "/plugin.so", kMaxLibraryBytes);
  ASSERT_TRUE(whole.ok());
  for (size_t length = 0; length < whole->size(); length += 97) {
    const auto facts = ReadElf(std::string_view(*whole).substr(0, length));
    EXPECT_TRUE(HasReason(facts.status(), Reason::kBundleInvalid)) << "cut at " << length;
  }
}

class PluginInProcess : public ::testing::Test {
 protected:
  void SetUp() override {
    scratch_ = ::testing::TempDir() + "bad-plugins-" + std::to_string(getpid());
    fs::create_directories(scratch_);
  }
  void TearDown() override { fs::remove_all(scratch_); }

  std::unique_ptr<Generation> Load(const std::string& folder, int number) {
    const auto bundle = ReadBundle(folder);
    EXPECT_TRUE(bundle.ok()) << bundle.status();
    path_ = scratch_ + "/" + std::to_string(number) + ".so";
    auto library = LoadPluginLibrary(*bundle, path_);
    EXPECT_TRUE(library.ok()) << library.status();
    return std::make_unique<Generation>(
        GenerationParts{.plugin = MakeInProcessPlugin(*std::move(library), bundle->manifest.id()),
                        .manifest = bundle->manifest,
                        .number = number,
                        .workers = 2,
                        .clock = clock_,
                        .logger = *logger_,
                        .http = http_,
                        .documents = documents_});
  }

  template <typename Answer, typename Work>
  static Answer OnWorker(Generation& generation, Work work) {
    std::promise<Answer> promise;
    EXPECT_TRUE(generation.Submit([&] { promise.set_value(work()); }));
    return promise.get_future().get();
  }

  static absl::StatusOr<std::string> CallOnce(Generation& generation, const char* contract, const char* method) {
    std::promise<absl::StatusOr<std::string>> promise;
    EXPECT_TRUE(generation.Submit([&] {
      quayside::plugin::v1::InstanceConfig config;
      config.set_account_id("a");
      promise.set_value(generation.Call(config, {contract, method, 0, {}}, ""));
    }));
    return promise.get_future().get();
  }

  // As the watchdog does with a step that passed its deadline. The step holds the generation, as those of the engine
  // do.
  static void GiveUp(Generation& generation, const std::function<void()>& step) {
    auto worker = std::make_shared<std::promise<std::shared_ptr<Generation::Worker>>>();
    ASSERT_TRUE(generation.Submit([worker, step] {
      worker->set_value(Generation::CurrentWorker());
      step();
    }));
    generation.Abandon(worker->get_future().get());
  }
  void ExpectToStay(Generation& generation) {
    EXPECT_EQ(generation.Status().state, "WEDGED");
    EXPECT_EQ(generation.Status().steps_stuck, 1);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(CallOnce(generation, "order_sync/1", "pull").ok());
    const absl::Status closed = generation.Close(kSecondUs / 10);
    EXPECT_TRUE(HasReason(closed, Reason::kPluginTimeout)) << closed;
    EXPECT_EQ(generation.Status().state, "LEAKED");
    EXPECT_TRUE(IsMapped(path_));
  }

  std::string scratch_;
  std::string path_;
  ManualClock clock_{kDayUs};
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  NoHttp http_;
  NoDocuments documents_;
};

// The SDK's barrier catches them; for plugins without it the host has one more.
TEST_F(PluginInProcess, AnExceptionOutOfCall_IsAFault_AndTheHostLives) {
  auto generation = Load(BundleFolder("call_throws"), 3);
  for (int i = 0; i < 3; ++i) {
    const auto reply = CallOnce(*generation, "order_sync/1", "pull");
    EXPECT_TRUE(HasReason(reply.status(), Reason::kPluginFault)) << reply.status();
    EXPECT_THAT(std::string(reply.status().message()), HasSubstr("a bug in call"));
  }
  EXPECT_TRUE(generation->Close(5 * kSecondUs).ok());
  EXPECT_FALSE(IsMapped(path_));
}

TEST_F(PluginInProcess, AnExceptionOutOfUpgradeCursor_IsAFault) {
  auto generation = Load(BundleFolder("upgrade_throws"), 4);
  const auto upgraded = OnWorker<absl::StatusOr<std::string>>(
      *generation, [&] { return generation->UpgradeCursor("order_sync/1", "cursor"); });
  EXPECT_TRUE(HasReason(upgraded.status(), Reason::kPluginFault)) << upgraded.status();
  EXPECT_TRUE(generation->Close(5 * kSecondUs).ok());
}

TEST_F(PluginInProcess, AnExceptionOutOfDestroy_IsLogged_AndTheHostLives) {
  auto generation = Load(BundleFolder("destroy_throws"), 8);
  EXPECT_TRUE(CallOnce(*generation, "order_sync/1", "pull").ok());
  EXPECT_TRUE(generation->Close(5 * kSecondUs).ok());
  EXPECT_FALSE(IsMapped(path_));
}

TEST_F(PluginInProcess, AnExceptionOutOfUnload_IsAFault_AndNothingStaysMapped) {
  auto generation = Load(BundleFolder("unload_throws"), 9);
  const absl::Status closed = generation->Close(5 * kSecondUs);
  EXPECT_TRUE(HasReason(closed, Reason::kPluginFault)) << closed;
  EXPECT_FALSE(IsMapped(path_));
  EXPECT_EQ(generation->Status().state, "UNLOADED");
}

// Whoever closes it is kept no longer than by a call that blocks.
TEST_F(PluginInProcess, AnUnloadThatBlocks_IsGivenUp_AndTheLibraryStays) {
  auto generation = Load(BundleFolder("unload_blocks"), 12);
  EXPECT_TRUE(CallOnce(*generation, "order_sync/1", "pull").ok());
  const absl::Status closed = generation->Close(100 * kMillisecondUs);
  EXPECT_TRUE(HasReason(closed, Reason::kPluginTimeout)) << closed;
  EXPECT_THAT(std::string(closed.message()), HasSubstr("unload"));
  EXPECT_EQ(generation->Status().state, "LEAKED");
  EXPECT_TRUE(IsMapped(path_));
}

// A thread inside never comes back here: it is given up, its place is taken, and the library stays for good.
TEST_F(PluginInProcess, ACallThatBlocks_IsGivenUp_TheOthersGoOn_AndTheLibraryStays) {
  const std::shared_ptr<Generation> generation = Load(BundleFolder("call_blocks"), 10);
  GiveUp(*generation, [generation] {
    quayside::plugin::v1::InstanceConfig config;
    config.set_account_id("a");
    (void)generation->Call(config, {"order_sync/1", "misbehave", 0, {}}, "");
  });
  ExpectToStay(*generation);
}

TEST_F(PluginInProcess, AnUpgradeThatBlocks_IsGivenUp_TheOthersGoOn_AndTheLibraryStays) {
  const std::shared_ptr<Generation> generation = Load(BundleFolder("upgrade_blocks"), 11);
  GiveUp(*generation, [generation] { (void)generation->UpgradeCursor("order_sync/1", "cursor"); });
  ExpectToStay(*generation);
}

// Worker threads belong to the generation and are joined first, so that their thread_locals do not pin the library.
TEST_F(PluginInProcess, ThreadLocalsOnWorkers_DoNotKeepTheLibrary) {
  auto generation = Load(BundleFolder("thread_locals"), 1);
  for (int i = 0; i < 8; ++i) (void)CallOnce(*generation, "order_sync/1", "pull");
  EXPECT_TRUE(generation->Close(5 * kSecondUs).ok());
  EXPECT_FALSE(IsMapped(path_));
}

TEST_F(PluginInProcess, Nodelete_IsReportedAsALeak) {
  auto generation = Load(BundleFolder("nodelete"), 2);
  const absl::Status closed = generation->Close(5 * kSecondUs);
  EXPECT_TRUE(HasReason(closed, Reason::kPluginRejected)) << closed;
  EXPECT_THAT(std::string(closed.message()), HasSubstr("stays mapped"));
  EXPECT_EQ(generation->Status().state, "LEAKED");
}

// A plugin's calls as a step makes them: on a worker, typed.
class StepOnWorker final : public PluginCaller {
 public:
  explicit StepOnWorker(Generation& generation) : generation_(generation) {}
  absl::StatusOr<std::string> Call(const char* contract, const char* method, const std::string& request) override {
    std::promise<absl::StatusOr<std::string>> promise;
    EXPECT_TRUE(generation_.Submit([&] {
      quayside::plugin::v1::InstanceConfig config;
      config.set_account_id("a");
      promise.set_value(generation_.Call(config, {contract, method, 0, {}}, request));
    }));
    return promise.get_future().get();
  }
  absl::StatusOr<std::string> UpgradeCursor(const char*, const std::string&) override {
    return absl::UnimplementedError("not asked");
  }

 private:
  Generation& generation_;
};

TEST_F(PluginInProcess, GarbageReply_IsThePluginsFault) {
  auto generation = Load(BundleFolder("garbage_reply"), 3);
  StepOnWorker step(*generation);
  const absl::Status status = CallPlugin<quayside::plugin::v1::PullOrdersReply>(
                                  step, "order_sync/1", "pull", quayside::plugin::v1::PullOrdersRequest())
                                  .status();
  EXPECT_TRUE(HasReason(status, Reason::kPluginFault)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("unreadable"));
}

// What it wrote before would be read as "nothing new".
TEST_F(PluginInProcess, IgnoresRefusedRoom_IsThePluginsFault_AndNothingOfTheReplyIsUsed) {
  auto generation = Load(BundleFolder("ignores_refused_room"), 4);
  const absl::Status status = CallOnce(*generation, "order_sync/1", "pull").status();
  EXPECT_TRUE(HasReason(status, Reason::kPluginFault)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("larger than"));
}

TEST_F(PluginInProcess, InvokesWrongly_IsRefusedEachTime_AndRightlyStillWorks) {
  auto generation = Load(BundleFolder("invokes_wrongly"), 5);
  const auto status_of = [&](const char* method) {
    const auto reply = CallOnce(*generation, "order_sync/1", method);
    EXPECT_TRUE(reply.ok() && reply->size() == 1) << method << ": " << reply.status();
    return reply.ok() && reply->size() == 1 ? static_cast<qs_status>(reply->front()) : qs_status{QS_INTERNAL};
  };
  EXPECT_EQ(status_of("rightly"), QS_OK);
  for (const char* wrong : {"another_thread", "wrong_call_id", "former_call_id", "no_service", "in_create"}) {
    EXPECT_EQ(status_of(wrong), QS_INVALID) << wrong;
  }
  EXPECT_EQ(status_of("unknown_service"), QS_UNSUPPORTED);
  EXPECT_EQ(status_of("garbage_request"), QS_INVALID);
  EXPECT_EQ(status_of("rightly"), QS_OK);
}

// The next version of a plugin lives beside the present one; each answers for itself, and one goes without the other.
TEST_F(PluginInProcess, TwoVersions_LiveBesideEachOther) {
  auto present = Load(std::string(QUAYSIDE_TEST_BUNDLES) + "/echo", 6);
  const std::string present_path = path_;
  auto next = Load(std::string(QUAYSIDE_TEST_BUNDLES) + "/echo_next", 7);
  EXPECT_EQ(present->manifest().version(), "1.0.0");
  EXPECT_EQ(next->manifest().version(), "1.1.0");
  EXPECT_TRUE(present->Close(5 * kSecondUs).ok());
  EXPECT_FALSE(IsMapped(present_path));
  StepOnWorker step(*next);
  const auto page = CallPlugin<quayside::plugin::v1::PullOrdersReply>(step, "order_sync/1", "pull",
                                                                      quayside::plugin::v1::PullOrdersRequest());
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->orders_size(), 1);
}

TEST_F(PluginInProcess, HundredCycles_LeaveNothingBehind) {
  const std::string echo = std::string(QUAYSIDE_TEST_BUNDLES) + "/echo";
  const auto cycle = [&](int number) {
    auto generation = Load(echo, number);
    EXPECT_FALSE(CallOnce(*generation, "no_such/1", "method").ok());
    EXPECT_TRUE(generation->Close(5 * kSecondUs).ok());
    EXPECT_FALSE(IsMapped(path_));
  };
  cycle(1000);  // what the first use sets up for good
  const int threads = CountThreads();
  const int descriptors = CountIn("/proc/self/fd");
  for (int i = 0; i < 100; ++i) cycle(1001 + i);
  EXPECT_EQ(CountThreadsDownTo(threads), threads);
  EXPECT_EQ(CountIn("/proc/self/fd"), descriptors);
}

}  // namespace
}  // namespace quayside
