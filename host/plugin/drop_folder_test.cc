#include "host/plugin/drop_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/text.h"
#include "host/plugin/elf_for_tests.h"
#include "host/plugin/errors_for_tests.h"
#include "host/plugin/signing_for_tests.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SettledFoldersTest, WhatChanges_OrWasDealtWith_IsLeftAlone) {
  EXPECT_THAT(SettledFolders({}, {{"new", "a"}}, {}), IsEmpty());
  EXPECT_THAT(SettledFolders({{"new", "a"}}, {{"new", "b"}}, {}), IsEmpty());
  EXPECT_THAT(SettledFolders({{"new", "b"}}, {{"new", "b"}}, {}), ElementsAre("new"));
  EXPECT_THAT(SettledFolders({{"new", "b"}}, {{"new", "b"}}, {{"new", "b"}}), IsEmpty());
  EXPECT_THAT(SettledFolders({{"new", "c"}}, {{"new", "c"}}, {{"new", "b"}}), ElementsAre("new"));
}

class DropFolderTest : public ::testing::Test {
 protected:
  DropFolderTest() {
    std::filesystem::create_directories(folder_ / "drop");
    acme_.PutInto(folder_ / "keys");
  }

  std::string Drop(const std::string& name, const std::string& version, bool sign = true) {
    const std::string bundle = folder_ / Concat("drop/", name);
    PutFile(bundle + "/plugin.so", MakeElf());
    PutFile(bundle + "/manifest.json", Concat(R"({"schema": 1, "id": "shop", "version": ")", version,
                                              R"(", "contracts": [{"id": "order_sync/1", "scope": "account"}]})"));
    if (sign) acme_.Sign(bundle);
    return bundle;
  }
  void Look(int times) {
    for (int i = 0; i < times; ++i) drop_.Look();
  }

  TestFolder folder_;
  TestSigner acme_{"Acme"};
  ManualClock clock_{kDayUs};
  std::unique_ptr<TrustPolicy> trust_ =
      MakeTrustPolicy(clock_, {.trusted_keys = folder_ / "keys", .development = true});
  BundleGate gate_{*trust_, {}};
  absl::Status answer_;
  std::vector<std::string> taken_;
  std::vector<std::string> refused_;
  DropFolder drop_{folder_ / "drop", gate_,
                   [this](const Bundle& bundle, const std::string&) {
                     taken_.push_back(bundle.manifest.version());
                     return answer_;
                   },
                   [this](const std::string&, const std::string& plugin, const absl::Status& why) {
                     refused_.push_back(Concat(plugin, " ", ReasonOf(why)));
                   }};
};

TEST_F(DropFolderTest, ASignedBundle_IsTaken_Once_WhenItHasSettled) {
  Drop("one", "1.0.0");
  Look(1);
  EXPECT_THAT(taken_, IsEmpty());
  Look(3);
  EXPECT_THAT(taken_, ElementsAre("1.0.0"));
  EXPECT_THAT(refused_, IsEmpty());
}

TEST_F(DropFolderTest, OfSeveralVersions_TheHighestIsTaken) {
  Drop("a", "1.9.0");
  Drop("b", "1.10.0");
  Drop("c", "1.2.0");
  Look(3);
  EXPECT_THAT(taken_, ElementsAre("1.10.0"));
  Drop("d", "2.0.0");
  Look(3);
  EXPECT_THAT(taken_, ElementsAre("1.10.0", "2.0.0"));
}

TEST_F(DropFolderTest, Unsigned_IsRefused_Once_AlsoInDevelopment) {
  Drop("one", "1.0.0", false);
  Look(5);
  EXPECT_THAT(taken_, IsEmpty());
  EXPECT_THAT(refused_, ElementsAre("shop PLUGIN_UNSIGNED"));
}

// The library comes last, and slowly.
TEST_F(DropFolderTest, HalfACopy_IsNotTaken_AndTheWholeIs) {
  const std::string bundle = Drop("one", "1.0.0");
  PutFile(bundle + "/plugin.so", MakeElf().substr(0, 100));
  Look(3);
  EXPECT_THAT(taken_, IsEmpty());
  EXPECT_THAT(refused_, ElementsAre("shop BUNDLE_CHANGED"));
  PutFile(bundle + "/plugin.so", MakeElf());
  Look(3);
  EXPECT_THAT(taken_, ElementsAre("1.0.0"));
}

TEST_F(DropFolderTest, WhatCannotBeReadAtAll_IsRefusedOnce_WithoutAName) {
  PutFile(folder_ / "drop/odd/readme", "hello");
  PutFile(folder_ / "drop/.part/plugin.so", "copying");
  PutFile(folder_ / "drop/a-file", "hello");
  Look(4);
  EXPECT_THAT(refused_, ElementsAre(" BUNDLE_INVALID"));
}

TEST_F(DropFolderTest, ARefusalOfTheHost_IsToldOnce_ABusyHostIsAskedAgain) {
  answer_ = MakeError(absl::StatusCode::kAborted, Reason::kPluginRejected, "a reload is under way");
  Drop("one", "1.0.0");
  Look(4);
  EXPECT_EQ(taken_.size(), 3u);
  EXPECT_THAT(refused_, IsEmpty());
  answer_ = MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginDowngrade, "it is old");
  Look(4);
  EXPECT_EQ(taken_.size(), 4u);
  EXPECT_THAT(refused_, ElementsAre("shop PLUGIN_DOWNGRADE"));
}

TEST_F(DropFolderTest, NoFolder_IsNoTrouble) {
  std::filesystem::remove_all(folder_ / "drop");
  Look(2);
  Drop("one", "1.0.0");
  Look(2);
  EXPECT_THAT(taken_, ElementsAre("1.0.0"));
}

}  // namespace
}  // namespace quayside
