#include "host/net/store_secret_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "host/base/clock.h"
#include "host/base/errors.h"
#include "host/store/sqlite_store.h"

namespace quayside {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StoreSecretSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) / "store_secret_source_test";
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    auto store = OpenSqliteStore({.data_dir = (folder_ / "data").string()});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    auto cipher = OpenEnvelopeCipher(*store_, clock_, (folder_ / "master.key").string(), true);
    ASSERT_TRUE(cipher.ok()) << cipher.status();
    cipher_ = *std::move(cipher);
    ASSERT_TRUE(
        store_->Write([](Tx& tx) { return tx.PutAccount({.id = "acc", .plugin_id = "amazon", .revision = 1}); }).ok());
  }
  void TearDown() override {
    cipher_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void Put(const std::string& name, const std::string& sealed) {
    ASSERT_TRUE(store_->Write([&](Tx& tx) { return tx.PutSecret("acc", name, sealed); }).ok());
  }
  absl::StatusOr<std::string> Get(const std::string& account, const std::string& name) {
    return StoreSecretSource(*store_, *cipher_).GetSecret(account, name);
  }

  std::filesystem::path folder_;
  ManualClock clock_{1'800'000'000 * kSecondUs};
  std::unique_ptr<Store> store_;
  std::unique_ptr<Cipher> cipher_;
};

TEST_F(StoreSecretSourceTest, GetSecret_OpensWhatWasSealedForThisPlace) {
  Put("client_secret", *cipher_->Seal("open sesame", SecretContext("acc", "client_secret")));
  const auto secret = Get("acc", "client_secret");
  ASSERT_TRUE(secret.ok()) << secret.status();
  EXPECT_EQ(*secret, "open sesame");
}

TEST_F(StoreSecretSourceTest, AMissingSecret_IsNamed) {
  for (const char* account : {"acc", "nobody"}) {
    const absl::Status status = Get(account, "refresh_token").status();
    EXPECT_TRUE(absl::IsUnauthenticated(status)) << status;
    EXPECT_TRUE(HasReason(status, Reason::kSecretMissing));
    EXPECT_EQ(MetadataOf(status)["secret"], "refresh_token");
  }
}

TEST_F(StoreSecretSourceTest, ASecretMovedToAnotherName_DoesNotOpen) {
  Put("refresh_token", *cipher_->Seal("open sesame", SecretContext("acc", "client_secret")));
  const absl::Status status = Get("acc", "refresh_token").status();
  EXPECT_TRUE(HasReason(status, Reason::kKeyUnavailable)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("'refresh_token' of account 'acc'"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("sesame")));
}

}  // namespace
}  // namespace quayside
