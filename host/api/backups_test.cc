// AdminService: backups made while the host works.
#include <fstream>

#include "gmock/gmock.h"
#include "host/api/backup_calls.h"
#include "host/api/world_for_tests.h"
#include "host/store/backup_file.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr TimeUs kNow = 1'767'225'600 * kSecondUs;

struct BackupAnswer {
  grpc::Status status;
  std::vector<api::CreateBackupResponse> messages;
  [[nodiscard]] std::string reason() const { return status.ok() ? "OK" : Refusal(status).info.reason(); }
  // The last message.
  [[nodiscard]] api::Backup backup() const { return messages.empty() ? api::Backup() : messages.back().backup(); }
};

class BackupsTest : public testing::Test {
 protected:
  BackupsTest() : place_(folder_.path() + "/data/backups") {
    std::filesystem::create_directory(folder_.path() + "/data");
    ApiOptions options;
    options.backup_folder = place_;
    world_ = std::make_unique<ApiWorld>(options);
  }

  BackupAnswer Create(const std::string& text) {
    grpc::ClientContext context;
    BackupAnswer answer;
    const auto stream = world_->stub<Admin>().CreateBackup(&context, FromText<api::CreateBackupRequest>(text));
    for (api::CreateBackupResponse message; stream->Read(&message);) answer.messages.push_back(message);
    answer.status = stream->Finish();
    return answer;
  }

  TempFolder folder_;
  const std::string place_;
  std::unique_ptr<ApiWorld> world_;
};

TEST_F(BackupsTest, ABackup_IsToldAsItGrows_AndIsGood) {
  world_->MakeAccount();
  const BackupAnswer made = Create("path: 'monday.db'");
  ASSERT_TRUE(made.status.ok()) << made.status.error_message();
  ASSERT_GE(made.messages.size(), 2U);
  const api::BackupProgress& progress = made.messages[made.messages.size() - 2].progress();
  EXPECT_GT(progress.pages(), 0);
  EXPECT_EQ(progress.pages_done(), progress.pages());
  EXPECT_EQ(made.backup().path(), place_ + "/monday.db");
  const auto manifest = VerifyBackup(made.backup().path());
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->sha256, made.backup().sha256());
  const auto audit = world_->Ask(&Audits::ListAuditRecords, "");
  EXPECT_EQ(audit->records(0).action(), "AdminService.CreateBackup");
  EXPECT_EQ(audit->records(0).details().at("path"), made.backup().path());
  const std::string operation = made.messages.front().operation();
  EXPECT_THAT(operation, StartsWith("operations/"));
  const std::vector<std::string> events = world_->EventTexts();
  EXPECT_THAT(std::vector<std::string>(events.end() - 3, events.end()),
              ElementsAre("operation.started " + operation, "host.backed_up host", "operation.ended " + operation));
  const auto shown = world_->Ask(&OperationCalls::GetOperation, "name: '" + operation + "'");
  EXPECT_EQ(shown->operation().state(), api::OPERATION_STATE_SUCCEEDED);
  EXPECT_EQ(shown->operation().backup().sha256(), made.backup().sha256());
  EXPECT_EQ(shown->operation().done(), progress.pages());
}

TEST_F(BackupsTest, TheSameRequestId_GetsTheSameBackup) {
  const BackupAnswer first = Create("request_id: 'r1'");
  ASSERT_TRUE(first.status.ok()) << first.status.error_message();
  const BackupAnswer again = Create("request_id: 'r1'");
  ASSERT_THAT(again.messages, SizeIs(1));
  EXPECT_EQ(again.backup().path(), first.backup().path());
  EXPECT_THAT(world_->Ask(&Admin::ListBackups, "")->backups(), SizeIs(1));
}

TEST_F(BackupsTest, AFileIsNeverReplaced_AndADryRunMakesNone) {
  const BackupAnswer tried = Create("path: 'monday.db' validate_only: true");
  EXPECT_TRUE(tried.status.ok()) << tried.status.error_message();
  EXPECT_EQ(tried.backup().path(), place_ + "/monday.db");
  EXPECT_FALSE(std::filesystem::exists(place_ + "/monday.db"));
  ASSERT_TRUE(Create("path: 'monday.db'").status.ok());
  EXPECT_EQ(Create("path: 'monday.db'").reason(), "BACKUP_EXISTS");
}

TEST_F(BackupsTest, TheList_IsNewestFirst_InPages) {
  for (const char* name : {"a.db", "b.db", "c.db"}) {
    ASSERT_TRUE(Create(std::string("path: '") + name + "'").status.ok());
    world_->clock.Advance(kMinuteUs);
  }
  std::ofstream(place_ + "/notes.json") << "{}";
  std::vector<std::string> names;
  std::string token;
  do {
    const auto page = world_->Ask(&Admin::ListBackups, "page_size: 2 page_token: '" + token + "'");
    ASSERT_TRUE(page.ok()) << page;
    for (const auto& backup : page->backups()) names.push_back(std::filesystem::path(backup.path()).filename());
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_THAT(names, ElementsAre("c.db", "b.db", "a.db"));
  const std::string turned = "order_by: 'create_time' page_size: 2 page_token: '";
  const auto oldest = world_->Ask(&Admin::ListBackups, turned + "'");
  ASSERT_THAT(oldest->backups(), SizeIs(2));
  EXPECT_EQ(std::filesystem::path(oldest->backups(0).path()).filename(), "a.db");
  const auto last = world_->Ask(&Admin::ListBackups, turned + oldest->next_page_token() + "'");
  ASSERT_THAT(last->backups(), SizeIs(1));
  EXPECT_EQ(std::filesystem::path(last->backups(0).path()).filename(), "c.db");
  // Those made before the last one, in pages of one.
  const std::string before =
      "filter { create_time { end_time { seconds: " + std::to_string(last->backups(0).create_time().seconds()) +
      " } } } page_size: 1 page_token: '";
  const auto later = world_->Ask(&Admin::ListBackups, before + "'");
  ASSERT_THAT(later->backups(), SizeIs(1));
  EXPECT_EQ(std::filesystem::path(later->backups(0).path()).filename(), "b.db");
  const auto earlier = world_->Ask(&Admin::ListBackups, before + later->next_page_token() + "'");
  ASSERT_THAT(earlier->backups(), SizeIs(1));
  EXPECT_EQ(std::filesystem::path(earlier->backups(0).path()).filename(), "a.db");
  EXPECT_TRUE(earlier->next_page_token().empty());
}

TEST_F(BackupsTest, AHostWithoutAFolderForThem_SaysSo) {
  ApiWorld bare;
  EXPECT_THAT(bare.Ask(&Admin::ListBackups, "")->backups(), IsEmpty());
  grpc::ClientContext context;
  const auto stream = bare.stub<Admin>().CreateBackup(&context, api::CreateBackupRequest());
  api::CreateBackupResponse message;
  EXPECT_FALSE(stream->Read(&message));
  EXPECT_EQ(Refusal(stream->Finish()).info.reason(), "DATABASE_READ_ONLY");
}

TEST(BackupPlaceTest, NamesGoIntoTheFolder_PathsWhereTheySay) {
  const TempFolder folder;
  const std::string data = folder.path() + "/data";
  std::filesystem::create_directories(data + "/backups");
  const std::string backups = data + "/backups";
  const std::string real = std::filesystem::canonical(folder.path()).string();
  EXPECT_EQ(BackupPlace("", backups, data, kNow).value_or(""), backups + "/quayside-20260101T000000Z.db");
  EXPECT_EQ(BackupPlace("a-1.db", backups, data, kNow).value_or(""), backups + "/a-1.db");
  EXPECT_EQ(BackupPlace(folder.path() + "/x.db", backups, data, kNow).value_or(""), real + "/x.db");
  for (const std::string& wrong : {std::string("../x.db"), std::string("a/b.db"), std::string(".hidden"),
                                   std::string(201, 'a'), std::string("a b"), folder.path() + "/absent/x.db",
                                   folder.path() + "/", data + "/quayside.db", data + "/../data/x.db"}) {
    EXPECT_EQ(BackupPlace(wrong, backups, data, kNow).status().code(), absl::StatusCode::kInvalidArgument) << wrong;
  }
}

}  // namespace
}  // namespace quayside
