// token, audit and key, and how a host elsewhere is named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class AccessCliTest : public testing::Test {
 protected:
  void WriteFile(const std::string& path, const std::string& text, mode_t mode) {
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
  }

  CliWorld world;
  FakeHost host{world.socket()};
};

TEST_F(AccessCliTest, TokenCreate_ShowsTheSecretOnce_OrWritesItToAFileOfItsOwner) {
  const CliResult shown = world.Run({"token", "create", "ci", "--role", "viewer", "--role", "channel-admin"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("made tokens/ci (viewer channel-admin)"));
  EXPECT_THAT(shown.out, HasSubstr("qst_secret"));

  const std::string path = world.Path("ci.token");
  const CliResult written = world.Run({"--json", "token", "create", "ci", "--role", "viewer", "--out", path});
  EXPECT_EQ(written.exit_code, 0) << written.err;
  EXPECT_THAT(written.out, Not(HasSubstr("qst_secret")));
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "qst_secret\n");
  struct stat facts {};
  ASSERT_EQ(stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  // It is never replaced.
  EXPECT_EQ(world.Run({"token", "create", "ci", "--role", "viewer", "--out", path}).exit_code, 2);
}

TEST_F(AccessCliTest, TokenCreate_LeavesNoFile_WhenTheHostRefuses) {
  host.ledger.FailNext(HostError(grpc::ALREADY_EXISTS, "'tokens/ci' was made before", "TOKEN_EXISTS"));
  const std::string path = world.Path("ci.token");
  const CliResult refused = world.Run({"token", "create", "ci", "--role", "viewer", "--out", path});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("[TOKEN_EXISTS]"));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(AccessCliTest, TokenList_SaysWhichStillWork) {
  auto& expired = host.data.tokens.emplace_back();
  expired.set_name("tokens/old");
  expired.add_roles(v1::ROLE_PLUGIN_ADMIN);
  expired.mutable_expire_time()->set_seconds(1732355999);
  auto& revoked = host.data.tokens.emplace_back();
  revoked.set_name("tokens/gone");
  revoked.mutable_revoke_time()->set_seconds(1);
  revoked.add_channels("channels/uk");
  const CliResult result = world.Run({"token", "list"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, testing::ContainsRegex("old +plugin-admin +all .*expired"));
  EXPECT_THAT(result.out, testing::ContainsRegex("gone .*uk .*revoked"));
}

TEST_F(AccessCliTest, AuditVerify_FollowsEveryPage_AndFailsWhereTheTrailIsBroken) {
  auto& first = host.data.verified.emplace_back();
  first.set_checked(100);
  first.set_next_after_sequence(100);
  auto& second = host.data.verified.emplace_back();
  second.set_checked(5);
  second.set_last_sequence(105);
  second.set_last_hash("abcd");
  const CliResult good = world.Run({"audit", "verify"});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("105 records checked"));
  EXPECT_THAT(good.out, HasSubstr("105:abcd"));

  auto& broken = host.data.verified.emplace_back();
  broken.set_broken_sequence(7);
  broken.set_broken_how("changed");
  const CliResult bad = world.Run({"audit", "verify"});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.err, HasSubstr("record 7: changed"));
  EXPECT_EQ(world.Run({"audit", "verify", "--known", "seven"}).exit_code, 2);
}

TEST_F(AccessCliTest, KeyRotate_SaysWhichKeySealsNow) {
  EXPECT_THAT(world.Run({"key", "rotate"}).out, HasSubstr("data key 2 seals what is stored from now on"));
}

TEST_F(AccessCliTest, Target_IsRefused_WhenItsFilesAreUnsafeOrAlone) {
  const std::string open = world.Path("open.token");
  WriteFile(open, "qst_x\n", 0644);
  const CliResult unsafe = world.Run({"--token-file", open, "token", "list"});
  EXPECT_EQ(unsafe.exit_code, 2);
  EXPECT_THAT(unsafe.err, HasSubstr("chmod 600"));
  WriteFile(world.Path("empty.token"), "\n", 0600);
  EXPECT_THAT(world.Run({"--token-file", world.Path("empty.token"), "token", "list"}).err, HasSubstr("holds no token"));
  WriteFile(world.Path("cert"), "x", 0600);
  EXPECT_THAT(world.Run({"--address", "127.0.0.1:1", "--cert", world.Path("cert"), "token", "list"}).err,
              HasSubstr("--cert and --key belong together"));
  EXPECT_THAT(world.Run({"--address", "shop.example", "token", "list"}).err, HasSubstr("has a port"));
  EXPECT_THAT(world.Run({"--address", "127.0.0.1:1", "--socket", "/s", "token", "list"}).err, HasSubstr("two hosts"));
  EXPECT_THAT(world.Run({"--address", "127.0.0.1:1", "--ca", world.Path("none"), "token", "list"}).err,
              HasSubstr("cannot read"));
}

TEST_F(AccessCliTest, AnAddressWhereNobodyAnswers_SaysWhatToLookAt) {
  const CliResult result = world.Run({"--address", "127.0.0.1:1", "--timeout", "1", "token", "list"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("no host answers at 127.0.0.1:1 (chosen by --address)"));
  EXPECT_THAT(result.err, HasSubstr("remote.listen"));
}

}  // namespace
}  // namespace quayside::cli
