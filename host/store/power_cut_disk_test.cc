// The simulated disk keeps what was synced, and of the rest anything.
#include <functional>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "host/store/sqlite_test_support.h"
#include "host/store/testing/folder_contents.h"
#include "host/store/testing/power_cut_machine.h"

namespace quayside {
namespace {

using testing::Contains;
using testing::Each;

constexpr uint64_t kSeeds = 400;

// Everything that cuts leave of a file that these changes were made to.
std::set<std::string> LeftOf(const std::function<void(UnsyncedFile&)>& change) {
  std::set<std::string> left;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SeededRng rng(seed);
    UnsyncedFile file(std::string(1024, '-'));
    change(file);
    left.insert(file.AfterCut(AnyCutStyle(rng), rng));
  }
  return left;
}

std::string Sectors(char first, char second) { return std::string(512, first) + std::string(512, second); }

TEST(UnsyncedFile, KeepsWhatWasSynced) {
  const std::set<std::string> left = LeftOf([](UnsyncedFile& file) {
    file.Write(0, std::string(1024, 'a'));
    file.Sync();
  });
  EXPECT_THAT(left, Each(std::string(1024, 'a')));
}

TEST(UnsyncedFile, KeepsWritesInAnyOrder_OrNone) {
  const std::set<std::string> left = LeftOf([](UnsyncedFile& file) {
    file.Write(0, std::string(512, 'a'));
    file.Write(512, std::string(512, 'b'));
  });
  EXPECT_THAT(left, Contains(Sectors('-', '-')));
  EXPECT_THAT(left, Contains(Sectors('a', '-')));
  EXPECT_THAT(left, Contains(Sectors('-', 'b'))) << "the second without the first";
  EXPECT_THAT(left, Contains(Sectors('a', 'b')));
}

TEST(UnsyncedFile, TearsSectors_ButTouchesNothingThatWasNotWritten) {
  const std::set<std::string> left = LeftOf([](UnsyncedFile& file) { file.Write(100, std::string(200, 'a')); });
  bool torn = false;
  for (const std::string& content : left) {
    EXPECT_EQ(content.substr(0, 100), std::string(100, '-'));
    EXPECT_EQ(content.substr(300), std::string(724, '-'));
    const std::string written = content.substr(100, 200);
    torn = torn || (written.find('a') != std::string::npos && written.find('-') != std::string::npos);
  }
  EXPECT_TRUE(torn);
}

TEST(UnsyncedFile, MayGrowWithoutItsContent) {
  bool found = false;
  for (const std::string& content : LeftOf([](UnsyncedFile& file) { file.Write(1024, std::string(512, 'a')); })) {
    found = found || (content.size() == 1536 && content.find('a') == std::string::npos);
  }
  EXPECT_TRUE(found);
}

TEST(UnsyncedFile, MayKeepWhatATruncationTookAway) {
  const std::set<std::string> left = LeftOf([](UnsyncedFile& file) { file.Truncate(0); });
  EXPECT_THAT(left, Contains(""));
  EXPECT_THAT(left, Contains(std::string(1024, '-')));
}

TEST(UnsyncedFile, TruncatesAsAWhole_OrNotAtAll) {
  const std::set<std::string> left = LeftOf([](UnsyncedFile& file) { file.Truncate(512); });
  EXPECT_THAT(left, testing::UnorderedElementsAre(std::string(512, '-'), std::string(1024, '-')));
}

TEST(UnsyncedFile, KeepsOldContent_OrWhatWasWrittenAfterATruncation_ButNoMixture) {
  const std::set<std::string> left = LeftOf([](UnsyncedFile& file) {
    file.Truncate(0);
    file.Write(0, std::string(512, 'a'));
    file.Truncate(0);
    file.Write(512, std::string(512, 'b'));
  });
  for (const std::string& content : left) {
    const int kinds = static_cast<int>(content.find('-') != std::string::npos) +
                      static_cast<int>(content.find('a') != std::string::npos) +
                      static_cast<int>(content.find('b') != std::string::npos);
    EXPECT_LE(kinds, 1) << content;
  }
  EXPECT_THAT(left, Contains(std::string(1024, '-')));
  EXPECT_THAT(left, Contains(std::string(512, 'a')));
  EXPECT_THAT(left, Contains(std::string(512, '\0') + std::string(512, 'b')));
}

TEST(UnsyncedFolder, ForgetsNamesUntilItIsSynced) {
  std::set<size_t> counts;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SeededRng rng(seed);
    UnsyncedFolder folder(UnsyncedFolder::Contents{{"old", "o"}});
    folder.Delete("old");
    folder.Make("new")->Sync();
    counts.insert(folder.AfterCut(AnyCutStyle(rng), rng).size());
    folder.Sync();
    EXPECT_THAT(folder.AfterCut(AnyCutStyle(rng), rng), testing::ElementsAre(testing::Key("new")));
  }
  EXPECT_THAT(counts, testing::ElementsAre(0u, 1u, 2u));
}

TEST(PowerCutDisk, SeesWhatTheSystemSees) {
  const TemporaryFolder folder;
  SeededRng rng(1);
  PowerCutMachine machine(folder.path(), rng, {});
  auto store = machine.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  for (int64_t n = 1; n <= 50; ++n) {
    const absl::Status written = (*store)->Write([&](Tx& tx) { return tx.PutOrder(sample::Order(n), {}); });
    ASSERT_TRUE(written.ok()) << written;
  }
  const auto expect_same = [&] {
    UnsyncedFolder::Contents system = ReadFolder(machine.data_dir());
    system.erase("quayside.db-shm");
    system.erase("quayside.lock");  // not SQLite's
    EXPECT_TRUE(machine.disk().Current() == system);
  };
  expect_same();
  store->reset();  // checkpoints and removes the log
  expect_same();
  EXPECT_GT(machine.disk().steps(), 100u);
}

TEST(PowerCutDisk, FailsEverything_WhenItIsOff) {
  const TemporaryFolder folder;
  SeededRng rng(1);
  PowerCutMachine machine(folder.path(), rng, {});
  const auto store = machine.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  machine.disk().Cut();
  EXPECT_FALSE((*store)->Write([](Tx& tx) { return tx.PutOrder(sample::Order(1), {}); }).ok());
  EXPECT_FALSE(machine.Open().ok());
}

}  // namespace
}  // namespace quayside
