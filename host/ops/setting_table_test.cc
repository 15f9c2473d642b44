#include "host/ops/setting_table.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "host/ops/near_name.h"
#include "host/ops/origin_url.h"
#include "host/ops/setting_value.h"

namespace quayside {
namespace {

// __FILE__ may be relative to the folder the compiler ran in, and tests run somewhere below it.
std::string ReadBesideThisFile(const std::string& name) {
  std::filesystem::path path = std::filesystem::path(__FILE__).parent_path() / name;
  for (int i = 0; i < 6 && path.is_relative() && !std::filesystem::exists(path); ++i) path = ".." / path;
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

TEST(SettingTable, Readme_HoldsTheTableAsItIs) {
  const std::string readme = ReadBesideThisFile("README.md");
  ASSERT_FALSE(readme.empty()) << "README.md was not found beside " << __FILE__;
  EXPECT_NE(readme.find(SettingsMarkdown()), std::string::npos) << "Put this into README.md:\n\n" << SettingsMarkdown();
}

TEST(SettingTable, NamesAreUnique_AlsoInTheEnvironment) {
  std::set<std::string> names;
  for (const Setting& setting : SettingTable()) {
    EXPECT_TRUE(names.insert(setting.Name()).second) << setting.Name();
    EXPECT_TRUE(names.insert(setting.EnvironmentName()).second) << setting.EnvironmentName();
  }
}

TEST(SettingTable, EveryDefault_PassesItsOwnRules) {
  const Settings defaults;
  for (const Setting& setting : SettingTable()) {
    std::visit(
        [&](auto member) { EXPECT_EQ(ValueProblem(setting, SettingValue(defaults.*member)), "") << setting.Name(); },
        setting.member);
  }
}

TEST(SettingTable, DurationText_ReadsBack) {
  for (const DurationUs duration : {int64_t{0}, kMillisecondUs, 90 * kSecondUs, 2 * kMinuteUs, kHourUs, kDayUs}) {
    EXPECT_EQ(ParseDuration(DurationText(duration)), duration) << DurationText(duration);
  }
}

TEST(NearName, FindsTyposAndNothingFarAway) {
  const std::vector<std::string> known = {"data_dir", "socket", "plugin_dir"};
  EXPECT_EQ(NearName("data_dri", known), "data_dir");
  EXPECT_EQ(NearName("sokcet", known), "socket");
  EXPECT_EQ(NearName("plugins_dir", known), "plugin_dir");
  EXPECT_EQ(NearName("colour", known), "");
  EXPECT_EQ(NearName("", known), "");
  EXPECT_EQ(NearName(std::string(10'000, 'x'), known), "");
}

TEST(OriginUrl, IsSchemeHostAndPortOnly) {
  for (const char* good :
       {"https://a.example", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:80", "https://a-b.c:65535"}) {
    EXPECT_TRUE(IsOriginUrl(good)) << good;
  }
  for (const char* bad : {"", "https://", "a.example", "ftp://a.example", "https://a.example/", "https://a.example?x",
                          "https://u@a.example", "https://a.example:", "https://a.example:0", "https://a.example:65536",
                          "https://a.example:80:80", "https://a b", "https://a.example\\@b", "https://*.example.com",
                          "https://[::1", "http://[]:1", "HTTPS://a.example", "https://a#b"}) {
    EXPECT_FALSE(IsOriginUrl(bad)) << bad;
  }
}

}  // namespace
}  // namespace quayside
