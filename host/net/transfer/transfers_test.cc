// Rules of the service and folders of this machine.
#include "host/net/transfer/transfers.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "host/base/failpoint.h"
#include "host/net/transfer/transfer_test_support.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(TransferTest, AFile_IsListedFetchedMovedAndRemoved) {
  Write("orders.csv", "a;b\n1;2\n");
  const auto list = Handle(List());
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_THAT(NamesOf(*list), ElementsAre("orders.csv"));
  EXPECT_EQ(list->list().files(0).size(), 8);
  EXPECT_GT(list->list().files(0).modified_us(), 0);
  const auto fetched = Handle(Fetch("orders.csv"));
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_EQ(fetched->fetch().file_size(), 8);
  EXPECT_EQ(fetched->fetch().modified_us(), list->list().files(0).modified_us());
  EXPECT_EQ(ReadAll("copy"), "a;b\n1;2\n");
  ASSERT_TRUE(Handle(Move("orders.csv", "archive/2026/orders.csv")).ok());
  EXPECT_THAT(Lying(), ElementsAre("archive/2026/orders.csv"));
  EXPECT_TRUE(Handle(Remove("archive/2026/orders.csv")).ok());
  EXPECT_TRUE(Handle(Remove("archive/2026/orders.csv")).ok()) << "what is not there is removed";
  EXPECT_THAT(Lying(), IsEmpty());
}

TEST_F(TransferTest, TheHashIsOfTheFile_AndTheCopyIsUtf8) {
  Write("a.csv", "5 \x80\n");
  const auto fetched = Handle(Fetch("a.csv", "windows-1252"));
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_EQ(fetched->fetch().sha256(), "189864d355d97f7ed4c82c915dc1662873264b622515b1f1a7784d8e94ee4755");
  EXPECT_EQ(fetched->fetch().charset(), "windows-1252");
  EXPECT_EQ(fetched->fetch().file_size(), 4);
  EXPECT_EQ(fetched->fetch().size(), 6);
  EXPECT_EQ(ReadAll("copy"), "5 €\n");
  Write("b.csv", "");
  const auto empty = Handle(Fetch("b.csv"));
  ASSERT_TRUE(empty.ok());
  EXPECT_EQ(empty->fetch().sha256(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_F(TransferTest, ARename_LeavesTheTimeOfAFileAsItIs) {
  Write("stock.csv", "sku,quantity\n");
  const auto written = std::filesystem::last_write_time(root() + "/stock.csv") - std::chrono::hours(3);
  std::filesystem::last_write_time(root() + "/stock.csv", written);
  const auto list = Handle(List());
  ASSERT_TRUE(list.ok() && Handle(Move("stock.csv", "work/stock.csv")).ok());
  const auto fetched = Handle(Fetch("work/stock.csv"));
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_EQ(fetched->fetch().modified_us(), list->list().files(0).modified_us());
}

TEST_F(TransferTest, APut_IsWholeOrNotThere_AndNeverReplaces) {
  const auto stored = Handle(Put("out/q.csv", "sku,quantity\n"));
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_FALSE(stored->put().existed());
  const auto again = Handle(Put("out/q.csv", "other"));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->put().existed());
  EXPECT_THAT(Lying(), ElementsAre("out/q.csv"));
  EXPECT_EQ(Content("out/q.csv"), "sku,quantity\n");
}

TEST_F(TransferTest, APutOverTheRestsOfAKilledOne_Succeeds) {
  Write(".q.csv.part", "half of someth");
  ASSERT_TRUE(Handle(Put("q.csv", "all")).ok());
  EXPECT_THAT(Lying(), ElementsAre("q.csv"));
  EXPECT_EQ(Content("q.csv"), "all");
}

class KilledTransferTest : public TransferTest {
 protected:
  void PutUntil(const std::string& fail_point) { DoUntil(fail_point, Put("q.csv", "all of it")); }
  void DoUntil(const std::string& fail_point, const Request& request) {
    const pid_t child = fork();
    if (child == 0) _exit(ArmFailPoint(fail_point).ok() && Handle(request).ok() ? 0 : 1);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  }
};

TEST_F(KilledTransferTest, BeforeTheRename_NothingOfThatNameIsThere) {
  PutUntil("transfer-before-rename");
  EXPECT_THAT(Lying(), ElementsAre(".q.csv.part"));
  EXPECT_FALSE(Handle(Put("q.csv", "all of it"))->put().existed());
  EXPECT_THAT(Lying(), ElementsAre("q.csv"));
}

TEST_F(KilledTransferTest, AfterTheRename_AllOfItIsThere_AndTheNextPutSaysSo) {
  PutUntil("transfer-after-rename");
  EXPECT_EQ(Content("q.csv"), "all of it");
  EXPECT_TRUE(Handle(Put("q.csv", "all of it"))->put().existed());
}

TEST_F(KilledTransferTest, AMove_IsDoneOrNot_AndTheNextOneTells) {
  Write("a.csv", "1");
  DoUntil("transfer-before-move", Move("a.csv", "work/a.csv"));
  EXPECT_THAT(Lying(), ElementsAre("a.csv"));
  DoUntil("transfer-after-move", Move("a.csv", "work/a.csv"));
  EXPECT_THAT(Lying(), ElementsAre("work/a.csv"));
  EXPECT_TRUE(HasReason(Handle(Move("a.csv", "work/a.csv")).status(), Reason::kFileNotFound));
  EXPECT_EQ(Content("work/a.csv"), "1");
}

TEST_F(TransferTest, WhatLiesInAPlaceThatIsAway_IsNotTakenForRemoved) {
  EXPECT_TRUE(Handle(Remove("none/a.csv")).ok());
  options_["address"] = "file://" + root() + "/missing";
  EXPECT_TRUE(HasReason(Handle(Remove("a.csv")).status(), Reason::kFileNotFound));
  EXPECT_TRUE(HasReason(Handle(Remove("none/a.csv")).status(), Reason::kFileNotFound));
}

TEST_F(TransferTest, AMove_LeavesBothWhenTheTargetIsThere) {
  Write("a", "1");
  Write("b", "2");
  const auto moved = Handle(Move("a", "b"));
  ASSERT_TRUE(moved.ok());
  EXPECT_TRUE(moved->move().existed());
  EXPECT_EQ(Content("a") + Content("b"), "12");
  EXPECT_TRUE(HasReason(Handle(Move("none", "c")).status(), Reason::kFileNotFound));
}

TEST_F(TransferTest, AListing_HoldsPlainFilesUpToItsLimit) {
  Write("b", "");
  Write("a", "");
  Write("sub/c", "");
  std::filesystem::create_symlink("a", root() + "/link");
  EXPECT_THAT(NamesOf(*Handle(List())), ElementsAre("a", "b"));
  const auto cut = Handle(List("", 1));
  EXPECT_THAT(NamesOf(*cut), ElementsAre("a"));
  EXPECT_TRUE(cut->list().truncated());
  for (int i = 0; i < 200; ++i) Write("many/" + std::to_string(1000 - i), "");
  EXPECT_THAT(NamesOf(*Handle(List("many", 2))), ElementsAre("1000", "801"));
  EXPECT_THAT(NamesOf(*Handle(List("none"))), IsEmpty());
  options_["address"] = "file://" + root() + "/missing";
  EXPECT_TRUE(HasReason(Handle(List()).status(), Reason::kFileNotFound)) << "the place itself must be there";
}

TEST_F(TransferTest, NoSymbolicLink_LeadsOut) {
  const std::string outside = folder_ / "outside";
  std::filesystem::create_directories(outside);
  std::ofstream(outside + "/secret") << "secret";
  std::filesystem::create_symlink(outside, root() + "/sub");
  std::filesystem::create_symlink(outside + "/secret", root() + "/file");
  std::filesystem::create_symlink(outside + "/made", root() + "/.new.part");
  for (const Request& request : {List("sub"), Fetch("sub/secret"), Fetch("file"), Put("sub/x", "1"), Put("new", "1"),
                                 Move("sub/secret", "mine"), Remove("sub/secret")}) {
    const auto reply = Handle(request);
    EXPECT_EQ(reply.status().code(), absl::StatusCode::kPermissionDenied) << reply.status();
    EXPECT_TRUE(HasReason(reply.status(), Reason::kPlaceDenied)) << reply.status();
  }
  EXPECT_TRUE(std::filesystem::exists(outside + "/secret"));
  EXPECT_FALSE(std::filesystem::exists(outside + "/made"));
  // Nor does one in the address itself.
  options_["address"] = "file://" + root() + "/sub";
  EXPECT_TRUE(HasReason(Handle(List()).status(), Reason::kPlaceDenied));
}

TEST_F(TransferTest, ANamedPipe_DoesNotHoldTheStep) {
  ASSERT_EQ(mkfifo((root() + "/pipe").c_str(), 0600), 0);
  EXPECT_TRUE(HasReason(Handle(Fetch("pipe")).status(), Reason::kPlaceDenied));
}

TEST_F(TransferTest, OnlyWhatIsDeclaredAndAllowed_IsReached) {
  Request other = List();
  other.mutable_list()->set_place("elsewhere");
  EXPECT_TRUE(HasReason(Handle(other).status(), Reason::kPlaceDenied));
  options_["address"] = "file:///";
  EXPECT_TRUE(HasReason(Handle(List()).status(), Reason::kPlaceDenied));
  options_["address"] = "sftp://files.example.com/in";
  EXPECT_TRUE(HasReason(Handle(List()).status(), Reason::kPlaceDenied));
  allowed_["sftp"] = "sftp://files.example.com";
  EXPECT_TRUE(HasReason(Handle(List()).status(), Reason::kPlaceNotSet)) << "no key of the server";
  options_["address"] = "";
  EXPECT_TRUE(HasReason(Handle(List()).status(), Reason::kPlaceNotSet));
  options_["address"] = "file://" + root();
  allowed_.clear();
  EXPECT_TRUE(HasReason(Handle(List()).status(), Reason::kPlaceDenied)) << "nothing is allowed by itself";
}

TEST_F(TransferTest, ARequestThatLeadsElsewhere_IsRefused) {
  for (const Request& request : {List("../x"), Fetch("../secret"), Fetch("/etc/passwd"), Put("a//b", "1"),
                                 Move("a", "../b"), Remove(".."), Request()}) {
    EXPECT_EQ(Handle(request).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(TransferTest, AFileLargerThanAllowed_LeavesNothing) {
  Write("a", std::string(1000, 'x'));
  Request request = Fetch("a");
  request.mutable_fetch()->set_max_bytes(999);
  EXPECT_TRUE(HasReason(Handle(request).status(), Reason::kDocumentTooLarge));
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(TransferTest, AStoppedOrLateStep_LeavesNothing) {
  Write("a", "x");
  stop_ = true;
  EXPECT_EQ(Handle(Fetch("a")).status().code(), absl::StatusCode::kCancelled);
  stop_ = false;
  context_.deadline_us = clock_.Now() - 1;
  EXPECT_EQ(Handle(Put("b", "x")).status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(Lying(), ElementsAre("a"));
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(TransferTest, OverHttps_AFileIsFetchedAndPut) {
  options_["address"] = "https://files.example.com/out";
  options_["user"] = "shop";
  allowed_["web"] = "https://files.example.com";
  secrets_.values["password"] = "canary";
  Serve("a,b\n");
  const auto fetched = Handle(Fetch("today's.csv"));
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_EQ(ReadAll("copy"), "a,b\n");
  EXPECT_EQ(client_.sent().back().url, "https://files.example.com/out/today%27s.csv");
  EXPECT_EQ(fetched->fetch().modified_us(), 0) << "the server does not tell";
  Serve("a,b\n", {{"last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"}});
  EXPECT_EQ(Handle(Fetch("old.csv"))->fetch().modified_us(), 784'111'777 * kSecondUs);
  Serve("", {}, 412);
  const auto put = Handle(Put("q.csv", "1"));
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_TRUE(put->put().existed());
  EXPECT_TRUE(HasReason(Handle(List()).status(), Reason::kTransferUnsupported));
  EXPECT_TRUE(HasReason(Handle(Move("a", "b")).status(), Reason::kTransferUnsupported));
}

TEST_F(TransferTest, OverHttps_AnAnswerMeansWhatItSays) {
  options_["address"] = "https://files.example.com/out";
  options_["user"] = "shop";
  allowed_["web"] = "https://files.example.com";
  secrets_.values["password"] = "canary";
  for (const auto& [status, reason] :
       {std::pair(404, Reason::kFileNotFound), std::pair(401, Reason::kCredentialsRefused),
        std::pair(503, Reason::kTransferFailed), std::pair(302, Reason::kTooManyRedirects)}) {
    Serve("x", {}, status);
    const auto reply = Handle(Fetch("a"));
    EXPECT_TRUE(HasReason(reply.status(), reason)) << reply.status();
    EXPECT_THAT(reply.status().ToString(), Not(HasSubstr("canary")));
  }
  EXPECT_THAT(Files(), IsEmpty());
}

}  // namespace
}  // namespace quayside
