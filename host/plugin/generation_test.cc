// The generation alone, over a plugin that is part of the test. With real libraries: tests/plugin/.
#include "host/plugin/generation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "host/base/errors.h"
#include "host/plugin/in_process_plugin.h"
#include "tests/plugin/no_services.h"

struct qs_instance {
  std::string config;
};

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::HasSubstr;

constexpr DurationUs kPatience = 30 * kSecondUs;

// Something a test waits for, and something it lets happen.
class Latch {
 public:
  void Open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

// What the plugin of one test does and did. The ABI's functions take no context, so it is global for the test's time.
struct Script {
  std::mutex mutex;
  std::set<qs_instance*> alive;
  int made = 0;
  int destroyed_by_host_thread = 0;
  int alive_at_unload = -1;
  std::function<qs_status(const qs_call&, qs_sink*)> call;
  std::function<void()> destroy;
};
Script* g_script = nullptr;

qs_status ScriptCreate(const qs_host*, qs_bytes config, qs_instance** instance, qs_sink*) {
  *instance = new qs_instance{std::string(reinterpret_cast<const char*>(config.data), config.size)};
  const std::lock_guard<std::mutex> lock(g_script->mutex);
  g_script->alive.insert(*instance);
  ++g_script->made;
  return QS_OK;
}

qs_status ScriptCall(qs_instance*, const qs_call* call, qs_sink* reply) {
  return g_script->call ? g_script->call(*call, reply) : QS_OK;
}

void ScriptDestroy(qs_instance* instance) {
  if (g_script->destroy) g_script->destroy();
  {
    const std::lock_guard<std::mutex> lock(g_script->mutex);
    g_script->alive.erase(instance);
    if (Generation::CurrentWorker() == nullptr) ++g_script->destroyed_by_host_thread;
  }
  delete instance;
}

constexpr qs_plugin kTable = {sizeof(qs_plugin),
                              QS_ABI_MINOR,
                              "script",
                              "1.0.0",
                              [](qs_sink*) -> qs_status { return QS_OK; },
                              &ScriptCreate,
                              &ScriptCall,
                              [](const char*, qs_bytes, qs_sink*) -> qs_status { return QS_INVALID; },
                              &ScriptDestroy,
                              [] {}};

class ScriptLibrary final : public PluginLibrary {
 public:
  [[nodiscard]] const qs_plugin& table() const override { return kTable; }
  [[nodiscard]] const std::string& path() const override { return path_; }
  absl::Status Unload() override {
    const std::lock_guard<std::mutex> lock(g_script->mutex);
    g_script->alive_at_unload = static_cast<int>(g_script->alive.size());
    return absl::OkStatus();
  }

 private:
  std::string path_ = "script";
};

class GenerationTest : public ::testing::Test {
 protected:
  GenerationTest() { g_script = &script_; }
  ~GenerationTest() override {
    generation_.reset();
    for (qs_instance* left : script_.alive) delete left;
    g_script = nullptr;
  }

  Generation& Make(int workers) {
    pb::Manifest manifest;
    manifest.set_id("script");
    manifest.set_version("1.0.0");
    generation_ = std::make_shared<Generation>(
        GenerationParts{.plugin = MakeInProcessPlugin(std::make_unique<ScriptLibrary>(), "script"),
                        .manifest = manifest,
                        .number = 7,
                        .workers = workers,
                        .clock = clock_,
                        .logger = *logger_,
                        .http = http_,
                        .documents = documents_});
    return *generation_;
  }

  static pb::InstanceConfig Config(const std::string& account) {
    pb::InstanceConfig config;
    config.set_account_id(account);
    return config;
  }

  // Runs it on a worker and waits for it.
  void OnWorker(const std::function<void()>& body) {
    Latch done;
    ASSERT_TRUE(generation_->Submit([&] {
      body();
      done.Open();
    }));
    done.Wait();
  }

  absl::StatusOr<std::string> CallOnce(const std::string& account) {
    absl::StatusOr<std::string> reply = absl::UnknownError("not called");
    OnWorker(
        [&] { reply = generation_->Call(Config(account), {.contract = "order_sync/1", .method = "pull"}, "request"); });
    return reply;
  }

  // Until the status satisfies `wanted`; what cannot be signalled (a worker going idle) is looked for.
  bool Eventually(const std::function<bool(const GenerationStatus&)>& wanted) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!wanted(generation_->Status())) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  Script script_;
  ManualClock clock_{1'000'000};
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  NoHttp http_;
  NoDocuments documents_;
  std::shared_ptr<Generation> generation_;
};

TEST_F(GenerationTest, Instance_IsMadeOnce_AndReusedWhileTheConfigurationStays) {
  Make(1);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(CallOnce("a").ok());
  EXPECT_EQ(script_.made, 1);
  OnWorker([&] {
    pb::InstanceConfig changed = Config("a");
    (*changed.mutable_options())["region"] = "eu";
    EXPECT_TRUE(generation_->Call(changed, {}, "").ok());
  });
  EXPECT_EQ(script_.made, 2);
  EXPECT_EQ(script_.alive.size(), 1u) << "the outdated instance is destroyed";
}

TEST_F(GenerationTest, SameOptionsInAnotherOrder_AreTheSameConfiguration) {
  Make(1);
  pb::InstanceConfig forward = Config("a");
  pb::InstanceConfig backward = Config("a");
  for (int i = 0; i < 20; ++i) (*forward.mutable_options())["option" + std::to_string(i)] = "x";
  for (int i = 19; i >= 0; --i) (*backward.mutable_options())["option" + std::to_string(i)] = "x";
  OnWorker([&] {
    EXPECT_TRUE(generation_->Call(forward, {}, "").ok());
    EXPECT_TRUE(generation_->Call(backward, {}, "").ok());
  });
  EXPECT_EQ(script_.made, 1);
}

TEST_F(GenerationTest, ForgetInstances_DestroysIdleOnesOnAWorker_AndBusyOnesWhenTheyReturn) {
  Make(2);
  ASSERT_TRUE(CallOnce("a").ok());
  Latch entered, release;
  script_.call = [&](const qs_call&, qs_sink*) -> qs_status {
    entered.Open();
    release.Wait();
    return QS_OK;
  };
  Latch returned;
  ASSERT_TRUE(generation_->Submit([&] {
    EXPECT_TRUE(generation_->Call(Config("a"), {}, "").ok());
    returned.Open();
  }));
  entered.Wait();
  generation_->ForgetInstances("a");
  EXPECT_EQ(script_.alive.size(), 1u);
  release.Open();
  returned.Wait();
  EXPECT_EQ(script_.alive.size(), 0u);
  EXPECT_EQ(script_.destroyed_by_host_thread, 0);

  script_.call = nullptr;
  ASSERT_TRUE(CallOnce("a").ok());
  generation_->ForgetInstances("a");
  OnWorker([] {});
  ASSERT_TRUE(Eventually([](const GenerationStatus& s) { return s.steps_in_flight == 0; }));
  EXPECT_EQ(script_.alive.size(), 0u);
  EXPECT_EQ(script_.destroyed_by_host_thread, 0);
}

TEST_F(GenerationTest, Close_DestroysEveryInstance_BeforeTheUnload) {
  Make(4);
  for (const char* account : {"a", "b", "c"}) ASSERT_TRUE(CallOnce(account).ok());
  ASSERT_TRUE(generation_->Close(kPatience).ok());
  EXPECT_EQ(script_.alive_at_unload, 0);
  EXPECT_EQ(script_.destroyed_by_host_thread, 0);
  EXPECT_EQ(generation_->Status().state, "UNLOADED");
  EXPECT_FALSE(generation_->Submit([] {}));
}

// A step makes several calls: the instance of the last one must not outlive the sweep of the idle ones.
TEST_F(GenerationTest, Close_DestroysInstancesOfAStepThatGoesOnCalling) {
  Make(2);
  ASSERT_TRUE(CallOnce("a").ok());
  Latch entered, release;
  script_.call = [&](const qs_call& call, qs_sink*) -> qs_status {
    if (std::string_view(call.method) != "first") return QS_OK;
    entered.Open();
    release.Wait();
    return QS_OK;
  };
  ASSERT_TRUE(generation_->Submit([&] {
    EXPECT_TRUE(generation_->Call(Config("a"), {.method = "first"}, "").ok());
    EXPECT_TRUE(generation_->Call(Config("a"), {.method = "second"}, "").ok());
  }));
  entered.Wait();
  std::thread closing([&] { EXPECT_TRUE(generation_->Close(kPatience).ok()); });
  // The other worker has nothing left to do: whatever it does at closing, it has done.
  ASSERT_TRUE(Eventually([](const GenerationStatus& s) { return s.state == "DRAINING" && s.steps_in_flight == 1; }));
  release.Open();
  closing.join();
  EXPECT_EQ(script_.alive_at_unload, 0);
}

TEST_F(GenerationTest, Close_DropsWhatWaits_AndWaitsForWhatRuns) {
  Make(1);
  Latch entered, release;
  bool finished = false;
  ASSERT_TRUE(generation_->Submit([&] {
    entered.Open();
    release.Wait();
    finished = true;
  }));
  bool ran = false;
  ASSERT_TRUE(generation_->Submit([&] { ran = true; }));
  entered.Wait();
  std::thread closing([&] { EXPECT_TRUE(generation_->Close(kPatience).ok()); });
  ASSERT_TRUE(Eventually([](const GenerationStatus& s) { return s.state == "DRAINING"; }));
  EXPECT_FALSE(generation_->Submit([] {}));
  release.Open();
  closing.join();
  EXPECT_TRUE(finished);
  EXPECT_FALSE(ran);
}

TEST_F(GenerationTest, Close_Twice_IsOneClose) {
  Make(1);
  ASSERT_TRUE(generation_->Close(kPatience).ok());
  EXPECT_TRUE(generation_->Close(kPatience).ok());
  EXPECT_EQ(generation_->Status().state, "UNLOADED");
}

TEST_F(GenerationTest, Abandon_ReplacesTheWorker_AndOtherCallsGoOn) {
  Make(1);
  Latch entered, release, returned;
  std::shared_ptr<Generation::Worker> stuck;
  ASSERT_TRUE(generation_->Submit([&] {
    stuck = Generation::CurrentWorker();
    entered.Open();
    release.Wait();
    returned.Open();
  }));
  entered.Wait();
  generation_->Abandon(stuck);
  generation_->Abandon(stuck);  // a second time changes nothing
  EXPECT_EQ(generation_->Status().state, "WEDGED");
  EXPECT_TRUE(CallOnce("a").ok());
  release.Open();
  returned.Wait();
  EXPECT_TRUE(Eventually([](const GenerationStatus& s) { return s.state == "ACTIVE" && s.steps_in_flight == 0; }));
  EXPECT_TRUE(CallOnce("a").ok());
  EXPECT_TRUE(generation_->Close(kPatience).ok());
}

// The watchdog decides, and meanwhile the step returns: the worker is idle when it is given up.
TEST_F(GenerationTest, Abandon_OfAWorkerThatJustCameBack_EndsIt) {
  Make(1);
  std::shared_ptr<Generation::Worker> worker;
  OnWorker([&] { worker = Generation::CurrentWorker(); });
  ASSERT_TRUE(Eventually([](const GenerationStatus& s) { return s.steps_in_flight == 0 && s.steps_done == 1; }));
  generation_->Abandon(worker);
  EXPECT_TRUE(Eventually([](const GenerationStatus& s) { return s.state == "ACTIVE"; })) << generation_->Status().state;
  std::shared_ptr<Generation::Worker> next;
  OnWorker([&] { next = Generation::CurrentWorker(); });
  EXPECT_NE(next, worker);
}

TEST_F(GenerationTest, Close_WithAStepThatReturnsInTime_Unloads) {
  Make(1);
  Latch entered, release;
  std::shared_ptr<Generation::Worker> stuck;
  ASSERT_TRUE(generation_->Submit([&] {
    stuck = Generation::CurrentWorker();
    entered.Open();
    release.Wait();
  }));
  entered.Wait();
  generation_->Abandon(stuck);
  std::thread closing([&] { EXPECT_TRUE(generation_->Close(kPatience).ok()); });
  release.Open();
  closing.join();
  EXPECT_EQ(generation_->Status().state, "UNLOADED");
}

// Their destruction waits its turn behind steps; closing must not let it go with those.
TEST_F(GenerationTest, Close_DestroysInstancesThatWereForgottenJustBefore) {
  Make(1);
  ASSERT_TRUE(CallOnce("a").ok());
  Latch entered, release;
  ASSERT_TRUE(generation_->Submit([&] {
    entered.Open();
    release.Wait();
  }));
  entered.Wait();
  generation_->ForgetInstances("a");
  std::thread closing([&] { EXPECT_TRUE(generation_->Close(kPatience).ok()); });
  EXPECT_TRUE(Eventually([](const GenerationStatus& s) { return s.state == "DRAINING"; }));
  release.Open();
  closing.join();
  EXPECT_EQ(script_.alive_at_unload, 0);
}

TEST_F(GenerationTest, Close_WithAStepThatDoesNotReturn_LeavesTheLibrary_AndTheStepMayReturnLater) {
  Make(1);
  Latch entered, release, returned;
  script_.call = [&](const qs_call&, qs_sink*) -> qs_status {
    entered.Open();
    release.Wait();
    return QS_OK;
  };
  std::shared_ptr<Generation::Worker> stuck;
  // As the engine does: whoever calls the generation holds it.
  ASSERT_TRUE(generation_->Submit([&, held = generation_] {
    stuck = Generation::CurrentWorker();
    EXPECT_TRUE(held->Call(Config("a"), {}, "").ok());
    returned.Open();
  }));
  entered.Wait();
  const absl::Status closed = generation_->Close(0);
  EXPECT_EQ(closed.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(HasReason(closed, Reason::kPluginTimeout)) << closed;
  EXPECT_THAT(std::string(closed.message()), HasSubstr("script"));
  EXPECT_EQ(generation_->Status().state, "LEAKED");
  EXPECT_EQ(script_.alive_at_unload, -1) << "not unloaded";

  generation_->Abandon(stuck);
  EXPECT_EQ(generation_->Status().state, "LEAKED") << "what is leaked stays leaked";
  EXPECT_TRUE(generation_->Close(0).ok()) << "a second close has nothing to do";
  release.Open();
  returned.Wait();
  ASSERT_TRUE(Eventually([](const GenerationStatus& s) { return s.steps_in_flight == 0; }));
  EXPECT_EQ(generation_->Status().state, "LEAKED");
  EXPECT_EQ(script_.alive_at_unload, -1);
}

TEST_F(GenerationTest, Close_WithADestroyThatBlocks_LeavesTheLibrary) {
  Make(1);
  ASSERT_TRUE(CallOnce("a").ok());
  Latch entered, release, returned;
  script_.destroy = [&] {
    entered.Open();
    release.Wait();
    returned.Open();
  };
  absl::Status closed;
  std::thread closing([&] { closed = generation_->Close(100'000); });
  entered.Wait();
  closing.join();
  EXPECT_TRUE(HasReason(closed, Reason::kPluginTimeout)) << closed;
  EXPECT_EQ(script_.alive_at_unload, -1);
  release.Open();
  returned.Wait();
  ASSERT_TRUE(Eventually([](const GenerationStatus& s) { return s.steps_in_flight == 0; }));
}

TEST_F(GenerationTest, RepliesBeyondTheLimit_AreFaults) {
  Make(1);
  script_.call = [](const qs_call&, qs_sink* reply) -> qs_status {
    (void)reply->reserve(reply->ctx, kMaxReplyBytes + 1);
    return QS_OK;
  };
  const auto reply = CallOnce("a");
  ASSERT_FALSE(reply.ok());
  EXPECT_TRUE(HasReason(reply.status(), Reason::kPluginFault)) << reply.status();
  EXPECT_THAT(std::string(reply.status().message()), HasSubstr("order_sync/1 pull: the reply is larger than"));
}

TEST_F(GenerationTest, UnreadableReply_IsAFault_NamingTheCall) {
  Make(1);
  script_.call = [](const qs_call&, qs_sink* reply) -> qs_status {
    std::memcpy(reply->reserve(reply->ctx, 3), "\x0a\x7fx", 3);
    return QS_OK;
  };
  absl::Status status;
  OnWorker([&] {
    status =
        generation_
            ->CallTyped<pb::CheckReply>(Config("a"), {.contract = "plugin/1", .method = "check"}, pb::CheckRequest())
            .status();
  });
  EXPECT_TRUE(HasReason(status, Reason::kPluginFault)) << status;
  EXPECT_EQ(std::string(status.message()), "script plugin/1 check: the reply is unreadable");
}

TEST_F(GenerationTest, Call_TellsThePluginContractMethodDeadlineAndRequest) {
  Make(1);
  std::set<uint64_t> ids;
  script_.call = [&](const qs_call& call, qs_sink*) -> qs_status {
    EXPECT_EQ(call.size, sizeof(qs_call));
    EXPECT_EQ(call.reserved, 0u);
    EXPECT_STREQ(call.contract, "order_sync/1");
    EXPECT_STREQ(call.method, "pull");
    EXPECT_EQ(call.deadline_us, 99);
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(call.request.data), call.request.size), "bytes");
    EXPECT_TRUE(ids.insert(call.call_id).second) << "an id is used once";
    return QS_OK;
  };
  for (int i = 0; i < 3; ++i) {
    OnWorker([&] {
      EXPECT_TRUE(
          generation_->Call(Config("a"), {.contract = "order_sync/1", .method = "pull", .deadline_us = 99}, "bytes")
              .ok());
    });
  }
  EXPECT_EQ(ids.size(), 3u);
}

TEST_F(GenerationTest, CurrentWorker_IsNullOutside) {
  Make(1);
  EXPECT_EQ(Generation::CurrentWorker(), nullptr);
  OnWorker([] { EXPECT_NE(Generation::CurrentWorker(), nullptr); });
}

}  // namespace
}  // namespace quayside
