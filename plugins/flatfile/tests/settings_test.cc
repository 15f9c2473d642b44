#include "settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace quayside::flatfile {
namespace {

namespace pb = plugin::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

pb::InstanceConfig Config(const std::map<std::string, std::string>& options) {
  pb::InstanceConfig config;
  for (const auto& [name, value] : options) (*config.mutable_options())[name] = value;
  return config;
}

std::vector<std::string> FieldsOf(const std::map<std::string, std::string>& options) {
  std::vector<std::string> fields;
  for (const pb::FieldProblem& problem : FindProblems(Config(options))) fields.push_back(problem.field());
  return fields;
}

TEST(Settings, ASinglePlace_IsEnough) { EXPECT_THAT(FieldsOf({{"quantities_address", "file:///out"}}), IsEmpty()); }

TEST(Settings, EveryProblem_IsToldAtOnceByItsOption) {
  EXPECT_THAT(FieldsOf({{"orders_address", "https://shop.example"},
                        {"orders_files", "*.csv"},
                        {"orders_columns", "oder_id=A; sku="},
                        {"listings_address", "file:///in"},
                        {"listings_files", "a/b.csv"},
                        {"work_folder", "a/b"},
                        {"errors_folder", "archive"}}),
              UnorderedElementsAre("options.orders_columns", "options.orders_columns", "options.orders_files",
                                   "options.listings_files", "options.work_folder", "options.errors_folder"));
}

TEST(Settings, WithoutAnyPlace_ThereIsNothingToDo) { EXPECT_THAT(FieldsOf({}), ElementsAre("options.orders_address")); }

TEST(Settings, WithoutAHeader_NeededColumnsHaveNumbers) {
  EXPECT_THAT(FieldsOf({{"orders_address", "file:///in"}, {"header", "false"}, {"orders_columns", "order_id=1;sku=x"}}),
              ElementsAre("options.orders_columns", "options.orders_columns"));
  EXPECT_THAT(
      FieldsOf(
          {{"orders_address", "file:///in"}, {"header", "false"}, {"orders_columns", "order_id=1;sku=2;quantity=3"}}),
      IsEmpty());
}

TEST(Settings, OneColumn_ForOneField) {
  EXPECT_THAT(FieldsOf({{"orders_address", "file:///in"}, {"orders_columns", "order_id=A;sku=A"}}),
              ElementsAre("options.orders_columns"));
}

TEST(Settings, AFolderThatFilesAreTakenFrom_IsNoOthers) {
  EXPECT_THAT(FieldsOf({{"orders_address", "sftp://h/in"},
                        {"listings_address", "sftp://h/in/"},
                        {"orders_files", "orders*"},
                        {"listings_files", "listings*"}}),
              ElementsAre("options.listings_address"));
  // What this plugin writes there would come back as orders.
  EXPECT_THAT(FieldsOf({{"orders_address", "file:///in"}, {"quantities_address", "file:///in"}}),
              ElementsAre("options.quantities_address"));
  EXPECT_THAT(FieldsOf({{"orders_address", "https://shop.example/export"},
                        {"orders_files", "orders.csv"},
                        {"listings_address", "https://shop.example/export"},
                        {"listings_files", "listings.csv"}}),
              IsEmpty());
  EXPECT_THAT(FieldsOf({{"quantities_address", "file:///out"}, {"despatches_address", "file:///out"}}), IsEmpty());
}

TEST(Settings, TitlesFitIntoTheCharset) {
  EXPECT_THAT(FieldsOf({{"quantities_address", "file:///out"},
                        {"charset", "windows-1252"},
                        {"quantities_columns", "sku=Артикул; quantity=Größe"}}),
              ElementsAre("options.quantities_columns"));
}

TEST(Settings, AreReadWithTheirDefaults) {
  const Settings settings =
      ReadSettings(Config({{"orders_address", "sftp://h/in"}, {"delimiter", "tab"}, {"quote", "none"}}));
  EXPECT_EQ(settings.format.csv.delimiter, '\t');
  EXPECT_EQ(settings.format.csv.quote, '\0');
  EXPECT_EQ(settings.orders.stable_us, 30'000'000);
  EXPECT_EQ(settings.orders.archive_folder, "archive");
  EXPECT_TRUE(settings.orders.can_list);
  EXPECT_TRUE(settings.listings.place.empty());
}

TEST(Pattern, HasStarsAndQuestionMarks) {
  EXPECT_TRUE(MatchesPattern("orders-20261129.csv", "orders-*.csv"));
  EXPECT_TRUE(MatchesPattern("a.csv", "?.csv"));
  EXPECT_TRUE(MatchesPattern("abcabd", "*abd"));
  EXPECT_TRUE(MatchesPattern("", "*"));
  EXPECT_FALSE(MatchesPattern("orders.csv.tmp", "*.csv"));
  EXPECT_FALSE(MatchesPattern("ab.csv", "?.csv"));
  EXPECT_FALSE(MatchesPattern("", "?"));
  EXPECT_FALSE(MatchesPattern(std::string(200, 'a') + "b", "*a*a*a*a*a*a*a*c"));
}

}  // namespace
}  // namespace quayside::flatfile
