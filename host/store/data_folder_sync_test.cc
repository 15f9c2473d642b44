// A new data folder is on the disk before anything is stored in it. Watches the process's own calls of fsync.
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "host/store/data_folder.h"
#include "host/store/sqlite_test_support.h"

namespace {

class SyncedPaths {
 public:
  void Add(const std::string& path) {
    const std::lock_guard<std::mutex> lock(mutex_);
    paths_.push_back(path);
  }
  std::vector<std::string> Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(paths_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> paths_;
};

SyncedPaths& Synced() {
  static SyncedPaths paths;
  return paths;
}

}  // namespace

// Stands in front of the C library's for the whole program, and does the same.
extern "C" int fsync(int file) {
  std::error_code ignored;
  Synced().Add(std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file), ignored).string());
  return static_cast<int>(::syscall(SYS_fsync, file));
}

namespace quayside {
namespace {

using testing::Contains;
using testing::IsEmpty;

TEST(DataFolder, BringsItsOwnNameToTheDisk_AndThoseOfTheFoldersMadeForIt) {
  const TemporaryFolder folder;
  Synced().Take();
  ASSERT_TRUE(DataFolder::Take(folder.path() + "/var/lib").ok());
  const std::vector<std::string> synced = Synced().Take();
  EXPECT_THAT(synced, Contains(folder.path()));
  EXPECT_THAT(synced, Contains(folder.path() + "/var"));
}

TEST(DataFolder, SyncsNothing_WhenItIsThere) {
  const TemporaryFolder folder;
  ASSERT_TRUE(DataFolder::Take(folder.data()).ok());
  Synced().Take();
  ASSERT_TRUE(DataFolder::Take(folder.data()).ok());
  EXPECT_THAT(Synced().Take(), IsEmpty());
}

}  // namespace
}  // namespace quayside
