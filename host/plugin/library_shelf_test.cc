#include "host/plugin/library_shelf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include "host/base/text.h"
#include "host/plugin/bundle.h"
#include "host/plugin/folder_for_tests.h"
#include "host/security/ed25519.h"

namespace quayside {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kNow = 1000 * kSecondNs;
constexpr FileStamp kFile{.device = 1, .inode = 2, .size = 3, .changed_ns = kNow - 5 * kSecondNs};

LibraryShelf::Library Holding(size_t size, std::string sha256) {
  const std::shared_ptr<char[]> bytes(new char[size]);
  std::fill_n(bytes.get(), size, 'x');
  return {LibraryBytes(bytes, size), std::move(sha256)};
}

FileStamp Inode(uint64_t inode) {
  FileStamp stamp = kFile;
  stamp.inode = inode;
  return stamp;
}

TEST(LibraryShelf, Find_AnswersWhatTheVeryFileHeld) {
  LibraryShelf shelf;
  EXPECT_FALSE(shelf.Find(kFile).has_value());
  shelf.Keep(kFile, kFile, kNow, Holding(3, "hash"));
  const auto found = shelf.Find(kFile);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->bytes.view(), "xxx");
  EXPECT_EQ(found->sha256, "hash");
  shelf.Clear();
  EXPECT_FALSE(shelf.Find(kFile).has_value());
}

TEST(LibraryShelf, Find_KnowsNothing_OfAFileThatWasTouched) {
  LibraryShelf shelf;
  shelf.Keep(kFile, kFile, kNow, Holding(3, "hash"));
  for (const auto touch : {+[](FileStamp& stamp) { ++stamp.device; }, +[](FileStamp& stamp) { ++stamp.inode; },
                           +[](FileStamp& stamp) { ++stamp.size; }, +[](FileStamp& stamp) { ++stamp.changed_ns; }}) {
    FileStamp touched = kFile;
    touch(touched);
    EXPECT_FALSE(shelf.Find(touched).has_value());
  }
}

TEST(LibraryShelf, Keep_TakesNothing_ThatChangedMeanwhileOrJustNow) {
  LibraryShelf shelf;
  FileStamp after = kFile;
  ++after.changed_ns;
  shelf.Keep(kFile, after, kNow, Holding(3, "hash"));
  EXPECT_FALSE(shelf.Find(kFile).has_value());
  EXPECT_FALSE(shelf.Find(after).has_value());
  FileStamp fresh = kFile;
  fresh.changed_ns = kNow - kSecondNs / 2;
  shelf.Keep(fresh, fresh, kNow, Holding(3, "hash"));
  EXPECT_FALSE(shelf.Find(fresh).has_value());
}

TEST(LibraryShelf, Keep_LetsTheOldestGo_BeyondNumberAndBytes) {
  LibraryShelf shelf;
  for (uint64_t inode = 1; inode <= LibraryShelf::kMostLibraries + 1; ++inode) {
    shelf.Keep(Inode(inode), Inode(inode), kNow, Holding(3, Concat(inode)));
    EXPECT_TRUE(shelf.Find(Inode(1)).has_value() || inode > LibraryShelf::kMostLibraries);
  }
  EXPECT_FALSE(shelf.Find(Inode(2)).has_value()) << "asked for longest ago";
  shelf.Keep(Inode(10), Inode(10), kNow, Holding(LibraryShelf::kMostBytes, "large"));
  EXPECT_TRUE(shelf.Find(Inode(10)).has_value());
  EXPECT_FALSE(shelf.Find(Inode(1)).has_value());
  shelf.Keep(Inode(11), Inode(11), kNow, Holding(LibraryShelf::kMostBytes + 1, "too large"));
  EXPECT_FALSE(shelf.Find(Inode(11)).has_value());
}

TEST(LibraryShelf, Stamp_IsAnother_AfterEveryWayToChangeAFile) {
  const TestFolder folder;
  const std::string path = folder / "plugin.so";
  const auto write = [&](const std::string& bytes) { ASSERT_TRUE(WriteFileAtomically(path, bytes, 0644).ok()); };
  write("first");
  const auto file = ReadLibraryFile(path);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->bytes.view(), "first");
  EXPECT_EQ(StampOfFile(path).value(), file->stamp);
  EXPECT_EQ(HashMeanwhile(file->bytes).get(), Sha256Hex("first"));
  write("other");  // as long, in another file
  EXPECT_NE(StampOfFile(path).value(), file->stamp);
  std::filesystem::resize_file(path, 4);
  EXPECT_NE(StampOfFile(path).value().size, file->stamp.size);
  std::filesystem::remove(path);
  EXPECT_TRUE(absl::IsNotFound(StampOfFile(path).status()));
}

TEST(LibraryShelf, ManyAtOnce_FindWholeLibraries) {
  LibraryShelf shelf;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&shelf, t] {
      for (uint64_t i = 0; i < 300; ++i) {
        const uint64_t inode = (i + static_cast<uint64_t>(t)) % 6;
        if (i % 50 == 49) shelf.Clear();
        const auto found = shelf.Find(Inode(inode));
        if (found.has_value()) {
          EXPECT_EQ(found->sha256, Concat(inode));
          EXPECT_EQ(found->bytes.size(), inode + 1);
        } else {
          shelf.Keep(Inode(inode), Inode(inode), kNow, Holding(inode + 1, Concat(inode)));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace quayside
