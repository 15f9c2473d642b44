#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;

class ListingImportTest : public testing::Test {
 protected:
  ListingImportTest() {
    host_.data.rule_import.set_hash("abc");
    host_.data.rule_import.set_state(v1::RULE_IMPORT_STATE_READY);
    host_.data.rule_import.set_id(7);
    host_.data.rule_import.set_changes(1);
  }
  CliResult Run(const std::vector<std::string>& more, int exit_code = 0) {
    std::vector<std::string> arguments = {"listings", "import-rules", "uk", "-"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    CliResult result = world_.Run(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    return result;
  }
  CliWorld world_;
  FakeHost host_{world_.socket()};
};

TEST_F(ListingImportTest, WithoutAHash_ItIsShown_AndNothingIsApplied) {
  v1::RuleChange& change = host_.data.rule_changes.emplace_back();
  change.set_line(2);
  change.set_sku("A");
  change.mutable_after()->set_max_listed_quantity(5);
  v1::RuleProblem& problem = host_.data.rule_problems.emplace_back();
  problem.set_line(3);
  problem.set_column("SKU");
  problem.set_problem("the channel has no such listing");
  host_.data.rule_import.set_problems(1);
  world_.input = "SKU,MaxListedQuantity\nA,5\nNONE,6\n";
  const CliResult shown = Run({});
  EXPECT_THAT(shown.out, HasSubstr("line 2: A: max -, share -, end - -> max 5, share -, end -"));
  EXPECT_THAT(shown.out, HasSubstr("--apply abc"));
  EXPECT_THAT(shown.err, HasSubstr("line 3, SKU: the channel has no such listing"));
  EXPECT_TRUE(host_.ledger.All<v1::ApplyRuleImportRequest>().empty());
}

TEST_F(ListingImportTest, AFileOfManyRows_IsUploadedInParts) {
  world_.input = "SKU,MaxListedQuantity\n";
  for (int n = 0; n < 4000; ++n) world_.input += "S" + std::to_string(n) + ",5\n";
  host_.data.rule_import.set_rows(2000);
  Run({});
  const auto staged = host_.ledger.All<v1::StageRulesRequest>();
  ASSERT_EQ(staged.size(), 3u);
  EXPECT_TRUE(staged[0].columns().has_max_listed_quantity());
  EXPECT_EQ(staged[0].rows_size(), 2000);
  EXPECT_FALSE(staged[1].has_columns());
  EXPECT_EQ(staged[1].import_id(), 7);
  EXPECT_EQ(staged[1].rows_before(), 2000);
  EXPECT_EQ(staged[2].rows_size(), 0) << "only now it is known that there are no more";
  EXPECT_TRUE(staged[2].last());
}

TEST_F(ListingImportTest, WhatWasShown_IsApplied_WithoutAnotherUpload) {
  v1::ApplyRuleImportResponse part;
  part.mutable_rule_import()->set_applied(10000);
  part.set_more(true);
  v1::ApplyRuleImportResponse rest;
  rest.mutable_rule_import()->set_applied(10020);
  host_.data.applied_parts = {part, rest};
  EXPECT_THAT(Run({"--apply", "abc"}).out, HasSubstr("changed 10020 listings of channels/uk"));
  EXPECT_TRUE(host_.ledger.All<v1::StageRulesRequest>().empty());
  EXPECT_EQ(host_.ledger.All<v1::ApplyRuleImportRequest>().size(), 2u);
}

TEST_F(ListingImportTest, AnotherHash_ChangesNothing) {
  world_.input = "SKU,MaxListedQuantity\nA,5\n";
  EXPECT_THAT(Run({"--apply", "former"}, 1).err, HasSubstr("would change something else by now: abc"));
  EXPECT_TRUE(host_.ledger.All<v1::ApplyRuleImportRequest>().empty());
}

}  // namespace
}  // namespace quayside::cli
