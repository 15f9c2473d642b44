// OperationService: what is asked for in the background, and watched.
#include <future>

#include "gmock/gmock.h"
#include "host/api/operations_for_tests.h"
#include "host/store/backup_file.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr char kReload[] = "name: 'plugins/amazon' background: true request_id: 'r1'";

class OperationsTest : public OperationsWorld {};

TEST_F(OperationsTest, ABackupInTheBackground_IsAnsweredAtOnce_AndItsOperationTellsTheRest) {
  const auto begun = First(&Admin::CreateBackup, "path: 'monday.db' background: true request_id: 'r1'");
  ASSERT_TRUE(begun.ok()) << begun;
  EXPECT_FALSE(begun->has_backup());
  const api::Operation over = Ended(begun->operation());
  EXPECT_EQ(over.state(), api::OPERATION_STATE_SUCCEEDED) << over.DebugString();
  EXPECT_EQ(over.method(), "AdminService.CreateBackup");
  EXPECT_EQ(over.creator(), "local");
  EXPECT_EQ(over.done(), over.total());
  EXPECT_TRUE(over.has_end_time());
  EXPECT_TRUE(VerifyBackup(over.backup().path()).ok());
  EXPECT_THAT(world_->EventTexts(), Contains("host.backed_up host"));
  EXPECT_THAT(AuditOf(over.name()), ElementsAre("local AdminService.CreateBackup ok"));
  // A path stands in the trail when there is a backup, and not before.
  EXPECT_THAT(BackupPathsInTheTrail(), ElementsAre(over.backup().path()));
  // The same id is the same operation, also when it is over, and no second backup.
  EXPECT_EQ(First(&Admin::CreateBackup, "path: 'monday.db' background: true request_id: 'r1'")->operation(),
            over.name());
  EXPECT_EQ(First(&Admin::CreateBackup, "path: 'monday.db' request_id: 'r1'").reason(), "REQUEST_ID_REUSED");
  EXPECT_THAT(world_->Ask(&OperationCalls::ListOperations, "")->operations(), SizeIs(1));
}

TEST_F(OperationsTest, WhatIsRefusedBeforeItBegins_IsNoOperation_AndADryRunIsNone) {
  EXPECT_EQ(First(&Admin::CreateBackup, "path: '/no/such/folder/x.db' background: true").reason(), "INVALID_ARGUMENT");
  EXPECT_EQ(First(&Plugins::ReloadPlugin, "name: 'plugins/none' background: true").reason(), "PLUGIN_NOT_FOUND");
  EXPECT_EQ(world_->Ask(&Accounts::TestAccount, "name: 'accounts/none' background: true").reason(),
            "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(world_->Ask(&Channels::TestChannel, "name: 'channels/none' background: true").reason(),
            "CHANNEL_NOT_FOUND");
  EXPECT_EQ(world_->Ask(&Syncs::RecoverOrder, "channel: 'channels/uk' background: true").reason(), "INVALID_ARGUMENT");
  const auto tried = First(&Admin::CreateBackup, "path: 'x.db' background: true validate_only: true");
  EXPECT_TRUE(tried.ok()) << tried;
  EXPECT_EQ(tried->operation(), "");
  EXPECT_THAT(world_->Ask(&OperationCalls::ListOperations, "")->operations(), IsEmpty());
}

TEST_F(OperationsTest, AReload_IsWatchedWhileItGoesOn_AndFoundByItsRequestId) {
  std::promise<void> go_on;
  world_->catalog.reload = [&](const ReloadRequest& request, const ReloadObserver& observer) {
    request.on_rehearsal(40, 100);
    go_on.get_future().wait();
    observer({.plugin_id = "amazon", .version = "1.1.0", .generation = 2, .to = GenerationState::kActive});
    return ReloadReport{.generation = 2, .version = "1.1.0", .previous_version = "1.0.0"};
  };
  const std::string name = First(&Plugins::ReloadPlugin, kReload)->operation();
  EXPECT_EQ(First(&Plugins::ReloadPlugin, kReload)->operation(), name) << "also while it goes on";
  const auto running = world_->Ask(&OperationCalls::ListOperations, "filter { state: OPERATION_STATE_RUNNING }");
  ASSERT_THAT(running->operations(), SizeIs(1));
  EXPECT_EQ(running->operations(0).subject(), "plugins/amazon");
  grpc::ClientContext context;
  api::WatchOperationRequest request;
  request.set_name(name);
  const auto reader = world_->stub<OperationCalls>().WatchOperation(&context, request);
  api::WatchOperationResponse message;
  ASSERT_TRUE(reader->Read(&message));
  EXPECT_EQ(message.operation().state(), api::OPERATION_STATE_RUNNING);
  EXPECT_FALSE(message.operation().has_end_time());
  go_on.set_value();
  api::Operation last;
  while (reader->Read(&message)) last = message.operation();
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(last.state(), api::OPERATION_STATE_SUCCEEDED);
  EXPECT_EQ(last.progress(), "ACTIVE 1.1.0");
  EXPECT_EQ(last.done(), 40);
  EXPECT_EQ(last.total(), 100);
  EXPECT_EQ(last.reload().version(), "1.1.0");
  EXPECT_EQ(Shown(name).SerializeAsString(), last.SerializeAsString());
  EXPECT_THAT(world_->Ask(&OperationCalls::ListOperations, "filter { state: OPERATION_STATE_RUNNING }")->operations(),
              IsEmpty());
}

TEST_F(OperationsTest, AFailure_IsToldAsTheCallWouldHaveToldIt) {
  world_->catalog.reload = [](const ReloadRequest&, const ReloadObserver&) -> absl::StatusOr<ReloadReport> {
    return MakeError(absl::StatusCode::kAborted, Reason::kCanaryFailed, "it threw");
  };
  const api::Operation failed = Ended(First(&Plugins::ReloadPlugin, kReload)->operation());
  EXPECT_EQ(failed.state(), api::OPERATION_STATE_FAILED);
  EXPECT_EQ(failed.error_reason(), "CANARY_FAILED");
  EXPECT_EQ(failed.error(), "it threw");
  EXPECT_FALSE(failed.has_reload());
  EXPECT_THAT(AuditOf(failed.name()), ElementsAre("local PluginService.ReloadPlugin CANARY_FAILED"));
  // What is a fault of the host stays in its log.
  world_->catalog.reload = [](const ReloadRequest&, const ReloadObserver&) -> absl::StatusOr<ReloadReport> {
    return absl::InternalError("a pointer went astray");
  };
  const api::Operation fault =
      Ended(First(&Plugins::ReloadPlugin, "name: 'plugins/amazon' background: true")->operation());
  EXPECT_EQ(fault.error_reason(), "INTERNAL");
  EXPECT_THAT(fault.error(), testing::Not(HasSubstr("astray")));
}

TEST_F(OperationsTest, AReloadThatIsWaitedFor_IsAnOperation_Too) {
  world_->catalog.reload = [](const ReloadRequest&, const ReloadObserver& observer) {
    observer({.plugin_id = "amazon", .version = "1.1.0", .generation = 2, .to = GenerationState::kActive});
    return ReloadReport{.generation = 2, .version = "1.1.0"};
  };
  grpc::ClientContext context;
  const auto reader = world_->stub<Plugins>().ReloadPlugin(
      &context, FromText<api::ReloadPluginRequest>("name: 'plugins/amazon' request_id: 'r1'"));
  api::ReloadPluginResponse message;
  ASSERT_TRUE(reader->Read(&message));
  const std::string name = message.operation();
  while (reader->Read(&message)) {
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(Shown(name).state(), api::OPERATION_STATE_SUCCEEDED);
  // Who waited has his one record of the audit trail.
  EXPECT_THAT(AuditOf("plugins/amazon"), ElementsAre("local PluginService.ReloadPlugin ok"));
  EXPECT_THAT(AuditOf(name), IsEmpty());
}

TEST_F(OperationsTest, ARollback_CanBeLeftAlone) {
  world_->catalog.reload = [](const ReloadRequest& request, const ReloadObserver&) {
    return ReloadReport{.generation = 1, .version = request.version, .previous_version = "1.1.0"};
  };
  const auto begun = world_->Ask(&Plugins::RollbackPlugin, "name: 'plugins/amazon' background: true request_id: 'r1'");
  ASSERT_TRUE(begun.ok()) << begun;
  EXPECT_FALSE(begun->has_report());
  const api::Operation over = Ended(begun->operation());
  EXPECT_EQ(over.state(), api::OPERATION_STATE_SUCCEEDED) << over.DebugString();
  EXPECT_EQ(over.subject(), "plugins/amazon");
  EXPECT_EQ(over.reload().version(), "back");
  const auto stale = world_->Ask(&Plugins::RollbackPlugin, "name: 'plugins/amazon' etag: '9' background: true");
  EXPECT_EQ(Ended(stale->operation()).error_reason(), "ETAG_MISMATCH");
}

TEST_F(OperationsTest, AnInstallation_CanBeLeftAlone) {
  const auto begun = world_->Ask(&Plugins::InstallPlugin, "path: '/good' background: true request_id: 'r1'");
  ASSERT_TRUE(begun.ok()) << begun;
  EXPECT_FALSE(begun->has_plugin());
  const api::Operation over = Ended(begun->operation());
  EXPECT_EQ(over.state(), api::OPERATION_STATE_SUCCEEDED) << over.DebugString();
  EXPECT_EQ(over.method(), "PluginService.InstallPlugin");
  EXPECT_EQ(over.subject(), "plugins/amazon");
  EXPECT_EQ(over.installed_plugin().plugin().version(), "1.0.0");
  EXPECT_EQ(world_->catalog.installs, 1);
  EXPECT_EQ(world_->Ask(&Plugins::InstallPlugin, "path: '/good' background: true request_id: 'r1'")->operation(),
            over.name());
  EXPECT_EQ(world_->catalog.installs, 1);
  // What was begun is answered although the bundle was taken away since.
  world_->catalog.bundle_gone = true;
  EXPECT_EQ(world_->Ask(&Plugins::InstallPlugin, "path: '/good' background: true request_id: 'r1'")->operation(),
            over.name());
  world_->catalog.bundle_gone = false;
  // The trail says of what the beginning is, although its request names a file only.
  const auto begun_trail = world_->Ask(&Audits::ListAuditRecords, "filter { action: 'PluginService.InstallPlugin' }");
  ASSERT_THAT(begun_trail->records(), SizeIs(3));
  EXPECT_THAT(begun_trail->records(2).details(), Contains(Pair("subject", "plugins/amazon")));
  EXPECT_THAT(begun_trail->records(2).details(), Contains(Pair("operation", over.name())));
  // What cannot be read is no operation, and a dry run is none.
  EXPECT_EQ(world_->Ask(&Plugins::InstallPlugin, "path: '/bad' background: true").reason(), "BUNDLE_INVALID");
  const auto tried = world_->Ask(&Plugins::InstallPlugin, "path: '/good' background: true validate_only: true");
  EXPECT_TRUE(tried->has_plugin());
  EXPECT_EQ(tried->operation(), "");
  EXPECT_THAT(world_->Ask(&OperationCalls::ListOperations, "")->operations(), SizeIs(1));
  // Who waits gets what he always got.
  const auto waited = world_->Ask(&Plugins::InstallPlugin, "path: '/good'");
  EXPECT_TRUE(waited->has_plugin());
  EXPECT_EQ(waited->operation(), "");
}

TEST_F(OperationsTest, CallsThatAskAMarketplace_CanBeLeftAlone) {
  world_->MakeAccount();
  world_->MakeChannel();
  for (const char* secret : {"client_secret", "refresh_token"}) {
    ASSERT_TRUE(
        world_
            ->Ask(&Accounts::SetAccountSecret, std::string("name: 'accounts/amz' value: 'x' secret: '") + secret + "'")
            .ok());
  }
  std::promise<void> go_on;
  const std::shared_future<void> told(go_on.get_future());
  world_->engine.test_account = [&](const std::string&, DurationUs) {
    told.wait();
    quayside::plugin::v1::CheckReply reply;
    reply.add_findings()->set_subject("credentials");
    return reply;
  };
  const auto account = world_->Ask(&Accounts::TestAccount, "name: 'accounts/amz' background: true request_id: 'r1'");
  ASSERT_TRUE(account.ok()) << account;
  EXPECT_THAT(account->findings(), IsEmpty());
  EXPECT_EQ(world_->Ask(&Accounts::TestAccount, "name: 'accounts/amz' background: true request_id: 'r1'")->operation(),
            account->operation());
  const auto channel = world_->Ask(&Channels::TestChannel, "name: 'channels/amz-de' background: true");
  ASSERT_TRUE(channel.ok()) << channel;
  const auto order =
      world_->Ask(&Syncs::RecoverOrder, "channel: 'channels/amz-de' external_id: '1-2' background: true");
  ASSERT_TRUE(order.ok()) << order;
  go_on.set_value();

  const api::Operation tested = Ended(account->operation());
  EXPECT_EQ(tested.subject(), "accounts/amz");
  EXPECT_EQ(tested.method(), "AccountService.TestAccount");
  ASSERT_THAT(tested.account_test().findings(), SizeIs(1));
  EXPECT_EQ(tested.account_test().findings(0).subject(), "credentials");
  const api::Operation checked = Ended(channel->operation());
  EXPECT_EQ(checked.state(), api::OPERATION_STATE_SUCCEEDED);
  EXPECT_EQ(checked.channel_test().findings(0).subject(), "plugin");
  // The channel is not enabled: what is refused in the middle is told by the operation.
  const api::Operation recovered = Ended(order->operation());
  EXPECT_EQ(recovered.subject(), "channels/amz-de");
  EXPECT_EQ(recovered.error_reason(), "LANE_DISABLED");
}

TEST_F(OperationsTest, TheList_IsNewestFirst_InPages_AndUnknownNamesAreRefused) {
  std::vector<std::string> made;
  for (int i = 0; i < 3; ++i) {
    world_->clock.Advance(kMinuteUs);
    made.push_back(Leave("X.Y", {}));
  }
  std::vector<std::string> names;
  std::string token;
  do {
    const auto page = world_->Ask(&OperationCalls::ListOperations, "page_size: 2 page_token: '" + token + "'");
    ASSERT_TRUE(page.ok()) << page;
    for (const auto& operation : page->operations()) names.push_back(operation.name());
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_THAT(names, ElementsAre(made[2], made[1], made[0]));
  EXPECT_EQ(world_->Ask(&OperationCalls::GetOperation, "name: 'operations/7'").reason(), "OPERATION_NOT_FOUND");
  EXPECT_EQ(world_->Ask(&OperationCalls::GetOperation, "name: 'runs/7'").reason(), "INVALID_NAME");
  grpc::ClientContext context;
  const auto reader = world_->stub<OperationCalls>().WatchOperation(
      &context, FromText<api::WatchOperationRequest>("name: 'operations/7'"));
  api::WatchOperationResponse message;
  EXPECT_FALSE(reader->Read(&message));
  EXPECT_EQ(Refusal(reader->Finish()).info.reason(), "OPERATION_NOT_FOUND");
}

TEST_F(OperationsTest, TheList_IsNarrowedAndTurnedAround_AndATokenIsOfOneFilterAndOrder) {
  std::vector<std::string> made;
  for (const char* method : {"X.Y", "Z.Y", "X.Y"}) {
    world_->clock.Advance(2 * kDayUs);
    made.push_back(Leave(method, {}));
  }
  const int64_t second_day = (world_->clock.Now() - 2 * kDayUs) / kSecondUs;
  const auto names = [&](const std::string& text) {
    std::vector<std::string> found;
    auto request = FromText<api::ListOperationsRequest>("page_size: 1 " + text);
    do {
      const auto page = world_->Send(&OperationCalls::ListOperations, request);
      EXPECT_TRUE(page.ok()) << page;
      if (!page.ok()) break;
      for (const auto& operation : page->operations()) found.push_back(operation.name());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return found;
  };
  EXPECT_THAT(names("order_by: 'start_time'"), ElementsAre(made[0], made[1], made[2]));
  EXPECT_THAT(names("filter { method: 'X.Y' }"), ElementsAre(made[2], made[0]));
  EXPECT_THAT(names("filter { subject: 'host' creator: 'tokens/ci' state: OPERATION_STATE_RUNNING }"), SizeIs(3));
  EXPECT_THAT(names("filter { state: OPERATION_STATE_FAILED }"), IsEmpty());
  const std::string since =
      "filter { start_time { start_time { seconds: " + std::to_string(second_day) + " } } } order_by: 'start_time'";
  EXPECT_THAT(names(since), ElementsAre(made[1], made[2]));
  const std::string token = world_->Ask(&OperationCalls::ListOperations, "page_size: 1 " + since)->next_page_token();
  ASSERT_FALSE(token.empty());
  for (const char* other : {"", "order_by: 'start_time'", "filter { method: 'X.Y' }"}) {
    EXPECT_EQ(
        world_->Ask(&OperationCalls::ListOperations, std::string(other) + " page_token: '" + token + "'").reason(),
        "INVALID_PAGE_TOKEN")
        << other;
  }
  EXPECT_THAT(world_->Ask(&OperationCalls::ListOperations, "filter { state: 77 }").fields(),
              ElementsAre("filter.state"));
}

TEST_F(OperationsTest, AStoppingHost_EndsThem_AndSaysSo) {
  std::promise<void> begun;
  world_->catalog.reload = [&](const ReloadRequest&, const ReloadObserver&) -> absl::StatusOr<ReloadReport> {
    begun.set_value();
    while (!world_->catalog.reloads_stopped) std::this_thread::yield();
    return ShuttingDown();
  };
  const std::string name = First(&Plugins::ReloadPlugin, kReload)->operation();
  begun.get_future().wait();
  world_->StopServer();
  world_->StartServer();
  EXPECT_EQ(Shown(name).state(), api::OPERATION_STATE_FAILED);
  EXPECT_EQ(Shown(name).error_reason(), "SHUTTING_DOWN");
}

TEST_F(OperationsTest, WhatWasBegun_IsAnsweredAlthoughItsChannelIsGone) {
  world_->MakeAccount();
  world_->MakeChannel();
  constexpr char kTest[] = "name: 'channels/amz-de' background: true request_id: 'r1'";
  const auto begun = world_->Ask(&Channels::TestChannel, kTest);
  ASSERT_TRUE(begun.ok()) << begun;
  Ended(begun->operation());
  ASSERT_TRUE(world_->Ask(&Channels::DeleteChannel, "name: 'channels/amz-de'").ok());
  EXPECT_EQ(world_->Ask(&Channels::TestChannel, kTest)->operation(), begun->operation());
}

}  // namespace
}  // namespace quayside
