#include "host/net/transfer/local_rename.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "host/base/file_descriptor.h"
#include "host/plugin/folder_for_tests.h"

namespace quayside {
namespace {

namespace fs = std::filesystem;

// Both ways keep the same promise, whichever the file system of a test's folder can.
class LocalRenameTest : public ::testing::TestWithParam<decltype(&RenameToNew)> {
 protected:
  LocalRenameTest() {
    fs::create_directory(folder_ / "to");
    from_ = FileDescriptor(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    to_ = FileDescriptor(open((folder_ / "to").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    Put("a", "first");
  }

  void Put(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  [[nodiscard]] std::string Get(const std::string& name) const {
    std::ifstream file(folder_ / name);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  [[nodiscard]] int Rename(const std::string& from, const std::string& to) const {
    return GetParam()(from_.get(), from, to_.get(), to);
  }

  const TestFolder made_;
  const fs::path folder_ = made_.path();
  FileDescriptor from_;
  FileDescriptor to_;
};

INSTANTIATE_TEST_SUITE_P(Ways, LocalRenameTest, ::testing::Values(&RenameToNew, &LookAndRename));

TEST_P(LocalRenameTest, AFileGetsANameThatIsFree) {
  EXPECT_EQ(Rename("a", "b"), 0);
  EXPECT_EQ(Get("to/b"), "first");
  EXPECT_FALSE(fs::exists(folder_ / "a"));
}

TEST_P(LocalRenameTest, WhatIsThereStays) {
  Put("to/b", "second");
  EXPECT_EQ(Rename("a", "b"), EEXIST);
  EXPECT_EQ(Get("to/b"), "second");
  EXPECT_EQ(Get("a"), "first");
  fs::create_symlink("nowhere", folder_ / "to/link");
  EXPECT_EQ(Rename("a", "link"), EEXIST);
}

TEST_P(LocalRenameTest, WhatIsMissingIsTold) { EXPECT_EQ(Rename("c", "b"), ENOENT); }

}  // namespace
}  // namespace quayside
