#include "host/plugin/reload/crash_recovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/errors.h"
#include "host/plugin/folder_for_tests.h"
#include "host/plugin/reload/reload_records.h"
#include "host/store/sqlite_store.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string ManifestOf(const std::string& version) {
  return R"({"schema": 1, "id": "shop", "version": ")" + version +
         R"(", "contracts": [{"id": "plugin/1", "scope": "account"},
    {"id": "order_sync/1", "scope": "account", "cursor_schema": 1, "reads_cursor_schemas": [1]}]})";
}

class CrashRecoveryTest : public ::testing::Test {
 protected:
  CrashRecoveryTest() {
    store_ = OpenSqliteStore({.data_dir = folder_ / "data"}).value();
    for (const char* version : {"1.0.0", "1.1.0"}) {
      Write([&](Tx& tx) {
        quayside::plugin::v1::Manifest manifest;
        manifest.set_id("shop");
        return WriteActivation(tx, {.version = {.plugin_id = "shop",
                                                .version = version,
                                                .folder = std::string("/plugins/") + version,
                                                .manifest_json = ManifestOf(version)},
                                    .manifest = manifest,
                                    .now = clock_.Now()})
            .status();
      });
      clock_.Advance(kSecondUs);
    }
  }

  void Write(const std::function<absl::Status(Tx&)>& fn) {
    const absl::Status status = store_->Write(fn);
    ASSERT_TRUE(status.ok()) << status;
  }
  void Die(const std::string& version, const std::string& how) {
    const JournalEntry entry{"shop", version, 3, "a.orders", "order_sync/1", how};
    const absl::Status status = RecoverFromCrash(*store_, clock_, *logger_, {entry}, {});
    ASSERT_TRUE(status.ok()) << status;
  }
  PluginRecord Present() {
    PluginRecord record;
    Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(record, tx.GetPlugin("shop"));
      return absl::OkStatus();
    });
    return record;
  }
  PluginVersionRecord Version(const std::string& version) {
    PluginVersionRecord record;
    Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const auto found, tx.FindPluginVersion("shop", version));
      record = found.value_or(PluginVersionRecord());
      return absl::OkStatus();
    });
    return record;
  }
  std::vector<std::string> Events() {
    std::vector<std::string> types;
    Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::vector<EventRecord> events, tx.ListEvents({.after_revision = 0, .limit = 100}));
      for (const EventRecord& event : events) types.push_back(event.type + " " + event.attributes.at("version"));
      return absl::OkStatus();
    });
    return types;
  }

  TestFolder folder_;
  ManualClock clock_{1'767'225'600 * kSecondUs};
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  std::unique_ptr<Store> store_;
};

TEST_F(CrashRecoveryTest, OneDeath_IsAStrike_AndNoMore) {
  Die("1.1.0", "SIGSEGV");
  EXPECT_EQ(Present().version, "1.1.0");
  EXPECT_EQ(Version("1.1.0").standing, VersionStanding::kGood);
  EXPECT_THAT(Events(), ElementsAre("plugin.crashed 1.1.0"));
}

TEST_F(CrashRecoveryTest, TheSecondInAnHour_QuarantinesTheVersion_AndTheOneBeforeWorks) {
  Die("1.1.0", "SIGSEGV");
  clock_.Advance(30 * kMinuteUs);
  Die("1.1.0", "SIGABRT");
  EXPECT_EQ(Present().version, "1.0.0");
  EXPECT_EQ(Present().folder, "/plugins/1.0.0");
  EXPECT_EQ(Version("1.1.0").standing, VersionStanding::kQuarantined);
  EXPECT_THAT(Version("1.1.0").why, HasSubstr("the host died inside it 2 times within 60 min, last by SIGABRT in "
                                              "order_sync/1 of lane a.orders"));
  EXPECT_THAT(Events(), ElementsAre("plugin.crashed 1.1.0", "plugin.crashed 1.1.0", "plugin.quarantined 1.1.0",
                                    "plugin.fell_back 1.0.0"));
}

TEST_F(CrashRecoveryTest, WhatFailedUnderTheQuarantinedOne_IsDueUnderTheOneBefore) {
  const LaneRecord refused{.id = "a.orders",
                           .account_id = "a",
                           .needs_operator = true,
                           .next_run_us = clock_.Now() + kDayUs,
                           .failures = 4,
                           .last_error_reason = "CREDENTIALS_REFUSED"};
  LaneRecord asked_to_wait = refused;
  asked_to_wait.id = "a.inventory";
  asked_to_wait.job = Job::kInventory;
  asked_to_wait.last_error_reason = "THROTTLED";
  Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutAccount({.id = "a", .plugin_id = "shop", .revision = 1}));
    QS_RETURN_IF_ERROR(tx.PutTarget({.account_id = "a",
                                     .sku = "MUG",
                                     .state = TargetState::kDirty,
                                     .due_us = clock_.Now() + kDayUs,
                                     .failures = 2}));
    QS_RETURN_IF_ERROR(tx.PutLaneControl(refused));
    return tx.PutLaneControl(asked_to_wait);
  });
  Die("1.1.0", "SIGSEGV");
  const auto lane = [&](const char* id) {
    LaneRecord found;
    Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const auto row, tx.FindLane(id));
      found = row.value_or(LaneRecord());
      return absl::OkStatus();
    });
    return found;
  };
  EXPECT_TRUE(lane("a.orders").needs_operator) << "the same version goes on";
  Die("1.1.0", "SIGSEGV");
  EXPECT_FALSE(lane("a.orders").needs_operator);
  EXPECT_EQ(lane("a.orders").failures, 0);
  EXPECT_EQ(lane("a.orders").next_run_us, clock_.Now());
  EXPECT_EQ(lane("a.inventory").failures, 4);
  Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const auto target, tx.FindTarget("a", "MUG"));
    EXPECT_EQ(target.value().due_us, clock_.Now());
    return absl::OkStatus();
  });
}

TEST_F(CrashRecoveryTest, LongApart_TheyAreNotHeldTogether) {
  Die("1.1.0", "SIGSEGV");
  clock_.Advance(2 * kHourUs);
  Die("1.1.0", "SIGSEGV");
  EXPECT_EQ(Present().version, "1.1.0");
}

TEST_F(CrashRecoveryTest, WhoWasInsideWithoutFault_GetsNoStrike) {
  for (int i = 0; i < 5; ++i) Die("1.1.0", "");
  EXPECT_EQ(Present().version, "1.1.0");
  EXPECT_THAT(Events(), IsEmpty());
}

TEST_F(CrashRecoveryTest, WithoutAGoodVersion_ItStaysQuarantined) {
  for (const char* version : {"1.1.0", "1.1.0", "1.0.0", "1.0.0"}) Die(version, "SIGSEGV");
  EXPECT_EQ(Version("1.0.0").standing, VersionStanding::kQuarantined);
  EXPECT_EQ(Version("1.1.0").standing, VersionStanding::kQuarantined);
  EXPECT_EQ(Present().version, "1.0.0") << "there is nothing else; the catalog does not start it";
}

TEST_F(CrashRecoveryTest, AVersionThatIsNotTheOneThatWorks_IsQuarantinedAlone) {
  Die("1.0.0", "exit");
  Die("1.0.0", "exit");
  EXPECT_EQ(Version("1.0.0").standing, VersionStanding::kQuarantined);
  EXPECT_EQ(Present().version, "1.1.0");
}

}  // namespace
}  // namespace quayside
