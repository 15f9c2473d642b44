// Every plugin of tests/bad_plugins as the next version of one that works: refused or contained, and the one before
// serves afterwards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <tuple>

#include "host/base/errors.h"
#include "host/plugin/generation.h"
#include "tests/reload/reload_world.h"

namespace quayside {
namespace {

constexpr auto kCallPatience = std::chrono::seconds(2);

// Refused before any lane could be its; everything else may be taken, and is contained.
constexpr const char* kNeverTaken[] = {
    "no_symbol", "small_table", "absurd_table", "empty_entry", "null_entry", "other_id", "other_version",
    "other_manifest", "describe_fails", "describe_garbage", "constructor_throws", "constructor_aborts",
    "constructor_segfaults", "constructor_exits", "constructor_blocks", "create_throws", "create_without_instance",
    // What the file says is enough.
    "two_symbols", "unique_symbol", "undefined_symbol", "nodelete", "static_tls", "text_relocation", "executable_stack",
    "search_path", "foreign_library"};
constexpr const char* kNeverTakenInProcess[] = {"destroy_throws", "unload_throws", "create_crashes", "destroy_crashes",
                                                "unload_crashes", "create_blocks", "destroy_blocks", "unload_blocks",
                                                // What nothing contains there: their imports give them away.
                                                "leaves_thread", "starts_thread", "opens_sockets", "asks_for_socket",
                                                "runs_program", "fork_bomb", "kills_parent", "traces_host",
                                                "calls_exit"};
constexpr const char* kContainedByARunner[] = {
    "create_crashes", "create_blocks",  "call_crashes",     "call_blocks",        "call_throws",    "upgrade_crashes",
    "upgrade_blocks", "upgrade_throws", "destroy_crashes",  "destroy_blocks",     "destroy_throws", "unload_crashes",
    "unload_blocks",  "unload_throws",  "leaks_memory",     "closes_descriptors", "calls_exit",     "fork_bomb",
    "garbage_frame",  "garbage_reply",  "endless_reply",    "kills_parent",       "starts_thread",  "leaves_thread",
    "runs_program",   "traces_host",    "overwrites_memory"};

class BadReload : public ::testing::TestWithParam<std::tuple<IsolationMode, const char*>> {
 protected:
  BadReload() {
    world_.Start();
    world_.Install("../bad/before/" + id());
    world_.store().Write([this](Tx& tx) { return tx.PutAccount({.id = "a", .plugin_id = id(), .revision = 1}); });
  }
  static std::string id() { return std::get<1>(GetParam()); }
  static IsolationMode mode() { return std::get<0>(GetParam()); }

  std::string ActiveVersion() { return world_.catalog().Get(id()).value().record.version; }
  absl::Status InstallAndReload() {
    const absl::Status installed = world_.catalog().Install(ReloadWorld::Bundle("../bad/" + id()), {}).status();
    if (!installed.ok()) return installed;
    return world_.catalog().Reload({.plugin_id = id(), .version = "1.0.0", .canary = {.skip = true}}, nullptr).status();
  }
  // Of the version that works, ended as the watchdog ends what hangs.
  absl::StatusOr<std::string> OnAWorker(const std::function<absl::StatusOr<std::string>(Generation&)>& work) {
    const auto generation = world_.catalog().Active(id());
    if (!generation.ok()) return generation.status();
    const auto worker = std::make_shared<std::promise<std::shared_ptr<Generation::Worker>>>();
    const auto reply = std::make_shared<std::promise<absl::StatusOr<std::string>>>();
    auto answered = reply->get_future();
    const bool accepted = (*generation)->Submit([worker, reply, work, held = *generation] {
      worker->set_value(Generation::CurrentWorker());
      reply->set_value(work(*held));
    });
    if (!accepted) return absl::UnavailableError("it is closed");
    if (answered.wait_for(kCallPatience) == std::future_status::timeout) {
      (*generation)->Abandon(worker->get_future().get());
    }
    return answered.get();
  }
  absl::StatusOr<std::string> Call(const char* method) {
    return OnAWorker([method](Generation& generation) {
      quayside::plugin::v1::InstanceConfig config;
      config.set_account_id("a");
      return generation.Call(config, {.contract = "order_sync/1", .method = method, .stop = nullptr}, "ping");
    });
  }
  // No lane is at a position that it would be asked to upgrade.
  absl::StatusOr<std::string> UpgradeCursor() {
    return OnAWorker([](Generation& generation) { return generation.UpgradeCursor("order_sync/1", "cursor"); });
  }

  ReloadWorld world_{{.isolation = mode(),
                      .restart = {.quarantine_crashes = 100},
                      .runner_patience_us = 2 * kSecondUs,
                      .probe_program = QUAYSIDE_TEST_PROBE}};
};

class NeverTaken : public BadReload {};
class Contained : public BadReload {};

std::string TestName(const ::testing::TestParamInfo<std::tuple<IsolationMode, const char*>>& info) {
  return std::string(IsolationModeText(std::get<0>(info.param))) + "_" + std::get<1>(info.param);
}

INSTANTIATE_TEST_SUITE_P(Both, NeverTaken,
                         ::testing::Combine(::testing::Values(IsolationMode::kInProcess, IsolationMode::kIsolated),
                                            ::testing::ValuesIn(kNeverTaken)),
                         TestName);
INSTANTIATE_TEST_SUITE_P(InProcess, NeverTaken,
                         ::testing::Combine(::testing::Values(IsolationMode::kInProcess),
                                            ::testing::ValuesIn(kNeverTakenInProcess)),
                         TestName);
INSTANTIATE_TEST_SUITE_P(Runner, Contained,
                         ::testing::Combine(::testing::Values(IsolationMode::kIsolated),
                                            ::testing::ValuesIn(kContainedByARunner)),
                         TestName);

TEST_P(NeverTaken, IsRefused_AndTheVersionBeforeServes) {
  EXPECT_FALSE(InstallAndReload().ok());
  EXPECT_EQ(ActiveVersion(), "0.9.0");
  const auto answer = Call("pull");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*answer, "ping");
}

TEST_P(Contained, WhateverItDoes_TheHostLives_AndTheVersionBeforeServes) {
  const absl::Status reloaded = InstallAndReload();
  if (reloaded.ok()) {
    EXPECT_EQ(ActiveVersion(), "1.0.0");
    // Some do what they are here for only now; what comes of it is theirs.
    (void)Call("misbehave");
    EXPECT_FALSE(UpgradeCursor().ok());
    const auto back = world_.catalog().Rollback(id(), "local", nullptr);
    ASSERT_TRUE(back.ok()) << back.status();
  }
  EXPECT_EQ(ActiveVersion(), "0.9.0");
  const auto answer = Call("pull");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*answer, "ping");
  // It goes altogether: a process of its own leaves nothing behind.
  world_.Until("the bad one is gone", [this] {
    const PluginStatus status = world_.catalog().Get(id()).value();
    for (const GenerationStatus& each : status.generations) {
      if (each.version == "1.0.0" && each.state != "UNLOADED") return false;
    }
    return true;
  });
}

}  // namespace
}  // namespace quayside
