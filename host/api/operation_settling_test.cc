// What the host was in the middle of when it ended: settled at its next start, by what was committed.
#include <fstream>

#include "gmock/gmock.h"
#include "host/api/operations_for_tests.h"
#include "host/store/backup_file.h"

namespace quayside {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class OperationSettlingTest : public OperationsWorld {};

TEST_F(OperationSettlingTest, ABackupThatWasCutOff_HasFailed_AndItsHalfFileIsGone) {
  const std::string path = folder_.path() + "/half.db";
  for (const char* part : {".partial", ".partial-journal"}) std::ofstream(path + part) << "half";
  const std::string name = Leave("AdminService.CreateBackup", {{kBackupPathFact, path}});
  Settle();
  const api::Operation settled = Shown(name);
  EXPECT_EQ(settled.state(), api::OPERATION_STATE_FAILED);
  EXPECT_EQ(settled.error_reason(), "OPERATION_INTERRUPTED");
  EXPECT_THAT(settled.error(), HasSubstr("Ask again"));
  EXPECT_TRUE(settled.has_end_time());
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_EQ(entry.path().filename(), "data") << "something was left";
  }
  EXPECT_THAT(AuditOf(name), ElementsAre("host AdminService.CreateBackup OPERATION_INTERRUPTED"));
  EXPECT_EQ(world_->EventTexts().back(), "operation.ended " + name);
  // Once.
  Settle();
  EXPECT_THAT(AuditOf(name), SizeIs(1));
}

TEST_F(OperationSettlingTest, ABackupThatWasComplete_HasSucceeded_ThoughNobodyWasTold) {
  const std::string path = folder_.path() + "/whole.db";
  const auto manifest =
      MakeBackup(world_->store(), path, world_->clock.Now(), [](int64_t, int64_t) { return absl::OkStatus(); });
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  const std::string name = Leave("AdminService.CreateBackup", {{kBackupPathFact, path}});
  Settle();
  const api::Operation settled = Shown(name);
  EXPECT_EQ(settled.state(), api::OPERATION_STATE_SUCCEEDED);
  EXPECT_EQ(settled.backup().sha256(), manifest->sha256);
  EXPECT_EQ(settled.backup().path(), path);
  EXPECT_TRUE(VerifyBackup(path).ok());
  EXPECT_THAT(world_->EventTexts(), Contains("host.backed_up host"));
  EXPECT_THAT(BackupPathsInTheTrail(), ElementsAre(path));
}

TEST_F(OperationSettlingTest, AReloadThatWasCutOff_SaysWhichVersionWorks) {
  const std::map<std::string, std::string> facts = {
      {kPluginFact, "amazon"}, {kVersionBeforeFact, "1.0.0"}, {kRevisionBeforeFact, "0"}};
  const std::string before = Leave("PluginService.ReloadPlugin", facts);
  Settle();
  EXPECT_EQ(Shown(before).error_reason(), "OPERATION_INTERRUPTED");
  EXPECT_THAT(Shown(before).error(), AllOf(HasSubstr("1.0.0 works on"), HasSubstr("Ask again")));

  const std::string behind = Leave("PluginService.ReloadPlugin", facts);
  world_->Write([](Tx& tx) -> absl::Status {
    for (const char* plugin : {"plugins/other", "plugins/amazon"}) {
      QS_RETURN_IF_ERROR(
          tx.AppendEvent({0, 1, "plugin.active", plugin, {{"version", "1.1.0"}, {"generation", "2"}}}).status());
    }
    return absl::OkStatus();
  });
  Settle();
  EXPECT_EQ(Shown(behind).state(), api::OPERATION_STATE_SUCCEEDED);
  EXPECT_EQ(Shown(behind).reload().version(), "1.1.0");
  EXPECT_EQ(Shown(behind).reload().previous_version(), "1.0.0");
}

TEST_F(OperationSettlingTest, AnInstallationThatWasCutOff_HasSucceededBehindItsCommit) {
  const std::map<std::string, std::string> facts = {
      {kBundleOfFact, "amazon"}, {kBundleSha256Fact, "ab12"}, {kRevisionBeforeFact, "0"}};
  const auto happened = [&](const std::string& type, const std::string& plugin, const std::string& version,
                            const std::string& sha256) {
    world_->Write([&](Tx& tx) {
      return tx.AppendEvent({0, 1, type, plugin, {{"version", version}, {"sha256", sha256}, {"signer", "Acme (5b)"}}})
          .status();
    });
  };
  happened("plugin.installed", "plugins/other", "1.1.0", "ab12");
  happened("plugin.installed", "plugins/amazon", "1.1.0", "cd34");
  happened("plugin.active", "plugins/amazon", "1.1.0", "");
  const std::string before = Leave("PluginService.InstallPlugin", facts);
  Settle();
  EXPECT_EQ(Shown(before).error_reason(), "OPERATION_INTERRUPTED");
  EXPECT_THAT(Shown(before).error(), HasSubstr("ask again"));

  const std::string behind = Leave("PluginService.InstallPlugin", facts);
  happened("plugin.installed", "plugins/amazon", "1.1.0", "ab12");
  Settle();
  const api::Operation settled = Shown(behind);
  EXPECT_EQ(settled.state(), api::OPERATION_STATE_SUCCEEDED);
  EXPECT_EQ(settled.installed_plugin().plugin().name(), "plugins/amazon");
  EXPECT_EQ(settled.installed_plugin().plugin().version(), "1.1.0");
  EXPECT_EQ(settled.installed_plugin().plugin().sha256(), "ab12");
  EXPECT_EQ(settled.installed_plugin().plugin().signer(), "Acme (5b)");
  EXPECT_THAT(AuditOf(behind), ElementsAre("host PluginService.InstallPlugin ok"));
}

TEST_F(OperationSettlingTest, SignaturesThatWereTaken_AreAnInstallation_WhateverTheVersionIsCalledHere) {
  const std::string cut_off =
      Leave("PluginService.InstallPlugin",
            {{kBundleOfFact, "amazon"}, {kBundleSha256Fact, "ab12"}, {kRevisionBeforeFact, "0"}});
  world_->Write([](Tx& tx) {
    return tx
        .AppendEvent({0, 1, "plugin.signed", "plugins/amazon", {{"version", "1.1.0+dev.ab12"}, {"sha256", "ab12"}}})
        .status();
  });
  Settle();
  EXPECT_EQ(Shown(cut_off).state(), api::OPERATION_STATE_SUCCEEDED) << Shown(cut_off).error();
  EXPECT_EQ(Shown(cut_off).installed_plugin().plugin().version(), "1.1.0+dev.ab12");
}

TEST(ReloadLeftTest, AWayBackBehindTheFlip_IsNoSuccess) {
  const auto active = [](const std::string& version) {
    return EventRecord{.type = "plugin.active", .attributes = {{"version", version}}};
  };
  EXPECT_FALSE(JudgeReload({}, "").flipped);
  EXPECT_THAT(JudgeReload({}, "").words, HasSubstr("no version works"));
  EXPECT_TRUE(JudgeReload({active("1.0.0")}, "1.0.0").flipped) << "a reload of the same version";
  const ReloadLeft back = JudgeReload({active("1.1.0"), active("1.0.0")}, "1.0.0");
  EXPECT_FALSE(back.flipped);
  EXPECT_EQ(back.version, "1.0.0");
  EXPECT_THAT(back.words, HasSubstr("taken back"));
  EXPECT_TRUE(JudgeReload({active("1.1.0"), active("1.2.0")}, "1.0.0").flipped) << "and another reload after it";
}

TEST_F(OperationSettlingTest, WhatWaitedForAMarketplace_IsToBeAskedForAgain) {
  const std::string name = Leave("SyncService.RecoverOrder", {});
  Settle();
  EXPECT_EQ(Shown(name).error_reason(), "OPERATION_INTERRUPTED");
}

}  // namespace
}  // namespace quayside
