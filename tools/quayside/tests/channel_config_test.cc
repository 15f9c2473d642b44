#include "tools/quayside/channel_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/quayside/errors.h"

namespace quayside::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ConfigEdit Edited(const std::vector<std::string>& sets, const std::vector<std::string>& unsets = {},
                  const v1::ChannelConfig& present = {}) {
  auto edit = EditConfig(present, sets, unsets);
  EXPECT_TRUE(edit.ok()) << edit.status();
  return edit.ok() ? *edit : ConfigEdit();
}

std::vector<std::string> Mistakes(const std::vector<std::string>& sets) {
  const auto edit = EditConfig({}, sets, {});
  EXPECT_FALSE(edit.ok());
  const ErrorReport report = Explain(edit.status(), {});
  EXPECT_EQ(report.exit_code, kExitUsage);
  return report.lines;
}

TEST(ChannelConfigTest, Percentage_IsExact) {
  EXPECT_EQ(ParsePercentageE4("33.3"), 333000);
  EXPECT_EQ(ParsePercentageE4("0.0001"), 1);
  EXPECT_EQ(ParsePercentageE4("100"), 1000000);
  EXPECT_EQ(ParsePercentageE4("57.0002"), 570002);
  EXPECT_EQ(FormatPercentageE4(333000), "33.3");
  EXPECT_EQ(FormatPercentageE4(1), "0.0001");
  EXPECT_EQ(FormatPercentageE4(1000000), "100");
}

TEST(ChannelConfigTest, Percentage_RefusesWhatCannotBeExact) {
  for (const char* text : {"33.33333", "", ".5", "5.", "1e2", "-1", "+1", "33,3", " 5", "99999999999", "1.2.3", "5%"}) {
    EXPECT_EQ(ParsePercentageE4(text), std::nullopt) << text;
  }
}

TEST(ChannelConfigTest, EditConfig_SetsFieldsAndNamesThem) {
  const ConfigEdit edit = Edited({"max_listed_quantity=20", "listed_percentage=33.3", "update_inventory=off",
                                  "inventory_locations=a, locations/b", "order_download_location=shop"});
  EXPECT_EQ(edit.config.max_listed_quantity(), 20);
  EXPECT_EQ(edit.config.listed_percentage_e4(), 333000);
  EXPECT_TRUE(edit.config.has_update_inventory());
  EXPECT_FALSE(edit.config.update_inventory());
  EXPECT_THAT(edit.config.inventory_locations(), ElementsAre("locations/a", "locations/b"));
  EXPECT_EQ(edit.config.order_download_location(), "locations/shop");
  EXPECT_THAT(edit.paths,
              ElementsAre("config.max_listed_quantity", "config.listed_percentage_e4", "config.update_inventory",
                          "config.inventory_locations", "config.order_download_location"));
}

TEST(ChannelConfigTest, EditConfig_MarkAsDespatched_IsASwitch) {
  const ConfigEdit off = Edited({"mark_as_despatched=off"});
  EXPECT_TRUE(off.config.has_mark_as_despatched());
  EXPECT_FALSE(off.config.mark_as_despatched());
  EXPECT_THAT(off.paths, ElementsAre("config.mark_as_despatched"));
  EXPECT_THAT(Mistakes({"mark_as_despatched=7"}), testing::SizeIs(1));
}

TEST(ChannelConfigTest, EditConfig_Fba_AreSwitches) {
  const ConfigEdit edit = Edited({"fba_enabled=on", "fba_sync_inventory=off"});
  EXPECT_TRUE(edit.config.fba_enabled());
  EXPECT_TRUE(edit.config.has_fba_sync_inventory());
  EXPECT_FALSE(edit.config.fba_sync_inventory());
  EXPECT_THAT(edit.paths, ElementsAre("config.fba_enabled", "config.fba_sync_inventory"));
  EXPECT_THAT(Mistakes({"fba_enabled=maybe"}), testing::SizeIs(1));
}

TEST(ChannelConfigTest, EditConfig_OffUnsetsANumber_ZeroDoesNot) {
  v1::ChannelConfig present;
  present.set_default_latency_days(3);
  present.set_max_listed_quantity(5);
  const ConfigEdit edit = Edited({"default_latency_days=off", "max_listed_quantity=0"}, {}, present);
  EXPECT_FALSE(edit.config.has_default_latency_days());
  EXPECT_TRUE(edit.config.has_max_listed_quantity());
  EXPECT_EQ(edit.config.max_listed_quantity(), 0);
}

TEST(ChannelConfigTest, EditConfig_KeepsTheOtherPluginOptions) {
  v1::ChannelConfig present;
  (*present.mutable_options())["a"] = "1";
  (*present.mutable_options())["b"] = "2";
  const ConfigEdit edit = Edited({"options.c=x=y"}, {"options.a"}, present);
  EXPECT_EQ(edit.config.options().size(), 2U);
  EXPECT_EQ(edit.config.options().at("c"), "x=y");
  EXPECT_THAT(edit.paths, ElementsAre("config.options"));
}

TEST(ChannelConfigTest, EditConfig_ListsEveryMistake) {
  EXPECT_THAT(
      Mistakes({"max_listed_quantity=many", "update_inventory=maybe", "colour=red", "nonsense",
                "listed_percentage=1.23456", "inventory_locations=a,,b"}),
      ElementsAre(HasSubstr("max_listed_quantity: 'many' is no whole number"), HasSubstr("update_inventory: 'maybe'"),
                  HasSubstr("colour: is no option"), HasSubstr("nonsense: is not of the form key=value"),
                  HasSubstr("listed_percentage: '1.23456'"), HasSubstr("empty location")));
}

TEST(ChannelConfigTest, EditConfig_RefusesTheSameKeyTwice) {
  EXPECT_THAT(Mistakes({"end_when_quantity=1", "end_when_quantity=2"}), ElementsAre(HasSubstr("given twice")));
}

TEST(ChannelConfigTest, EditConfig_RefusesTheMessagesOwnPercentageField) {
  EXPECT_THAT(Mistakes({"listed_percentage_e4=50"}), ElementsAre(HasSubstr("is no option")));
}

TEST(ChannelConfigTest, CompareConfig_ShowsUnsetAndRemoved) {
  v1::ChannelConfig before;
  before.set_max_listed_quantity(5);
  (*before.mutable_options())["gone"] = "1";
  v1::ChannelConfig after;
  after.set_update_inventory(true);
  std::vector<std::string> lines;
  for (const auto& change : CompareConfig(before, after))
    lines.push_back(change.key + ":" + change.before + ">" + change.after);
  EXPECT_THAT(lines, ElementsAre("update_inventory:unset>on", "max_listed_quantity:5>unset", "options.gone:1>unset"));
}

TEST(ChannelConfigTest, UtcOffset_IsHoursAndMinutes) {
  EXPECT_EQ(ParseUtcOffset("1"), 60);
  EXPECT_EQ(ParseUtcOffset("+05:45"), 345);
  EXPECT_EQ(ParseUtcOffset("-3:30"), -210);
  EXPECT_EQ(ParseUtcOffset("0"), 0);
  for (const char* text : {"", "+", "1:5", "1:60", "1:00:00", "1.5", "100", "--1", "1:", ":30", "x"}) {
    EXPECT_EQ(ParseUtcOffset(text), std::nullopt) << text;
  }
  EXPECT_EQ(FormatUtcOffset(60), "+1");
  EXPECT_EQ(FormatUtcOffset(-210), "-3:30");
  EXPECT_EQ(FormatUtcOffset(345), "+5:45");
  EXPECT_EQ(FormatUtcOffset(5), "+0:05");
}

TEST(ChannelConfigTest, EditConfig_KnowsTheOrderOptions) {
  const ConfigEdit edit =
      Edited({"utc_offset=-3:30", "undisclosed_email=none@shop.example", "inventory_from_location=on"});
  EXPECT_EQ(edit.config.utc_offset_minutes(), -210);
  EXPECT_EQ(edit.config.undisclosed_email(), "none@shop.example");
  EXPECT_TRUE(edit.config.inventory_from_location());
  EXPECT_THAT(edit.paths,
              ElementsAre("config.utc_offset_minutes", "config.undisclosed_email", "config.inventory_from_location"));
  EXPECT_THAT(Mistakes({"utc_offset=soon", "undisclosed_email=", "inventory_from_location=maybe"}), testing::SizeIs(3));
}

}  // namespace
}  // namespace quayside::cli
