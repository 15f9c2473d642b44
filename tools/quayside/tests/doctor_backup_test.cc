// The doctor and the newest backup.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "host/base/errors.h"
#include "host/store/backup_file.h"
#include "host/store/sqlite_store.h"
#include "tools/quayside/doctor/backup_rules.h"
#include "tools/quayside/doctor/checks.h"
#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/findings.h"

namespace quayside::cli {
namespace {

using ::testing::ElementsAre;

constexpr TimeUs kToday = 1'732'356'000 * kSecondUs;

Findings Backup(const BackupFacts& facts, bool development = false) {
  Findings found;
  JudgeBackup(facts, kToday, development, found);
  return found;
}

TEST(DoctorBackup, WhereThereIsSomethingToLose_NoneIsARemark) {
  EXPECT_THAT(Backup({.anything_to_lose = true}),
              ElementsAre(FoundWith(Weight::kRemark, "none is known of", "quayside backup create")));
  EXPECT_THAT(Backup({}), ElementsAre(Found(Weight::kFine, "none is missed")));
  EXPECT_THAT(Backup({.anything_to_lose = true}, true), ElementsAre(Found(Weight::kFine, "none is missed")));
}

TEST(DoctorBackup, AnOldOne_IsARemark_ButNotInDevelopment) {
  const BackupFacts old{.made_us = kToday - 8 * kDayUs, .path = "/b.db", .is_there = true};
  EXPECT_THAT(Backup(old), ElementsAre(FoundWith(Weight::kRemark, "/b.db was made 8 d ago", "every night")));
  EXPECT_THAT(Backup(old, true), ElementsAre(Found(Weight::kFine, "can be opened")));
  EXPECT_THAT(Backup({.made_us = kToday - kDayUs, .path = "/b.db", .is_there = true}),
              ElementsAre(Found(Weight::kFine, "can be opened")));
  EXPECT_THAT(Backup({.made_us = kToday - kDayUs}), ElementsAre(Found(Weight::kFine, "kept elsewhere")));
}

TEST(DoctorBackup, OneThatCannotBeRestored_IsAProblem_AndAnotherKeyARemark) {
  BackupFacts facts{.made_us = kToday - kDayUs, .path = "/b.db", .is_there = true, .wrong = "cut off"};
  EXPECT_THAT(Backup(facts, true),
              ElementsAre(FoundWith(Weight::kProblem, "/b.db cannot be restored: cut off", "disk")));
  facts.wrong.clear();
  facts.other_key = "not this one";
  EXPECT_THAT(Backup(facts), ElementsAre(FoundWith(Weight::kRemark, "another master key", "keep that key"),
                                         Found(Weight::kFine, "can be opened")));
}

// A store with an account, and what the doctor finds of its backups.
class BackupLookTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = OpenSqliteStore({.data_dir = place_.data_dir});
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    Write([](Tx& tx) { return tx.PutAccount({.id = "shop", .plugin_id = "amazon", .revision = 1}); });
    std::filesystem::create_directory(place_.data_dir + "/backups");
  }
  void Write(const std::function<absl::Status(Tx&)>& fn) {
    const absl::Status status = store_->Write(fn);
    ASSERT_TRUE(status.ok()) << status;
  }
  void Make(const std::string& path, TimeUs now) {
    const auto made = MakeBackup(*store_, path, now, [](int64_t, int64_t) { return absl::OkStatus(); });
    ASSERT_TRUE(made.ok()) << made.status();
  }
  // As the host notes it.
  void Tell(const std::string& path, TimeUs now) {
    Write([&](Tx& tx) -> absl::Status {
      EventRecord event{.time_us = now, .type = "host.backed_up", .resource = "host"};
      QS_RETURN_IF_ERROR(tx.AppendEvent(event).status());
      const AuditRecord record{.time_us = now,
                               .actor = "local",
                               .action = "AdminService.CreateBackup",
                               .outcome = "ok",
                               .details = {{"path", path}}};
      return tx.AppendAudit(record).status();
    });
  }
  Findings Look() {
    Findings found;
    CheckBackup(place_, found);
    return found;
  }

  CliWorld world_;
  Installation place_{.data_dir = world_.Path("data"), .now = kToday};
  std::unique_ptr<Store> store_;
};

TEST_F(BackupLookTest, TheNewestOfTheFolder_IsLookedAt) {
  EXPECT_THAT(Look(), ElementsAre(Found(Weight::kRemark, "none is known of")));
  Make(place_.data_dir + "/backups/old.db", kToday - 9 * kDayUs);
  EXPECT_THAT(Look(), ElementsAre(Found(Weight::kRemark, "old.db was made 9 d ago")));
  Make(place_.data_dir + "/backups/new.db", kToday - kDayUs);
  EXPECT_THAT(Look(), ElementsAre(Found(Weight::kFine, "new.db was made 24 h ago and can be opened")));
}

TEST_F(BackupLookTest, OneThatWentElsewhere_IsKnownFromTheAuditTrail) {
  const std::string path = world_.Path("elsewhere.db");
  Make(path, kToday - kDayUs);
  Tell(path, kToday - kDayUs);
  EXPECT_THAT(Look(), ElementsAre(Found(Weight::kFine, "elsewhere.db was made 24 h ago and can be opened")));
  std::filesystem::remove(path);
  EXPECT_THAT(Look(), ElementsAre(Found(Weight::kFine, "kept elsewhere")));
}

TEST_F(BackupLookTest, OfSeveralThatWentElsewhere_TheNewestCounts_WhateverHappenedSince) {
  for (const int days : {30, 9, 2}) Tell(world_.Path(std::to_string(days) + ".db"), kToday - days * kDayUs);
  Write(
      [](Tx& tx) { return tx.AppendEvent({.time_us = kToday, .type = "host.resumed", .resource = "host"}).status(); });
  EXPECT_THAT(Look(), ElementsAre(Found(Weight::kFine, "2.db was made 2 d ago and is kept elsewhere")));
}

TEST_F(BackupLookTest, OneThatWasCutOff_OrDamaged_CannotBeRestored) {
  const std::string path = place_.data_dir + "/backups/monday.db";
  Make(path, kToday - kDayUs);
  const auto size = std::filesystem::file_size(path);
  std::filesystem::resize_file(path, size / 2);
  EXPECT_THAT(Look(), ElementsAre(Found(Weight::kProblem, "its manifest says")));
  std::filesystem::resize_file(path, size);
  EXPECT_THAT(Look(), ElementsAre(Found(Weight::kProblem, "monday.db cannot be restored")));
  std::filesystem::remove(BackupManifestPath(path));
  Tell(path, kToday - kDayUs);
  EXPECT_THAT(Look(), ElementsAre(Found(Weight::kProblem, "its manifest")));
}

}  // namespace
}  // namespace quayside::cli
