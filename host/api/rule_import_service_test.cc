// Rules of many listings from a file: staged in calls, shown, applied as they were shown.
#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

constexpr char kParent[] = "parent: 'channels/amz-de' ";
constexpr char kMaxColumn[] = "columns { max_listed_quantity {} } ";

// Channel "amz-de" lists A, B and C.
struct ImportWorld : ApiWorld {
  ImportWorld() {
    MakeAccount();
    MakeChannel();
    Write([](Tx& tx) -> absl::Status {
      for (const char* sku : {"A", "B", "C"})
        QS_RETURN_IF_ERROR(tx.PutListing({.channel_id = "amz-de", .account_id = "amz", .sku = sku}));
      return absl::OkStatus();
    });
  }
  Answer<api::StageRulesResponse> Stage(const std::string& text) {
    return Ask(&RuleImports::StageRules, kParent + text);
  }
  // Two rows in one call, all there are.
  api::RuleImport StageAll() {
    const auto staged = Stage(std::string(kMaxColumn) +
                              "rows { line: 2 sku: 'A' max_listed_quantity: '4' } "
                              "rows { line: 3 sku: 'B' max_listed_quantity: '5' } last: true");
    EXPECT_TRUE(staged.ok()) << staged;
    return staged->rule_import();
  }
  Answer<api::ApplyRuleImportResponse> Apply(const std::string& hash, const std::string& more = "") {
    return Ask(&RuleImports::ApplyRuleImport, kParent + ("hash: '" + hash + "' ") + more);
  }
  std::optional<int32_t> Max(const char* sku) {
    std::optional<int32_t> max;
    Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const auto listing, tx.FindListing("amz-de", sku));
      max = listing->max_listed_quantity;
      return absl::OkStatus();
    });
    return max;
  }
};

TEST(RuleImportServiceTest, APreview_TellsEveryChangeAndEveryBadRow_AndChangesNothing) {
  ImportWorld world;
  const auto staged = world.Stage(std::string(kMaxColumn) +
                                  "rows { line: 2 sku: 'A' max_listed_quantity: '4' } "
                                  "rows { line: 3 sku: 'NONE' max_listed_quantity: '5' } "
                                  "rows { line: 4 sku: 'B' max_listed_quantity: 'x' } "
                                  "rows { line: 5 sku: 'C' } last: true");
  ASSERT_TRUE(staged.ok()) << staged;
  const api::RuleImport& import = staged->rule_import();
  EXPECT_EQ(import.state(), api::RULE_IMPORT_STATE_READY);
  EXPECT_EQ(import.rows(), 4);
  EXPECT_EQ(import.changes(), 1);
  EXPECT_EQ(import.problems(), 2);
  EXPECT_EQ(import.hash().size(), 64u);
  const auto changes = world.Ask(&RuleImports::ListRuleChanges, kParent);
  ASSERT_EQ(changes->changes_size(), 1);
  EXPECT_EQ(changes->changes(0).sku(), "A");
  EXPECT_FALSE(changes->changes(0).before().has_max_listed_quantity());
  EXPECT_EQ(changes->changes(0).after().max_listed_quantity(), 4);
  const std::string parent = kParent;
  EXPECT_EQ(world.Ask(&RuleImports::ListRuleChanges, parent + " filter { sku_prefix: 'A' }")->changes_size(), 1);
  EXPECT_EQ(world.Ask(&RuleImports::ListRuleChanges, parent + " filter { sku_prefix: 'B' }")->changes_size(), 0);
  const auto first = world.Ask(&RuleImports::ListRuleProblems, std::string(kParent) + "page_size: 1");
  ASSERT_EQ(first->problems_size(), 1);
  EXPECT_EQ(first->problems(0).line(), 3);
  EXPECT_EQ(first->problems(0).column(), "SKU");
  const auto second = world.Ask(&RuleImports::ListRuleProblems,
                                kParent + ("page_size: 1 page_token: '" + first->next_page_token() + "'"));
  ASSERT_EQ(second->problems_size(), 1) << second;
  EXPECT_EQ(second->problems(0).column(), "MaxListedQuantity");
  EXPECT_EQ(second->next_page_token(), "");
  EXPECT_EQ(world.Max("A"), std::nullopt);
}

TEST(RuleImportServiceTest, TheHash_IsOfTheChanges_HoweverTheFileIsCut) {
  ImportWorld world;
  const std::string whole = world.StageAll().hash();
  const auto begun = world.Stage(std::string(kMaxColumn) + "rows { line: 7 sku: 'A' max_listed_quantity: '4' }");
  EXPECT_EQ(begun->rule_import().state(), api::RULE_IMPORT_STATE_STAGING);
  EXPECT_EQ(begun->rule_import().hash(), "") << "not all rows are here";
  const std::string id = "import_id: " + std::to_string(begun->rule_import().id()) + " ";
  const auto ended = world.Stage(id + "rows_before: 1 rows { line: 9 sku: 'B' max_listed_quantity: '5' } last: true");
  ASSERT_TRUE(ended.ok()) << ended;
  EXPECT_EQ(ended->rule_import().hash(), whole);
  const auto other =
      world.Stage(std::string(kMaxColumn) + "rows { line: 7 sku: 'A' max_listed_quantity: '4' } last: true");
  EXPECT_NE(other->rule_import().hash(), whole);
}

TEST(RuleImportServiceTest, RowsThatAreHere_AreNotTakenTwice_AndNoneMayBeMissing) {
  ImportWorld world;
  const auto begun = world.Stage(std::string(kMaxColumn) + "rows { line: 2 sku: 'A' max_listed_quantity: '4' }");
  const std::string id = "import_id: " + std::to_string(begun->rule_import().id()) + " ";
  EXPECT_EQ(world.Stage(id + "rows_before: 2 rows { line: 4 sku: 'C' }").reason(), "RULE_IMPORT_OUT_OF_STEP");
  const std::string row = "rows_before: 1 rows { line: 3 sku: 'B' max_listed_quantity: '5' } last: true";
  ASSERT_TRUE(world.Stage(id + row).ok());
  const auto again = world.Stage(id + row);
  ASSERT_TRUE(again.ok()) << again;
  EXPECT_EQ(again->rule_import().rows(), 2);
  EXPECT_EQ(again->rule_import().problems(), 0);
  EXPECT_EQ(world.Stage(id + "rows_before: 2 rows { line: 4 sku: 'C' }").reason(), "RULE_IMPORT_OUT_OF_STEP");
  EXPECT_EQ(world.Stage("import_id: 99 rows_before: 2").reason(), "RULE_IMPORT_NOT_FOUND");
}

TEST(RuleImportServiceTest, WhatIsWrongWithTheColumns_IsSaidAtOnce) {
  ImportWorld world;
  EXPECT_THAT(world.Stage("last: true").fields(), ElementsAre("columns"));
  EXPECT_THAT(world.Stage("columns { end_when_quantity { when_empty: 'x' } }").fields(), ElementsAre("columns"));
  EXPECT_EQ(world.Ask(&RuleImports::GetRuleImport, kParent).reason(), "RULE_IMPORT_NOT_FOUND");
}

TEST(RuleImportServiceTest, Apply_ChangesWhatWasShown_OncePerRequest) {
  ImportWorld world;
  const std::string hash = world.StageAll().hash();
  EXPECT_EQ(world.Apply("another").reason(), "RULE_IMPORT_NOT_FOUND");
  EXPECT_EQ(world.Max("A"), std::nullopt);
  EXPECT_TRUE(world.Apply(hash, "validate_only: true")->more());
  EXPECT_EQ(world.Max("A"), std::nullopt);
  const auto applied = world.Apply(hash, "request_id: 'a'");
  ASSERT_TRUE(applied.ok()) << applied;
  EXPECT_FALSE(applied->more());
  EXPECT_EQ(applied->rule_import().applied(), 2);
  EXPECT_EQ(applied->rule_import().state(), api::RULE_IMPORT_STATE_APPLIED);
  EXPECT_EQ(world.Max("A"), 4);
  EXPECT_EQ(world.Max("B"), 5);
  EXPECT_THAT(world.EventTexts(), Contains("channel.rules_imported channels/amz-de"));
  EXPECT_EQ(world.Apply(hash, "request_id: 'a'")->rule_import().applied(), 2);
  EXPECT_EQ(world.Apply(hash)->rule_import().applied(), 2) << "also asked anew";
  const auto audit = world.Ask(&Audits::ListAuditRecords, "page_size: 1");
  EXPECT_EQ(audit->records(0).action(), "RuleImportService.ApplyRuleImport");
}

TEST(RuleImportServiceTest, AnImportWhoseRowsAreMissing_IsNotApplied) {
  ImportWorld world;
  ASSERT_TRUE(world.Stage(std::string(kMaxColumn) + "rows { line: 2 sku: 'A' max_listed_quantity: '4' }").ok());
  EXPECT_EQ(world.Apply("").reason(), "RULE_IMPORT_INCOMPLETE");
}

TEST(RuleImportServiceTest, AnotherImport_TakesThePlaceOfTheFormer) {
  ImportWorld world;
  const std::string former = world.StageAll().hash();
  ASSERT_TRUE(
      world.Stage(std::string(kMaxColumn) + "rows { line: 2 sku: 'C' max_listed_quantity: '9' } last: true").ok());
  EXPECT_EQ(world.Apply(former).reason(), "RULE_IMPORT_NOT_FOUND");
  EXPECT_EQ(world.Ask(&RuleImports::ListRuleChanges, kParent)->changes_size(), 1);
}

TEST(RuleImportServiceTest, AManyRowFile_IsAppliedInSeveralCalls) {
  ImportWorld world;
  constexpr int kRows = 5600;
  world.Write([](Tx& tx) -> absl::Status {
    for (int n = 0; n < kRows; ++n)
      QS_RETURN_IF_ERROR(tx.PutListing({.channel_id = "amz-de", .account_id = "amz", .sku = "S" + std::to_string(n)}));
    return absl::OkStatus();
  });
  api::RuleImport import;
  for (int begin = 0; begin < kRows; begin += 2000) {
    api::StageRulesRequest request;
    request.set_parent("channels/amz-de");
    request.set_import_id(import.id());
    request.set_rows_before(begin);
    if (begin == 0) request.mutable_columns()->mutable_end_when_quantity();
    for (int n = begin; n < std::min(begin + 2000, kRows); ++n) {
      api::RuleRow* row = request.add_rows();
      row->set_line(n + 2);
      row->set_sku("S" + std::to_string(n));
      row->set_end_when_quantity("3");
    }
    request.set_last(begin + 2000 >= kRows);
    const auto staged = world.Send(&RuleImports::StageRules, request);
    ASSERT_TRUE(staged.ok()) << staged;
    import = staged->rule_import();
  }
  EXPECT_EQ(import.changes(), kRows);
  const auto part = world.Apply(import.hash());
  ASSERT_TRUE(part.ok()) << part;
  EXPECT_TRUE(part->more());
  EXPECT_EQ(part->rule_import().applied(), 5000);
  EXPECT_EQ(world.Ask(&RuleImports::GetRuleImport, kParent)->rule_import().state(), api::RULE_IMPORT_STATE_APPLYING);
  const auto rest = world.Apply(import.hash());
  EXPECT_FALSE(rest->more());
  EXPECT_EQ(rest->rule_import().applied(), kRows);
}

}  // namespace
}  // namespace quayside
