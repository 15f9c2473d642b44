// The trace of a command: what is sent, and what a failure says of it.
#include <gmock/gmock.h>

#include <set>

#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;

constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr char kOfTheTrace[] = "00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01";

class CommandTraceTest : public testing::Test {
 protected:
  CliWorld world;
  FakeHost host{world.socket()};
};

TEST_F(CommandTraceTest, WithoutOne_EachCommandIsATraceOfItsOwn) {
  world.Run({"plugin", "list"});
  world.Run({"plugin", "list"});
  const std::vector<std::string> sent = host.ledger.traceparents();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_THAT(sent, Each(MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-01")));
  EXPECT_NE(sent[0].substr(3, 32), sent[1].substr(3, 32));
}

TEST_F(CommandTraceTest, TheFlag_BeatsTheEnvironment) {
  world.environment["TRACEPARENT"] = "00-11111111111111111111111111111111-2222222222222222-01";
  world.Run({"plugin", "list", "--trace", kTraceparent});
  EXPECT_THAT(host.ledger.traceparents(), testing::ElementsAre(MatchesRegex(kOfTheTrace)));
  EXPECT_THAT(host.ledger.traceparents().front(), Not(HasSubstr("b7ad6b7169203331"))) << "a span of its own";
}

TEST_F(CommandTraceTest, OfTheEnvironment_IsTakenUnlessItIsWrong) {
  world.environment["TRACEPARENT"] = kTraceparent;
  world.Run({"plugin", "list"});
  world.environment["TRACEPARENT"] = "gibberish";
  EXPECT_EQ(world.Run({"plugin", "list"}).exit_code, 0);
  const std::vector<std::string> sent = host.ledger.traceparents();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_THAT(sent[0], MatchesRegex(kOfTheTrace));
  EXPECT_THAT(sent[1], Not(HasSubstr("0af7651916cd43dd8448eb211c80319c")));
}

TEST_F(CommandTraceTest, AWrongFlag_IsAMistakeOfTheCommandLine) {
  const CliResult result = world.Run({"plugin", "list", "--trace", "0af7651916cd43dd8448eb211c80319c"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("is no traceparent"));
  EXPECT_THAT(host.ledger.traceparents(), SizeIs(0));
}

TEST_F(CommandTraceTest, OfAFailedCall_IsPrinted) {
  host.ledger.FailNext(HostError(grpc::NOT_FOUND, "there is no channel 'uk'", "CHANNEL_NOT_FOUND"));
  const CliResult result = world.Run({"channel", "enable", "uk", "--trace", kTraceparent});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("\ntrace: 0af7651916cd43dd8448eb211c80319c\n"));
}

TEST_F(CommandTraceTest, WhereNobodyAnswers_ThereIsNone) {
  EXPECT_THAT(world.Run({"--socket", world.Path("nobody"), "plugin", "list"}).err, Not(HasSubstr("trace: ")));
}

}  // namespace
}  // namespace quayside::cli
