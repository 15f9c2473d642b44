// Projects that `plugin new` writes.
#include "tools/quayside/scaffold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "host/plugin/folder_for_tests.h"
#include "sdk/simulator/script.h"
#include "tools/quayside/tests/cli_world.h"

namespace quayside::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

std::vector<ScaffoldFile> Made(const std::string& name, const std::vector<std::string>& contracts) {
  auto files = Scaffold(name, contracts);
  EXPECT_TRUE(files.ok()) << files.status();
  return files.ok() ? *std::move(files) : std::vector<ScaffoldFile>();
}

std::vector<std::string> Paths(const std::vector<ScaffoldFile>& files) {
  std::vector<std::string> paths;
  for (const ScaffoldFile& file : files) paths.push_back(file.path);
  return paths;
}

std::string TextOf(const std::vector<ScaffoldFile>& files, const std::string& path) {
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const ScaffoldFile& file) { return file.path == path; });
  return found == files.end() ? "" : found->text;
}

// Every choice of contracts.
std::vector<std::vector<std::string>> Choices() {
  const auto& all = ScaffoldContracts();
  std::vector<std::vector<std::string>> choices;
  for (size_t bits = 1; bits < size_t{1} << all.size(); ++bits) {
    std::vector<std::string> chosen;
    for (size_t i = 0; i < all.size(); ++i) {
      if ((bits >> i & 1) != 0) chosen.push_back(all[i]);
    }
    choices.push_back(chosen);
  }
  return choices;
}

TEST(Scaffold, EveryChoice_GivesWholeFiles) {
  for (const auto& contracts : Choices()) {
    const auto files = Made("my_shop", contracts);
    for (const ScaffoldFile& file : files) {
      EXPECT_THAT(file.text, AllOf(Not(HasSubstr("example_shop")), Not(HasSubstr("ExampleShop"))))
          << file.path << ": a name of the template is left";
      EXPECT_THAT("\n" + file.text, Not(HasSubstr("\n%"))) << file.path << ": a mark of the template is left";
      if (!file.path.ends_with(".json")) continue;
      google::protobuf::Struct json;
      EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(file.text, &json).ok()) << file.path << "\n" << file.text;
    }
    const std::string manifest = TextOf(files, "manifest.json");
    for (const std::string& contract : ScaffoldContracts()) {
      const bool chosen = std::find(contracts.begin(), contracts.end(), contract) != contracts.end();
      EXPECT_EQ(manifest.find("\"" + contract + "/1\"") != std::string::npos, chosen) << contract;
    }
  }
}

TEST(Scaffold, TheSimulatedShop_IsOneThatTheSimulatorTakes) {
  for (const auto& contracts : Choices()) {
    const std::string script = TextOf(Made("my_shop", contracts), "tests/shop.json");
    EXPECT_EQ(simulator::ParseScript(script, 0).problem, "") << script;
  }
}

TEST(Scaffold, FilesOfOtherContracts_AreNotWritten) {
  const auto paths = Paths(Made("my_shop", {"order_sync"}));
  EXPECT_THAT(paths, IsSupersetOf({"CMakeLists.txt", "README.md", "manifest.json", "src/plugin.cc", "src/orders.cc",
                                   "tests/cassette.json", "tests/plugin_test.cc"}));
  EXPECT_THAT(paths, Not(Contains("src/stock.cc")));
  EXPECT_THAT(paths, Not(Contains("src/outcomes.cc")));
  EXPECT_THAT(Paths(Made("my_shop", {"despatch"})), IsSupersetOf({"src/packages.cc", "src/outcomes.cc"}));
  EXPECT_THAT(Paths(Made("my_shop", {"fulfilment"})), Contains("src/centre_stock.cc"));
  EXPECT_THAT(Paths(Made("my_shop", {"post_sale"})), IsSupersetOf({"src/cancellations.cc", "src/outcomes.cc"}));
}

TEST(Scaffold, TheName_IsIdClassAndTitle) {
  const auto files = Made("my_shop", {"order_sync"});
  EXPECT_THAT(TextOf(files, "manifest.json"),
              AllOf(HasSubstr(R"("id": "my_shop")"), HasSubstr(R"("name": "My shop")")));
  EXPECT_THAT(TextOf(files, "src/plugin.cc"), AllOf(HasSubstr("class MyShop final"), HasSubstr("namespace my_shop")));
}

TEST(Scaffold, WhatCannotBe_IsRefused) {
  for (const char* name : {"", "a", "My", "1st", "my-shop", "my shop", "../shop"})
    EXPECT_FALSE(Scaffold(name, {"order_sync"}).ok()) << name;
  EXPECT_THAT(std::string(Scaffold("my_shop", {"teleport"}).status().message()),
              HasSubstr("no template for contract 'teleport'"));
  EXPECT_FALSE(Scaffold("my_shop", {}).ok());
}

TEST(PluginNew, WritesTheProject_AndNeverOverAnother) {
  CliWorld world;
  const std::string folder = world.Path("my_shop");
  const std::vector<std::string> arguments = {"plugin", "new", "my_shop", "--contracts", "order_sync,despatch",
                                              "--out",  folder};
  const CliResult made = world.Run(arguments);
  EXPECT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("next: cd " + folder));
  EXPECT_THAT(GetFile(folder + "/src/plugin.cc"), HasSubstr("class MyShop"));
  PutFile(folder + "/src/plugin.cc", "mine");
  const CliResult again = world.Run(arguments);
  EXPECT_NE(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("is there already"));
  EXPECT_EQ(GetFile(folder + "/src/plugin.cc"), "mine");
}

}  // namespace
}  // namespace quayside::cli
