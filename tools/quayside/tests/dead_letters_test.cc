#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class DeadLettersTest : public testing::Test {
 protected:
  DeadLettersTest() {
    v1::DeadLetter& letter = host_.data.dead_letters.emplace_back();
    letter.set_name("deadLetters/7");
    letter.set_lane("lanes/main.orders");
    letter.set_key("026-1");
    letter.set_reason("two lines have the same id");
    letter.set_state(v1::DEAD_LETTER_STATE_OPEN);
    letter.set_times_seen(3);
    letter.set_form(v1::DEAD_LETTER_FORM_ORDER);
    letter.set_record("{\n \"externalId\": \"026-1\"\n}");
    letter.set_note("taken in");
  }
  CliResult Run(const std::vector<std::string>& arguments, int exit_code = 0) {
    CliResult result = world_.Run(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    return result;
  }

  CliWorld world_;
  FakeHost host_{world_.socket()};
};

TEST_F(DeadLettersTest, List_AsksForOpenOnes_UnlessToldOtherwise) {
  const std::string out = Run({"deadletters", "list", "--lane", "main.orders", "--reason", "same"}).out;
  EXPECT_THAT(out, HasSubstr("two lines have the same id"));
  EXPECT_THAT(out, Not(HasSubstr("externalId")));
  Run({"deadletters", "list", "--all"});
  Run({"deadletters", "list", "--state", "retrying", "--account", "main"});
  const auto asked = host_.ledger.All<v1::ListDeadLettersRequest>();
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_EQ(asked[0].filter().state(), v1::DEAD_LETTER_STATE_OPEN);
  EXPECT_EQ(asked[0].filter().lane(), "lanes/main.orders");
  EXPECT_EQ(asked[0].filter().reason(), "same");
  EXPECT_EQ(asked[1].filter().state(), v1::DEAD_LETTER_STATE_UNSPECIFIED);
  EXPECT_EQ(asked[2].filter().state(), v1::DEAD_LETTER_STATE_RETRYING);
  EXPECT_EQ(asked[2].filter().account(), "accounts/main");
}

TEST_F(DeadLettersTest, Show_HasTheRecord) {
  const std::string out = Run({"deadletters", "show", "7"}).out;
  EXPECT_THAT(out, HasSubstr("026-1"));
  EXPECT_THAT(out, HasSubstr("\"externalId\": \"026-1\""));
  EXPECT_EQ(host_.ledger.All<v1::GetDeadLetterRequest>()[0].name(), "deadLetters/7");
}

TEST_F(DeadLettersTest, Edit_TakesTheRecordFromStandardInput) {
  world_.input = "{\"externalId\": \"1\"}";
  EXPECT_THAT(Run({"deadletters", "edit", "7", "-"}).out, HasSubstr("quayside deadletters retry 7"));
  EXPECT_EQ(host_.ledger.All<v1::EditDeadLetterRequest>()[0].record(), world_.input);
  Run({"deadletters", "edit", "7", world_.Path("missing")}, 2);
}

TEST_F(DeadLettersTest, Retry_OneSaysWhatBecameOfIt_ManyGoOnUntilAllWereTried) {
  EXPECT_THAT(Run({"deadletters", "retry", "7"}).out, HasSubstr("retried deadLetters/7 (026-1): taken in"));
  host_.data.retried_parts.resize(2);
  host_.data.retried_parts[0].set_retried(500);
  host_.data.retried_parts[0].set_next_page_token("more");
  host_.data.retried_parts[1].set_retried(2);
  host_.data.retried_parts[1].set_not_retryable(1);
  EXPECT_THAT(Run({"deadletters", "retry", "--reason", "same id"}).out,
              HasSubstr("retried 502 dead letters; 1 cannot be had again"));
  const auto asked = host_.ledger.All<v1::RetryDeadLettersRequest>();
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[1].page_token(), "more");
  EXPECT_EQ(asked[1].filter().reason(), "same id");
}

TEST_F(DeadLettersTest, Retry_OfNothingOrOfBoth_IsAMistake) {
  Run({"deadletters", "retry"}, 2);
  Run({"deadletters", "retry", "7", "--all"}, 2);
}

TEST_F(DeadLettersTest, Discard_NeedsANote) {
  Run({"deadletters", "discard", "7"}, 2);
  Run({"deadletters", "discard", "7", "--note", "a test order"});
  EXPECT_EQ(host_.ledger.All<v1::DiscardDeadLetterRequest>()[0].note(), "a test order");
}

}  // namespace
}  // namespace quayside::cli
