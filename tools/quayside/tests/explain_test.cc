#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/text_format.h"
#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class ExplainTest : public testing::Test {
 protected:
  void Answer(const std::string& text) {
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &host_.data.explanation)) << text;
  }
  CliWorld world_;
  FakeHost host_{world_.socket()};
};

// Now is 2024-11-23 10:00:00Z = 1732356000.
TEST_F(ExplainTest, Now_IsTheStepsThenWhatIsDone_ThenWhatWasSent) {
  Answer(R"pb(
    arithmetic { channel: "channels/uk" config_revision: 4 quantity: 7 }
    steps: "default: 9 on hand, 2 reserved"
    steps: "quantity: 7"
    reasons: "a raise waits for newer orders of main"
    submissions {
      id: 12
      quantity: 5
      state: SUBMISSION_STATE_REJECTED
      reason: "8541"
      create_time { seconds: 1732355990 }
    }
  )pb");
  const CliResult result = world_.Run({"explain", "uk", "ANCHOR 1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("why 7 for ANCHOR 1 of channel uk\n  by the rules of channel uk, revision 4\n"
                                    "  default: 9 on hand, 2 reserved\n  quantity: 7\n"
                                    "a raise waits for newer orders of main\n"));
  EXPECT_THAT(result.out, HasSubstr("rejected"));
  EXPECT_THAT(result.out, HasSubstr("8541"));
  EXPECT_THAT(result.out, HasSubstr("10 s ago"));
  EXPECT_EQ(host_.ledger.All<v1::ExplainQuantityRequest>()[0].name(), "channels/uk/listings/ANCHOR%201");
}

TEST_F(ExplainTest, ASubmission_IsAskedForByItsNumber) {
  Answer(R"pb(
    arithmetic { channel: "channels/uk" quantity: 5 }
    reasons: "the marketplace accepted it"
    submissions { id: 12 }
    submission {
      id: 12
      quantity: 5
      create_time { seconds: 1732355990 }
    }
  )pb");
  const CliResult result = world_.Run({"explain", "uk", "A", "--submission", "12"});
  EXPECT_THAT(result.out, HasSubstr("why 5 was sent for A of channel uk, 2024-11-23 09:59:50Z (10 s ago)"));
  EXPECT_THAT(result.out, Not(HasSubstr("SUBMISSION")));
  EXPECT_EQ(host_.ledger.All<v1::ExplainQuantityRequest>()[0].submission(), 12);
  EXPECT_EQ(world_.Run({"explain", "uk", "A", "--submission", "x"}).exit_code, 2);
}

TEST_F(ExplainTest, OlderSubmissions_AreListedBeforeOne) {
  Answer(R"pb(submissions { id: 11 quantity: 5 })pb");
  const CliResult result = world_.Run({"explain", "uk", "A", "--before", "12"});
  EXPECT_THAT(result.out, HasSubstr("11"));
  EXPECT_THAT(result.out, HasSubstr("older ones: --before SUBMISSION"));
  EXPECT_EQ(host_.ledger.All<v1::ExplainQuantityRequest>()[0].before_submission(), 12);
  EXPECT_EQ(world_.Run({"explain", "uk", "A", "--before", "-1"}).exit_code, 2);
}

TEST_F(ExplainTest, AListThatMayHaveGaps_SaysFromWhereOn) {
  Answer(R"pb(submissions { id: 12 quantity: 5 }
              submissions { id: 11 quantity: 6 }
              complete_from: 12)pb");
  EXPECT_THAT(
      world_.Run({"explain", "uk", "A"}).out,
      HasSubstr(
          "before 12 several attempts in a row that came to the same nothing are told by the first and the last\n"));
  Answer(R"pb(submissions { id: 12 quantity: 5 }
              complete_from: 12)pb");
  EXPECT_THAT(world_.Run({"explain", "uk", "A"}).out, Not(HasSubstr("came to the same nothing")));
}

TEST_F(ExplainTest, WithoutALevel_ThereIsNoNumber) {
  Answer(R"pb(reasons: "nothing is sent: no stock level was ever set")pb");
  EXPECT_THAT(world_.Run({"explain", "uk", "A"}).out,
              HasSubstr("there is no number for A of channel uk\nnothing is sent: no stock level was ever set\n"));
}

}  // namespace
}  // namespace quayside::cli
