// What is begun with --no-wait; operation list, show, wait.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class OperationsCliTest : public testing::Test {
 protected:
  static v1::Operation Backup(v1::OperationState state) {
    v1::Operation operation;
    operation.set_name("operations/5");
    operation.set_method("AdminService.CreateBackup");
    operation.set_subject("host");
    operation.set_creator("local");
    operation.set_state(state);
    operation.mutable_start_time()->set_seconds(1732356000 - 60);
    operation.set_done(40);
    operation.set_total(100);
    if (state != v1::OPERATION_STATE_RUNNING) operation.mutable_end_time()->set_seconds(1732356000);
    if (state == v1::OPERATION_STATE_SUCCEEDED) operation.mutable_backup()->set_path("/b/monday.db");
    if (state == v1::OPERATION_STATE_FAILED) {
      operation.set_error("no space");
      operation.set_error_reason("DISK_FULL");
    }
    return operation;
  }

  CliWorld world;
  FakeHost host{world.socket()};
};

TEST_F(OperationsCliTest, NoWait_NamesTheOperation_AndHowToWaitForIt) {
  host.data.backup.emplace_back().set_operation("operations/5");
  const CliResult backup = world.Run({"backup", "create", "monday.db", "--no-wait"});
  EXPECT_EQ(backup.exit_code, 0) << backup.err;
  EXPECT_THAT(backup.out, HasSubstr("begun: operations/5\nnext: quayside operation wait 5\n"));
  EXPECT_TRUE(host.ledger.All<v1::CreateBackupRequest>().at(0).background());

  host.data.reload.emplace_back().set_operation("operations/6");
  const CliResult reload = world.Run({"plugin", "reload", "counter", "--no-wait", "--json"});
  EXPECT_EQ(reload.exit_code, 0) << reload.err;
  EXPECT_THAT(reload.out, HasSubstr("\"operation\": \"operations/6\""));
  EXPECT_TRUE(host.ledger.All<v1::ReloadPluginRequest>().at(0).background());

  host.data.rollback.set_operation("operations/10");
  EXPECT_THAT(world.Run({"plugin", "rollback", "counter", "--no-wait"}).out, HasSubstr("begun: operations/10"));
  EXPECT_TRUE(host.ledger.All<v1::RollbackPluginRequest>().at(0).background());
  EXPECT_THAT(world.Run({"plugin", "install", "/bundles/counter", "--no-wait"}).out, HasSubstr("begun: operations/11"));
  EXPECT_TRUE(host.ledger.All<v1::InstallPluginRequest>().at(0).background());
  EXPECT_EQ(world.Run({"plugin", "install", "/bundles/counter", "--no-wait", "--reload"}).exit_code, 2);

  host.data.test.set_operation("operations/7");
  const CliResult test = world.Run({"account", "test", "main", "--no-wait"});
  EXPECT_EQ(test.exit_code, 0) << test.err;
  EXPECT_THAT(test.out, HasSubstr("begun: operations/7"));
  host.data.channel_test.set_operation("operations/8");
  EXPECT_THAT(world.Run({"channel", "test", "uk", "--no-wait"}).out, HasSubstr("begun: operations/8"));
  host.data.recovered.set_operation("operations/9");
  EXPECT_THAT(world.Run({"orders", "recover", "uk", "026-1", "--no-wait"}).out, HasSubstr("begun: operations/9"));
  EXPECT_TRUE(host.ledger.All<v1::RecoverOrderRequest>().at(0).background());
}

TEST_F(OperationsCliTest, WithoutIt_TheCallIsWaitedFor) {
  host.data.backup.emplace_back().mutable_backup()->set_path("/b/monday.db");
  EXPECT_THAT(world.Run({"backup", "create"}).out, HasSubstr("made /b/monday.db"));
  EXPECT_FALSE(host.ledger.All<v1::CreateBackupRequest>().at(0).background());
}

TEST_F(OperationsCliTest, TheList_SaysHowFar_HowItWent_AndWhyNot) {
  for (const auto state : {v1::OPERATION_STATE_RUNNING, v1::OPERATION_STATE_SUCCEEDED, v1::OPERATION_STATE_FAILED}) {
    host.data.operations.push_back(Backup(state));
  }
  const CliResult result = world.Run({"operation", "list", "--state", "running"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("40 of 100"));
  EXPECT_THAT(result.out, HasSubstr("/b/monday.db"));
  EXPECT_THAT(result.out, HasSubstr("no space [DISK_FULL]"));
  EXPECT_EQ(host.ledger.All<v1::ListOperationsRequest>().at(0).filter().state(), v1::OPERATION_STATE_RUNNING);
  EXPECT_THAT(world.Run({"operation", "show", "5"}).out, HasSubstr("AdminService.CreateBackup host"));
  EXPECT_EQ(host.ledger.All<v1::GetOperationRequest>().at(0).name(), "operations/5");
}

TEST_F(OperationsCliTest, Wait_GoesOn_WhenTheHostGoesAwayAndComesBack) {
  host.data.operation_news = {{Backup(v1::OPERATION_STATE_RUNNING)},
                              {Backup(v1::OPERATION_STATE_RUNNING), Backup(v1::OPERATION_STATE_SUCCEEDED)}};
  host.data.watch_ends = {grpc::Status(grpc::StatusCode::UNAVAILABLE, "gone")};
  const CliResult result = world.Run({"operation", "wait", "5"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("succeeded"));
  EXPECT_THAT(result.out, HasSubstr("/b/monday.db"));
  EXPECT_THAT(host.ledger.All<v1::WatchOperationRequest>(), SizeIs(2));
}

TEST_F(OperationsCliTest, Wait_EndsWithOne_WhenTheOperationFailed_OrIsNotThere) {
  host.data.operation_news = {{Backup(v1::OPERATION_STATE_FAILED)}};
  const CliResult failed = world.Run({"operation", "wait", "operations/5"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.out, HasSubstr("no space [DISK_FULL]"));
  host.ledger.FailNext(HostError(grpc::StatusCode::NOT_FOUND, "there is no such operation", "OPERATION_NOT_FOUND"));
  const CliResult unknown = world.Run({"operation", "wait", "7"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("OPERATION_NOT_FOUND"));
  EXPECT_THAT(unknown.err, HasSubstr("quayside operation list"));
}

}  // namespace
}  // namespace quayside::cli
