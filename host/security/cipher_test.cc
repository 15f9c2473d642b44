#include "host/security/cipher.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "host/base/clock.h"
#include "host/base/errors.h"
#include "host/plugin/folder_for_tests.h"
#include "host/store/sqlite_store.h"

namespace quayside {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kPlace[] = "order/amz-eu/123-4567";

// A store and a place for the key, beside each other.
class EnvelopeCipherTest : public testing::Test {
 protected:
  EnvelopeCipherTest() { store_ = OpenSqliteStore({.data_dir = folder_ / "data"}).value(); }

  absl::StatusOr<std::unique_ptr<KeyRing>> Open(bool create_if_absent = true) {
    return OpenEnvelopeCipher(*store_, clock_, KeyFile(), create_if_absent);
  }
  std::string KeyFile() const { return folder_ / "keys/master.key"; }
  std::string KeyText() const {
    std::ifstream file(KeyFile());
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  void WriteKey(const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(KeyFile()).parent_path());
    std::ofstream(KeyFile(), std::ios::trunc) << text;
    std::filesystem::permissions(KeyFile(), std::filesystem::perms{0600});
  }
  std::vector<WrappedKeyRecord> StoredKeys() {
    std::vector<WrappedKeyRecord> keys;
    const absl::Status status = store_->Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(keys, tx.ListKeys());
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return keys;
  }
  static void ExpectUnavailable(const absl::Status& status, const char* advice) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(HasReason(status, Reason::kKeyUnavailable)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(advice));
  }

  TestFolder folder_;
  ManualClock clock_{1'700'000'000'000'000};
  std::unique_ptr<Store> store_;
};

TEST_F(EnvelopeCipherTest, Seal_RoundTripsAnyBytes) {
  const std::unique_ptr<Cipher> cipher = Open().value();
  for (const std::string& plain :
       {std::string(), std::string("x"), std::string("\0\xff\0", 3), std::string(1 << 20, 'y')}) {
    const std::string sealed = cipher->Seal(plain, kPlace).value();
    EXPECT_EQ(sealed.size(), 1 + 8 + 12 + plain.size() + 16);
    EXPECT_EQ(cipher->Open(sealed, kPlace).value(), plain);
  }
  EXPECT_EQ(cipher->Open(cipher->Seal("x", "").value(), "").value(), "x");
}

TEST_F(EnvelopeCipherTest, Seal_HidesTheTextAndNeverRepeatsItself) {
  const std::unique_ptr<Cipher> cipher = Open().value();
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string sealed = cipher->Seal("Jane Doe, 1 High Street", kPlace).value();
    EXPECT_THAT(sealed, Not(HasSubstr("Jane")));
    EXPECT_TRUE(seen.insert(sealed.substr(9, 12)).second) << "the same nonce twice";
  }
}

TEST_F(EnvelopeCipherTest, Open_IsRefused_InAnotherPlace) {
  const std::unique_ptr<Cipher> cipher = Open().value();
  const absl::Status status = cipher->Open(cipher->Seal("x", kPlace).value(), "order/amz-eu/999").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(HasReason(status, Reason::kKeyUnavailable));
}

TEST_F(EnvelopeCipherTest, Open_IsRefused_WhenAnyBitWasChanged) {
  const std::unique_ptr<Cipher> cipher = Open().value();
  const std::string sealed = cipher->Seal("some text", kPlace).value();
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string changed = sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(cipher->Open(changed, kPlace).status().code(), absl::StatusCode::kDataLoss) << bit;
  }
  for (size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(cipher->Open(sealed.substr(0, size), kPlace).ok()) << size;
  }
  EXPECT_EQ(cipher->Open(sealed, kPlace).value(), "some text") << "a refusal leaves nothing behind";
}

TEST_F(EnvelopeCipherTest, Cipher_WorksInManyThreads) {
  const std::unique_ptr<Cipher> cipher = Open().value();
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&cipher, t] {
      for (int i = 0; i < 500; ++i) {
        const std::string plain = std::to_string(t) + "/" + std::to_string(i);
        EXPECT_EQ(cipher->Open(cipher->Seal(plain, plain).value(), plain).value(), plain);
        EXPECT_FALSE(cipher->Open(cipher->Seal(plain, plain).value(), "elsewhere").ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(EnvelopeCipherTest, FirstStart_MakesAKeyOnlyItsOwnerReads) {
  ASSERT_TRUE(Open().ok());
  struct stat info = {};
  ASSERT_EQ(::stat(KeyFile().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(KeyText().size(), 45u) << "32 bytes in base64 and a line end";
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_ / "keys"), {}), 1);
  const std::vector<WrappedKeyRecord> keys = StoredKeys();
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].created_us, clock_.Now());
}

TEST_F(EnvelopeCipherTest, NextStart_OpensWhatTheFirstSealed) {
  const std::string sealed = Open().value()->Seal("kept", kPlace).value();
  const std::string key = KeyText();
  EXPECT_EQ(Open().value()->Open(sealed, kPlace).value(), "kept");
  EXPECT_EQ(Open(false).value()->Open(sealed, kPlace).value(), "kept");
  EXPECT_EQ(KeyText(), key);
  EXPECT_EQ(StoredKeys().size(), 1u);
}

TEST_F(EnvelopeCipherTest, KeyMadeByHand_IsTaken) {
  WriteKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n");
  EXPECT_TRUE(Open(false).ok());
  WriteKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
  EXPECT_TRUE(Open(false).ok()) << "without a line end, too";
}

TEST_F(EnvelopeCipherTest, MissingKey_IsSaid_WhenItMayNotBeMade) {
  ExpectUnavailable(Open(false).status(), "master.key");
  EXPECT_TRUE(StoredKeys().empty());
}

TEST_F(EnvelopeCipherTest, MissingKey_IsNeverReplaced_WhenDataWasSealed) {
  ASSERT_TRUE(Open().ok());
  std::filesystem::remove(KeyFile());
  ExpectUnavailable(Open().status(), "put it back");
  EXPECT_FALSE(std::filesystem::exists(KeyFile()));
}

TEST_F(EnvelopeCipherTest, AnotherKey_IsRefused) {
  ASSERT_TRUE(Open().ok());
  WriteKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n");
  ExpectUnavailable(Open().status(), "not the one this database was written with");
  EXPECT_EQ(StoredKeys().size(), 1u);
}

TEST_F(EnvelopeCipherTest, KeyOpenToOthers_IsRefused) {
  ASSERT_TRUE(Open().ok());
  for (const unsigned mode : {0640u, 0604u, 0660u, 0666u, 0644u, 0620u}) {
    std::filesystem::permissions(KeyFile(), std::filesystem::perms{mode});
    ExpectUnavailable(Open().status(), "chmod 600");
  }
  std::filesystem::permissions(KeyFile(), std::filesystem::perms{0400});
  EXPECT_TRUE(Open().ok());
}

TEST_F(EnvelopeCipherTest, WrongKeyFile_IsRefusedWithoutShowingIt) {
  for (const char* text :
       {"", "\n", "c2hvcnQ=\n", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gIQ==\n",
        "!!ECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gICAg\n",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHgo=x"}) {
    SCOPED_TRACE(text);
    WriteKey(text);
    const absl::Status status = Open().status();
    ExpectUnavailable(status, "is not 32 bytes in base64");
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("AAEC")));
    EXPECT_EQ(KeyText(), text) << "never overwritten";
  }
  std::filesystem::remove(KeyFile());
  std::filesystem::create_directory(KeyFile());
  ExpectUnavailable(Open().status(), "not a regular file");
}

TEST_F(EnvelopeCipherTest, KeyThatCannotBeMade_IsSaid) {
  std::ofstream(folder_ / "keys") << "a file in place of the folder";
  ExpectUnavailable(Open().status(), "master.key");
  EXPECT_TRUE(StoredKeys().empty()) << "no data key without the master key that opens it";
}

TEST_F(EnvelopeCipherTest, Rotation_SealsWithANewKey_AndOpensWhatWasSealedBefore) {
  auto ring = Open();
  ASSERT_TRUE(ring.ok()) << ring.status();
  const std::string before = (*ring)->Seal("old", kPlace).value();
  EXPECT_EQ((*ring)->Rotate({.validate_only = true}).value(), 2);
  EXPECT_EQ(StoredKeys().size(), 1U);
  EXPECT_EQ((*ring)->Rotate({}).value(), 2);
  const std::string after = (*ring)->Seal("new", kPlace).value();
  EXPECT_NE(before.substr(0, 9), after.substr(0, 9));
  for (int start = 0; start < 2; ++start) {
    EXPECT_EQ((*ring)->Open(before, kPlace).value(), "old");
    EXPECT_EQ((*ring)->Open(after, kPlace).value(), "new");
    ring = Open();
    ASSERT_TRUE(ring.ok()) << ring.status();
  }
}

TEST_F(EnvelopeCipherTest, RotationOfTheMasterKey_ReplacesTheFile_AndTheOldOneOpensNothing) {
  auto ring = Open();
  ASSERT_TRUE(ring.ok()) << ring.status();
  const std::string sealed = (*ring)->Seal("text", kPlace).value();
  const std::string old_key = KeyText();
  EXPECT_EQ((*ring)->Rotate({.master_key = true}).value(), 2);
  EXPECT_NE(KeyText(), old_key);
  EXPECT_FALSE(std::filesystem::exists(KeyFile() + ".next"));
  EXPECT_EQ((*ring)->Open(sealed, kPlace).value(), "text");
  ring = Open();
  ASSERT_TRUE(ring.ok()) << ring.status();
  EXPECT_EQ((*ring)->Open(sealed, kPlace).value(), "text");
  WriteKey(old_key);
  EXPECT_EQ(ReasonOf(Open().status()), "KEY_UNAVAILABLE");
}

TEST_F(EnvelopeCipherTest, ARotationThatDiedBeforeTheFileTookItsPlace_IsFinishedAtTheNextStart) {
  auto ring = Open();
  ASSERT_TRUE(ring.ok()) << ring.status();
  const std::string sealed = (*ring)->Seal("text", kPlace).value();
  const std::string old_key = KeyText();
  ASSERT_TRUE((*ring)->Rotate({.master_key = true}).ok());
  // As it was between the commit and the rename.
  std::filesystem::rename(KeyFile(), KeyFile() + ".next");
  WriteKey(old_key);
  ring = Open();
  ASSERT_TRUE(ring.ok()) << ring.status();
  EXPECT_EQ((*ring)->Open(sealed, kPlace).value(), "text");
  EXPECT_FALSE(std::filesystem::exists(KeyFile() + ".next"));
}

TEST_F(EnvelopeCipherTest, ARotationThatDiedBeforeItsCommit_LeavesTheKeyAsItWas) {
  ASSERT_TRUE(Open().ok());
  const std::string key = KeyText();
  std::ofstream(KeyFile() + ".next") << "half a k";
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(KeyText(), key);
  auto ring = Open();
  EXPECT_TRUE((*ring)->Rotate({.master_key = true}).ok());
  EXPECT_NE(KeyText(), key);
}

}  // namespace
}  // namespace quayside
