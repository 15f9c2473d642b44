#include "host/plugin/reload/rehearsal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <thread>

#include "host/base/errors.h"
#include "host/plugin/folder_for_tests.h"
#include "host/plugin/manifest.h"
#include "host/plugin/reload/generation_for_tests.h"
#include "host/store/sqlite_store.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::SizeIs;

pb::Manifest Shop() {
  return ParseManifest(R"({"schema": 1, "id": "shop", "version": "2.0.0",
      "contracts": [{"id": "plugin/1", "scope": "account", "methods": ["validate_config"]},
                    {"id": "order_sync/1", "scope": "account", "cursor_schema": 2, "reads_cursor_schemas": [2]}],
      "marketplaces": [{"id": "main"}]})")
      .value();
}

class RehearsalTest : public ::testing::Test {
 protected:
  void Accounts(int count) {
    Write([&](Tx& tx) -> absl::Status {
      for (int n = 0; n < count; ++n) {
        QS_RETURN_IF_ERROR(tx.PutAccount({.id = "a" + std::to_string(n), .plugin_id = "shop", .revision = 1}));
      }
      return tx.PutAccount({.id = "stranger", .plugin_id = "other", .revision = 1});
    });
  }
  void Write(const std::function<absl::Status(Tx&)>& fn) {
    const absl::Status status = store_->Write(fn);
    ASSERT_TRUE(status.ok()) << status;
  }
  absl::StatusOr<RehearsalResult> Play(DurationUs patience_us = 30 * kSecondUs) {
    generation_ = generations_.Make(script_, 1, Shop(), 4);
    ManifestMemo manifests;
    auto scene = SetScene(*store_, generation_->manifest(), manifests);
    if (!scene.ok()) return scene.status();
    return Rehearse(*std::move(scene), clock_, generation_,
                    {.patience_us = patience_us, .parallel = 4, .stop = [this] { return stop_.load(); }});
  }

  TestFolder folder_;
  ManualClock clock_{1'000'000};
  std::unique_ptr<Store> store_ = OpenSqliteStore({.data_dir = folder_ / "data"}).value();
  PluginScript script_;
  TestGenerations generations_{clock_};
  std::shared_ptr<Generation> generation_;
  std::atomic<bool> stop_{false};
};

TEST_F(RehearsalTest, AsksAboutEveryAccountOfThePlugin) {
  Accounts(300);
  const auto result = Play();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->accounts, 300);
  EXPECT_THAT(script_.created, SizeIs(300));
  EXPECT_FALSE(script_.created.contains("stranger"));
}

TEST_F(RehearsalTest, AsksSeveralAtATime) {
  Accounts(4);
  // Each waits for all: one after the other would never end.
  std::mutex mutex;
  std::condition_variable changed;
  int inside = 0;
  script_.create = [&](const std::string&) {
    std::unique_lock<std::mutex> lock(mutex);
    ++inside;
    changed.notify_all();
    changed.wait(lock, [&] { return inside == 4; });
    return absl::OkStatus();
  };
  EXPECT_TRUE(Play().ok());
}

TEST_F(RehearsalTest, WhatThePluginFinds_IsNamedByAccountAndField) {
  Accounts(3);
  script_.call = [](const PluginCall& call) -> absl::StatusOr<std::string> {
    pb::ValidateConfigRequest request;
    EXPECT_TRUE(request.ParseFromString(std::string(call.request)));
    pb::ValidateConfigReply reply;
    if (request.config().account_id() == "a1") {
      auto* problem = reply.add_problems();
      problem->set_field("options.site");
      problem->set_description("is closed");
    }
    return reply.SerializeAsString();
  };
  const auto result = Play();
  EXPECT_TRUE(HasReason(result.status(), Reason::kReloadRefused)) << result.status();
  EXPECT_THAT(result.status().message(), HasSubstr("accounts/a1.options.site"));
  EXPECT_THAT(result.status().message(), ::testing::Not(HasSubstr("accounts/a2")));
}

TEST_F(RehearsalTest, APosition_IsUpgraded_OrRefusedByName) {
  Accounts(1);
  Write([](Tx& tx) {
    LaneRecord lane{.id = "a0.orders", .account_id = "a0", .job = Job::kOrders};
    lane.cursor = {.schema = 1, .state = "7"};
    return tx.CommitLane({.record = lane, .expected_cursor = {}});
  });
  const auto refused = Play();
  EXPECT_TRUE(HasReason(refused.status(), Reason::kReloadRefused)) << refused.status();
  EXPECT_THAT(refused.status().message(), HasSubstr("lanes/a0.orders.cursor"));
  script_.upgrade = [](std::string_view bytes) -> absl::StatusOr<std::string> {
    pb::Cursor cursor;
    EXPECT_TRUE(cursor.ParseFromString(std::string(bytes)));
    cursor.set_schema(2);
    return cursor.SerializeAsString();
  };
  const auto upgraded = Play();
  ASSERT_TRUE(upgraded.ok()) << upgraded.status();
  EXPECT_EQ(upgraded->lanes, 1);
  EXPECT_THAT(upgraded->notes, Contains("lane a0.orders: position of schema 1 is upgraded"));
}

TEST_F(RehearsalTest, OneThatDoesNotComeBack_EndsIt_AndAllTheOthersAreNotWaitedFor) {
  Accounts(1000);
  std::promise<void> let_go;
  const std::shared_future<void> go = let_go.get_future().share();
  script_.create = [&](const std::string& account) {
    if (account == "a0") go.wait();
    return absl::OkStatus();
  };
  const auto result = Play(100 * kMillisecondUs);
  EXPECT_TRUE(HasReason(result.status(), Reason::kPluginTimeout)) << result.status();
  // Whoever was merely slow comes back by itself.
  while (generation_->Status().steps_stuck > 1) std::this_thread::yield();
  EXPECT_EQ(generation_->Status().steps_stuck, 1);
  let_go.set_value();
  EXPECT_TRUE(generation_->Close(30 * kSecondUs).ok());
}

TEST_F(RehearsalTest, EndsWithTheHost) {
  Accounts(1);
  std::promise<void> let_go;
  script_.create = [this, go = let_go.get_future().share()](const std::string&) {
    stop_ = true;
    go.wait();
    return absl::OkStatus();
  };
  EXPECT_TRUE(HasReason(Play().status(), Reason::kShuttingDown));
  let_go.set_value();
  EXPECT_TRUE(generation_->Close(30 * kSecondUs).ok());
}

}  // namespace
}  // namespace quayside
