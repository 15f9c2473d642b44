#include "host/security/key_place.h"

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "host/base/errors.h"
#include "host/plugin/folder_for_tests.h"

namespace quayside {
namespace {

class KeyPlaceTest : public testing::Test {
 protected:
  bool MayStand(const std::string& key, const std::string& data = "/data") {
    return CheckKeyPlace(folder_ + key, folder_ + data).ok();
  }
  const TestFolder scratch_;
  const std::string folder_ = scratch_.path();
};

TEST_F(KeyPlaceTest, BesideTheDataFolder_IsGood_WhetherItIsThereOrNot) {
  for (int there = 0; there < 2; ++there) {
    EXPECT_TRUE(MayStand("/master.key"));
    EXPECT_TRUE(MayStand("/data-keys/master.key"));
    EXPECT_TRUE(MayStand("/data/../master.key"));
    EXPECT_TRUE(MayStand("/master.key", "/data/"));
    std::filesystem::create_directories(folder_ + "/data");
  }
}

TEST_F(KeyPlaceTest, BelowTheDataFolder_IsRefused_HoweverItIsWritten) {
  for (int there = 0; there < 2; ++there) {
    EXPECT_FALSE(MayStand("/data/master.key"));
    EXPECT_FALSE(MayStand("/data/keys/deep/master.key"));
    EXPECT_FALSE(MayStand("/x/../data/./master.key"));
    EXPECT_FALSE(MayStand("/data/master.key", "/data/"));
    EXPECT_FALSE(MayStand("/data//master.key", "/./data"));
    std::filesystem::create_directories(folder_ + "/data");
  }
  EXPECT_FALSE(CheckKeyPlace("/etc/quayside/master.key", "/").ok());
  const absl::Status refused = CheckKeyPlace(folder_ + "/data/master.key", folder_ + "/data");
  EXPECT_TRUE(HasReason(refused, Reason::kConfigFile));
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr(folder_ + "/data/master.key"));
}

TEST_F(KeyPlaceTest, ALinkHidesNothing) {
  namespace fs = std::filesystem;
  fs::create_directories(folder_ + "/data/keys");
  fs::create_directories(folder_ + "/outside");
  fs::create_directory_symlink(folder_ + "/data/keys", folder_ + "/seems-outside");
  EXPECT_FALSE(MayStand("/seems-outside/master.key"));
  fs::create_directory_symlink(folder_ + "/data", folder_ + "/also-data");
  EXPECT_FALSE(MayStand("/data/master.key", "/also-data"));
  std::ofstream(folder_ + "/data/keys/master.key") << "a key";
  fs::create_symlink(folder_ + "/data/keys/master.key", folder_ + "/outside/link.key");
  EXPECT_FALSE(MayStand("/outside/link.key"));
  fs::create_symlink(folder_ + "/outside/master.key", folder_ + "/data/link.key");
  EXPECT_FALSE(MayStand("/data/link.key")) << "a rotation would put the key itself there";
  EXPECT_TRUE(MayStand("/outside/master.key"));
}

}  // namespace
}  // namespace quayside
