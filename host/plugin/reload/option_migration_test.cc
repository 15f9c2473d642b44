#include "host/plugin/reload/option_migration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

OptionSchema SchemaOf(const std::string& version, const std::string& schema) {
  quayside::plugin::v1::Manifest manifest;
  manifest.set_version(version);
  manifest.set_config_schema(schema);
  return OptionSchema(manifest);
}

const auto kOldSchema = SchemaOf("1.0.0", R"({"properties": {"region": {"type": "string"}, "site": {"type": "string"},
                                        "debug": {"type": "boolean"}}})");
const auto kNewSchema = SchemaOf("1.1.0", R"({"properties": {
    "region": {"type": "string", "enum": ["eu", "na"]},
    "shop": {"type": "string", "x-qs-renamed-from": ["site", "store"]},
    "page": {"type": "integer", "default": 50}},
  "x-qs-removed": ["debug"]})");

TEST(OptionMigration, WhatStays_Stays) {
  const OptionMigration migration = MigrateOptions(kNewSchema, {{"region", "eu"}});
  EXPECT_EQ(migration.options, (OptionMap{{"region", "eu"}}));
  EXPECT_THAT(migration.violations, IsEmpty());
}

TEST(OptionMigration, Renamed_Moves_AndRemoved_Goes_AsTheVersionSays) {
  const OptionMigration migration = MigrateOptions(kNewSchema, {{"region", "eu"}, {"site", "a"}, {"debug", "true"}});
  EXPECT_EQ(migration.options, (OptionMap{{"region", "eu"}, {"shop", "a"}}));
  EXPECT_THAT(migration.renamed, ElementsAre("site -> shop"));
  EXPECT_THAT(migration.removed, ElementsAre("debug"));
  EXPECT_THAT(migration.violations, IsEmpty());
}

TEST(OptionMigration, WhatTheVersionDoesNotExplain_IsRefusedByName) {
  const OptionMigration migration = MigrateOptions(kNewSchema, {{"colour", "red"}});
  ASSERT_THAT(migration.violations, SizeIs(1));
  EXPECT_EQ(migration.violations[0].field, "options.colour");
  EXPECT_THAT(migration.violations[0].description, HasSubstr("version 1.1.0 has no such option"));
}

TEST(OptionMigration, ANewRequiredOptionWithoutDefault_IsRefusedByName) {
  const auto strict = SchemaOf("2.0.0", R"({"properties": {"key": {"type": "string"}}, "required": ["key"]})");
  const OptionMigration migration = MigrateOptions(strict, {});
  ASSERT_THAT(migration.violations, SizeIs(1));
  EXPECT_EQ(migration.violations[0].field, "options.key");
}

TEST(OptionMigration, AValueTheVersionDoesNotTakeAnyMore_IsRefusedByName) {
  const OptionMigration migration = MigrateOptions(kNewSchema, {{"region", "jp"}});
  ASSERT_THAT(migration.violations, SizeIs(1));
  EXPECT_EQ(migration.violations[0].field, "options.region");
}

TEST(OptionMigration, SetUnderBothNames_ThePresentOneCounts) {
  EXPECT_EQ(MigrateOptions(kNewSchema, {{"site", "old"}, {"shop", "new"}}).options, (OptionMap{{"shop", "new"}}));
}

TEST(OptionMigration, TheWayBack_UndoesTheRenaming_AndBringsBackWhatWasRemoved) {
  const OptionMap before = {{"region", "eu"}, {"site", "a"}, {"debug", "true"}};
  const OptionMap stored = MigrateOptions(kNewSchema, before).options;
  EXPECT_EQ(RevertOptions(kNewSchema, kOldSchema, stored, before), before);
}

TEST(OptionMigration, TheWayBack_KeepsWhatWasChangedMeanwhile) {
  const OptionMap before = {{"region", "eu"}, {"site", "a"}};
  EXPECT_EQ(RevertOptions(kNewSchema, kOldSchema, {{"region", "na"}, {"shop", "b"}, {"page", "20"}}, before),
            (OptionMap{{"region", "na"}, {"site", "b"}}));
}

TEST(OptionMigration, TheWayBack_DoesNotReviveWhatWasUnsetMeanwhile) {
  EXPECT_EQ(RevertOptions(kNewSchema, kOldSchema, {}, {{"region", "eu"}, {"site", "a"}}), OptionMap{});
}

TEST(OptionMigration, OfAChannel_RenamesAndDropsTheSame_AndLeavesTheRestAlone) {
  const OptionMigration migration =
      MigrateChannelOptions(kNewSchema, {{"store", "a"}, {"debug", "true"}, {"colour", "red"}, {"region", "jp"}});
  EXPECT_EQ(migration.options, (OptionMap{{"shop", "a"}, {"colour", "red"}, {"region", "jp"}}));
  EXPECT_THAT(migration.renamed, ElementsAre("store -> shop"));
  EXPECT_THAT(migration.removed, ElementsAre("debug"));
  EXPECT_THAT(migration.violations, IsEmpty());
}

TEST(OptionMigration, OfAChannel_WhatOnlyTheVersionBeforeKnows_IsRefusedByName) {
  const OptionMap stored = {{"region", "eu"}, {"site", "a"}, {"colour", "red"}};
  const auto forgetful = SchemaOf("1.2.0", R"({"properties": {"region": {"type": "string"}}})");
  const auto check = [&](const OptionSchema& from, const OptionSchema& to) {
    return CheckChannelOptions(from, to, MigrateChannelOptions(to, stored).options);
  };
  const std::vector<FieldViolation> violations = check(kOldSchema, forgetful);
  ASSERT_THAT(violations, SizeIs(1));
  EXPECT_EQ(violations[0].field, "options.site");
  EXPECT_THAT(violations[0].description, HasSubstr("version 1.2.0 has no such option"));
  EXPECT_THAT(check(kOldSchema, kNewSchema), IsEmpty()) << "it is renamed";
  EXPECT_THAT(check(kNewSchema, forgetful), IsEmpty()) << "no version that works knew it";
}

TEST(OptionMigration, OfAChannel_AnOlderVersion_NeedNotExplainWhatCameLater) {
  EXPECT_THAT(CheckChannelOptions(kNewSchema, kOldSchema, {{"page", "20"}}), IsEmpty());
}

TEST(OptionMigration, OfAChannel_TheWayBack_UndoesBoth_AndKeepsWhatWasChanged) {
  const OptionMap before = {{"site", "a"}, {"debug", "true"}, {"colour", "red"}};
  OptionMap stored = MigrateChannelOptions(kNewSchema, before).options;
  EXPECT_EQ(RevertChannelOptions(kNewSchema, stored, before), before);
  stored["shop"] = "b";
  stored["colour"] = "blue";
  EXPECT_EQ(RevertChannelOptions(kNewSchema, stored, before),
            (OptionMap{{"site", "b"}, {"debug", "true"}, {"colour", "blue"}}));
}

TEST(OptionSchemaTest, CompiledPatterns_MatchAsTheOthersDo) {
  OptionSchema schema = SchemaOf("1.0.0", R"({"properties": {"seller": {"type": "string", "pattern": "^A[0-9]+$"}}})");
  for (int round = 0; round < 2; ++round, schema.CompilePatterns()) {
    EXPECT_THAT(schema.Check({{"seller", "A12"}}), IsEmpty());
    ASSERT_THAT(schema.Check({{"seller", "B12"}}), SizeIs(1));
    EXPECT_EQ(schema.Check({{"seller", std::string(2000, 'A')}}).size(), 1u);
  }
}

}  // namespace
}  // namespace quayside
