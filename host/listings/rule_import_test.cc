#include "host/listings/rule_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/inventory/testing/store_world.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RuleImportTest : public testing::Test {
 protected:
  RuleImportTest() : channel(world.AddChannel("uk")) {
    for (const char* sku : {"A", "B", "C"}) world.AddListing(channel, sku);
  }
  std::vector<std::string> Stage(const std::vector<RuleCells>& rows) {
    std::vector<std::string> changes;
    world.Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(changes, StageRuleRows(tx, import, {.max_listed_quantity = {.present = true}}, rows));
      return tx.PutRuleImport(import);
    });
    return changes;
  }
  void Apply(int at_most) {
    world.Write([&](Tx& tx) { return ApplyRuleRows(tx, world.now(), import, at_most); });
  }
  std::optional<int32_t> Max(const char* sku) { return world.Listing("uk", sku).max_listed_quantity; }
  std::vector<std::string> Problems() {
    std::vector<std::string> texts;
    for (const RuleProblemRecord& problem :
         world.Read([&](ReadTx& tx) { return tx.ListRuleProblems(import.id, 0, "", 99); }))
      texts.push_back(std::to_string(problem.line) + " " + problem.column + ": " + problem.problem);
    return texts;
  }

  StoreWorld world;
  ChannelRecord channel;
  RuleImportRecord import{.channel_id = "uk", .id = 5};
};

TEST_F(RuleImportTest, GoodRowsAreStaged_BadOnesAreNamed_AndNothingIsChanged) {
  Stage({{.line = 2, .sku = "A", .max_listed_quantity = "4"},
         {.line = 3, .sku = "NONE", .max_listed_quantity = "4"},
         {.line = 4, .sku = "", .max_listed_quantity = "4"},
         {.line = 5, .sku = "B", .max_listed_quantity = "many"},
         {.line = 6, .sku = "A", .max_listed_quantity = "9"},
         {.line = 7, .sku = "C"},
         {.line = 8, .unreadable = "a quote is opened and never closed"}});
  EXPECT_EQ(import.rows, 7);
  EXPECT_EQ(import.changes, 1) << "C has no own rule and gets none";
  EXPECT_EQ(import.problems, 5);
  EXPECT_THAT(Problems(), ElementsAre("3 SKU: the channel has no such listing", "4 SKU: is empty",
                                      HasSubstr("5 MaxListedQuantity: 'many'"), "6 SKU: is on line 2 already",
                                      "8 : a quote is opened and never closed"));
  EXPECT_EQ(Max("A"), std::nullopt);
}

TEST_F(RuleImportTest, IsAppliedInPieces_AndMarksWhatFollows) {
  Stage({{.line = 2, .sku = "C", .max_listed_quantity = "3"},
         {.line = 3, .sku = "A", .max_listed_quantity = "1"},
         {.line = 4, .sku = "B", .max_listed_quantity = "2"}});
  Apply(2);
  EXPECT_EQ(import.state, RuleImportState::kApplying);
  EXPECT_EQ(Max("A"), 1);
  EXPECT_EQ(Max("B"), 2);
  EXPECT_EQ(Max("C"), std::nullopt);
  // With a lambda behind "import =" clang-format would take the rest for a module's.
  const auto stored = world.Read([](ReadTx& tx) { return tx.FindRuleImport("uk"); });
  import = stored.value();
  Apply(2);
  EXPECT_EQ(import.state, RuleImportState::kApplied);
  EXPECT_EQ(import.applied, 3);
  EXPECT_EQ(Max("C"), 3);
  EXPECT_EQ(world.Target("acc", "C").state, TargetState::kChanged);
  Apply(2);
  EXPECT_EQ(import.applied, 3) << "nothing is done twice";
}

TEST_F(RuleImportTest, AListingChangedSinceThePreview_IsLeft) {
  Stage({{.line = 2, .sku = "A", .max_listed_quantity = "1"}, {.line = 3, .sku = "B", .max_listed_quantity = "2"}});
  ListingRecord listing = world.Listing("uk", "A");
  listing.end_when_quantity = 8;
  world.PutListing(listing);
  Apply(10);
  EXPECT_EQ(Max("A"), std::nullopt);
  EXPECT_EQ(Max("B"), 2);
  EXPECT_EQ(import.applied, 1);
  EXPECT_EQ(import.skipped, 1);
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("2 : somebody changed its rules")));
}

TEST_F(RuleImportTest, TheTextOfTheChanges_IsTheSame_HoweverItIsCutIntoCalls) {
  const std::vector<RuleCells> rows = {{.line = 2, .sku = "A", .max_listed_quantity = "1"},
                                       {.line = 3, .sku = "B", .max_listed_quantity = "2"}};
  const std::vector<std::string> whole = Stage(rows);
  import = {.channel_id = "uk", .id = 6};
  ASSERT_THAT(whole, testing::SizeIs(2));
  EXPECT_THAT(Stage({rows[0]}), ElementsAre(whole[0]));
  EXPECT_THAT(Stage({rows[1]}), ElementsAre(whole[1]));
  import = {.channel_id = "uk", .id = 7};
  EXPECT_THAT(Stage({{.line = 2, .sku = "A"}}), IsEmpty());
}

TEST_F(RuleImportTest, WhatIsDiscarded_GoesInPieces) {
  Stage({{.line = 2, .sku = "A"}, {.line = 3, .sku = "B"}, {.line = 4, .sku = "NONE"}});
  const auto discard = [&] {
    int64_t deleted = 0;
    world.Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(deleted, tx.DeleteRuleRows(import.id, 2));
      return absl::OkStatus();
    });
    return deleted;
  };
  EXPECT_EQ(discard(), 2);
  EXPECT_EQ(discard(), 1);
  EXPECT_EQ(discard(), 0);
  EXPECT_THAT(Problems(), IsEmpty());
}

}  // namespace
}  // namespace quayside
