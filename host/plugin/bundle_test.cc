#include "host/plugin/bundle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/plugin/elf_for_tests.h"
#include "host/plugin/errors_for_tests.h"
#include "host/plugin/folder_for_tests.h"

namespace quayside {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr char kManifest[] =
    R"({"schema": 1, "id": "shop", "version": "1.2.3", "contracts": [{"id": "order_sync/1", "scope": "account"}]})";

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  return names;
}

class BundleTest : public ::testing::Test {
 protected:
  std::string Make(const std::string& library, const std::string& manifest = kManifest) {
    PutFile(folder_ / "new/plugin.so", library);
    PutFile(folder_ / "new/manifest.json", manifest);
    return folder_ / "new";
  }

  void ExpectRefused(const std::string& bundle, const ::testing::Matcher<std::string>& message) {
    const auto read = ReadBundle(bundle);
    ASSERT_FALSE(read.ok());
    ExpectError(read.status(), absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid, message);
  }

  // Places the bundle in a child process that ends at the fail point; how it ended.
  int PlaceUntil(const Bundle& bundle, const std::string& fail_point) {
    const pid_t child = fork();
    if (child == 0) {
      _exit(ArmFailPoint(fail_point).ok() && PlaceBundle(bundle, folder_ / "plugins").ok() ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
  }

  TestFolder folder_;
};

TEST_F(BundleTest, ReadBundle_ReadsAndChecksBothFiles) {
  const auto bundle = ReadBundle(Make(MakeElf()));
  ASSERT_TRUE(bundle.ok()) << bundle.status();
  EXPECT_EQ(bundle->manifest_json, kManifest);
  EXPECT_EQ(bundle->manifest.id(), "shop");
  EXPECT_EQ(bundle->library, MakeElf());
  EXPECT_EQ(bundle->sha256.size(), 64u);
  EXPECT_EQ(bundle->manifest_sha256, Sha256Hex(kManifest));
  EXPECT_TRUE(bundle->signatures.empty());
}

TEST_F(BundleTest, Sha256_IsOfTheLibrary) {
  const auto one = ReadBundle(Make(MakeElf()));
  const auto same = ReadBundle(Make(MakeElf(), Concat(kManifest, "\n")));
  const auto other = ReadBundle(Make(MakeElf() + "x"));
  ASSERT_TRUE(one.ok() && same.ok() && other.ok());
  EXPECT_EQ(one->sha256, same->sha256);
  EXPECT_NE(one->sha256, other->sha256);
}

TEST_F(BundleTest, NoFolder_IsRefused_SayingWhatABundleIs) {
  PutFile(folder_ / "file", "x");
  for (const std::string& path : {folder_ / "nothing", folder_ / "file", std::string()}) {
    ExpectRefused(path, HasSubstr("is no folder; a bundle is a folder with plugin.so and manifest.json"));
  }
}

TEST_F(BundleTest, MissingFile_IsNamed) {
  Make(MakeElf());
  fs::remove(folder_ / "new/plugin.so");
  ExpectRefused(folder_ / "new", AllOf(HasSubstr("plugin.so: "), HasSubstr("No such file")));
  fs::remove(folder_ / "new/manifest.json");
  ExpectRefused(folder_ / "new", AllOf(HasSubstr("manifest.json: "), HasSubstr("No such file")));
}

TEST_F(BundleTest, FolderOrPipeInsteadOfAFile_IsRefused_WithoutWaiting) {
  Make(MakeElf());
  fs::remove(folder_ / "new/plugin.so");
  fs::create_directory(folder_ / "new/plugin.so");
  ExpectRefused(folder_ / "new", HasSubstr("is no regular file"));
  fs::remove(folder_ / "new/plugin.so");
  ASSERT_EQ(mkfifo((folder_ / "new/plugin.so").c_str(), 0600), 0);
  ExpectRefused(folder_ / "new", HasSubstr("is no regular file"));
}

TEST_F(BundleTest, TooLarge_IsRefused_WithTheLimit) {
  Make(MakeElf());
  fs::resize_file(folder_ / "new/plugin.so", kMaxLibraryBytes + 1);
  ExpectRefused(folder_ / "new", HasSubstr(Concat("is larger than ", kMaxLibraryBytes, " bytes")));
}

TEST_F(BundleTest, Signatures_AreReadAlong_ByName) {
  Make(MakeElf());
  PutFile(folder_ / "new/signatures/b.sig", "second");
  PutFile(folder_ / "new/signatures/a.sig", "first");
  PutFile(folder_ / "new/signatures/README", "not one");
  const auto bundle = ReadBundle(folder_ / "new");
  ASSERT_TRUE(bundle.ok()) << bundle.status();
  ASSERT_EQ(bundle->signatures.size(), 2u);
  EXPECT_EQ(bundle->signatures[0].name, "a.sig");
  EXPECT_EQ(bundle->signatures[0].text, "first");
  EXPECT_EQ(bundle->signatures[1].text, "second");
}

TEST_F(BundleTest, TooManyOrTooLargeSignatures_AreRefused) {
  Make(MakeElf());
  PutFile(folder_ / "new/signatures/large.sig", std::string(kMaxSignatureBytes + 1, 'x'));
  ExpectRefused(folder_ / "new", HasSubstr("is larger than"));
  fs::remove(folder_ / "new/signatures/large.sig");
  for (size_t i = 0; i <= kMaxSignatures; ++i) PutFile(Concat(folder_ / "new/signatures/", i, ".sig"), "x");
  ExpectRefused(folder_ / "new", HasSubstr("more than 16 signatures"));
}

TEST_F(BundleTest, PlaceBundle_MakesTheFolderOfTheVersion) {
  const auto bundle = ReadBundle(Make(MakeElf()));
  ASSERT_TRUE(bundle.ok());
  const auto placed = PlaceBundle(*bundle, folder_ / "plugins");
  ASSERT_TRUE(placed.ok()) << placed.status();
  EXPECT_EQ(*placed, folder_ / "plugins/shop/1.2.3");
  EXPECT_THAT(NamesIn(*placed), UnorderedElementsAre("plugin.so", "manifest.json"));
  EXPECT_EQ(GetFile(*placed + "/plugin.so"), bundle->library);
  EXPECT_EQ(GetFile(*placed + "/manifest.json"), kManifest);
  EXPECT_THAT(NamesIn(folder_ / "plugins/shop"), ElementsAre("1.2.3"));
}

TEST_F(BundleTest, WhatIsPlaced_IsFoundByItsName_WhereverThePluginFolderIs) {
  const std::string name = PlacedName("shop", "1.2.3");
  EXPECT_EQ(FolderOfPlaced("/a/plugins", "shop", "1.2.3", name), "/a/plugins/shop/1.2.3");
  EXPECT_EQ(FolderOfPlaced("/b", "shop", "1.2.3", name), "/b/shop/1.2.3");
}

TEST_F(BundleTest, AWholePath_IsTakenWhenThePluginFolderHasNoSuchVersion) {
  const std::string former = "/former/plugins/shop/1.2.3";
  EXPECT_EQ(FolderOfPlaced(folder_ / "plugins", "shop", "1.2.3", former), former);
  const auto bundle = ReadBundle(Make(MakeElf()));
  ASSERT_TRUE(bundle.ok());
  ASSERT_TRUE(PlaceBundle(*bundle, folder_ / "plugins").ok());
  EXPECT_EQ(FolderOfPlaced(folder_ / "plugins", "shop", "1.2.3", former), folder_ / "plugins/shop/1.2.3");
}

TEST_F(BundleTest, PlaceBundle_ReplacesAFolderOfTheSameVersion) {
  PutFile(folder_ / "plugins/shop/1.2.3/plugin.so", "damaged");
  PutFile(folder_ / "plugins/shop/1.2.3/something", "else");
  const auto bundle = ReadBundle(Make(MakeElf()));
  ASSERT_TRUE(bundle.ok());
  ASSERT_TRUE(PlaceBundle(*bundle, folder_ / "plugins").ok());
  EXPECT_THAT(NamesIn(folder_ / "plugins/shop/1.2.3"), UnorderedElementsAre("plugin.so", "manifest.json"));
  EXPECT_TRUE(ReadBundle(folder_ / "plugins/shop/1.2.3").ok());
}

TEST_F(BundleTest, PlaceBundle_AfterACrash_StartsAnew) {
  PutFile(folder_ / "plugins/shop/.new-1.2.3/plugin.so", "half");
  PutFile(folder_ / "plugins/shop/.new-1.2.3/left over", "x");
  const auto bundle = ReadBundle(Make(MakeElf()));
  ASSERT_TRUE(bundle.ok());
  ASSERT_TRUE(PlaceBundle(*bundle, folder_ / "plugins").ok());
  EXPECT_THAT(NamesIn(folder_ / "plugins/shop"), ElementsAre("1.2.3"));
  EXPECT_THAT(NamesIn(folder_ / "plugins/shop/1.2.3"), UnorderedElementsAre("plugin.so", "manifest.json"));
}

TEST_F(BundleTest, CrashBeforeTheRename_LeavesNothingOfTheVersion_AndIsRepeatable) {
  const auto bundle = ReadBundle(Make(MakeElf()));
  ASSERT_TRUE(bundle.ok());
  ASSERT_EQ(PlaceUntil(*bundle, "install-before-rename"), SIGKILL);
  EXPECT_FALSE(fs::exists(folder_ / "plugins/shop/1.2.3"));
  ASSERT_TRUE(PlaceBundle(*bundle, folder_ / "plugins").ok());
  EXPECT_TRUE(ReadBundle(folder_ / "plugins/shop/1.2.3").ok());
  EXPECT_THAT(NamesIn(folder_ / "plugins/shop"), ElementsAre("1.2.3"));
}

TEST_F(BundleTest, CrashAfterTheRename_LeavesAllOfIt) {
  const auto bundle = ReadBundle(Make(MakeElf()));
  ASSERT_TRUE(bundle.ok());
  ASSERT_EQ(PlaceUntil(*bundle, "install-after-rename"), SIGKILL);
  EXPECT_TRUE(ReadBundle(folder_ / "plugins/shop/1.2.3").ok());
}

// A file system that cannot exchange: the host ended after it had moved the former folder away.
TEST_F(BundleTest, Sweep_PutsBackWhatWasMovedAway_WhenNothingIsInItsPlace) {
  PutFile(folder_ / "plugins/shop/.old-1.2.3/plugin.so", "former");
  PutFile(folder_ / "plugins/shop/.old-1.2.4/plugin.so", "former");
  PutFile(folder_ / "plugins/shop/1.2.4/plugin.so", "present");
  SweepUnfinishedBundles(folder_ / "plugins");
  EXPECT_THAT(NamesIn(folder_ / "plugins/shop"), UnorderedElementsAre("1.2.3", "1.2.4"));
  EXPECT_EQ(GetFile(folder_ / "plugins/shop/1.2.3/plugin.so"), "former");
  EXPECT_EQ(GetFile(folder_ / "plugins/shop/1.2.4/plugin.so"), "present");
}

TEST_F(BundleTest, PlaceBundle_WhereNothingCanBeWritten_Says) {
  PutFile(folder_ / "plugins", "a file where the folder should be");
  const auto bundle = ReadBundle(Make(MakeElf()));
  ASSERT_TRUE(bundle.ok());
  const auto placed = PlaceBundle(*bundle, folder_ / "plugins");
  ASSERT_FALSE(placed.ok());
  EXPECT_THAT(MessageOf(placed.status()), HasSubstr("cannot make the folder"));
}

TEST_F(BundleTest, WriteFileAtomically_ReplacesWholeFiles_WithTheMode) {
  ASSERT_TRUE(WriteFileAtomically(folder_ / "file", "a long first text", 0600).ok());
  ASSERT_TRUE(WriteFileAtomically(folder_ / "file", "short", 0500).ok());
  EXPECT_EQ(GetFile(folder_ / "file"), "short");
  EXPECT_EQ(fs::status(folder_ / "file").permissions(), fs::perms(0500));
  EXPECT_THAT(NamesIn(folder_.path()), ElementsAre("file"));
}

TEST_F(BundleTest, WriteFileAtomically_AfterACrash_ReplacesWhatIsLeft) {
  PutFile(folder_ / "file.new", "half");
  fs::permissions(folder_ / "file.new", fs::perms(0400));
  ASSERT_TRUE(WriteFileAtomically(folder_ / "file", "whole", 0500).ok());
  EXPECT_EQ(GetFile(folder_ / "file"), "whole");
  EXPECT_EQ(fs::status(folder_ / "file").permissions(), fs::perms(0500));
}

TEST_F(BundleTest, MakeDirectory_MakesParents_AndTakesWhatIsThere) {
  ASSERT_TRUE(MakeDirectory(folder_ / "a/b/c", 0700).ok());
  EXPECT_EQ(fs::status(folder_ / "a/b/c").permissions(), fs::perms(0700));
  EXPECT_TRUE(MakeDirectory(folder_ / "a/b/c", 0700).ok());
}

}  // namespace
}  // namespace quayside
