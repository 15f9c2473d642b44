#include "host/plugin/trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "host/base/text.h"
#include "host/plugin/elf_for_tests.h"
#include "host/plugin/errors_for_tests.h"
#include "host/plugin/signing_for_tests.h"

namespace quayside {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kShopManifest[] =
    R"({"schema": 1, "id": "shop", "version": "1.2.3", "contracts": [{"id": "order_sync/1", "scope": "account"}]})";
constexpr TimeUs kNow = 20'000 * kDayUs;  // 2024-10-04

class TrustTest : public ::testing::Test {
 protected:
  TrustTest() {
    fs::create_directories(keys_);
    chmod(keys_.c_str(), 0755);
    PutFile(bundle_ + "/plugin.so", MakeElf());
    PutFile(bundle_ + "/manifest.json", kShopManifest);
  }

  absl::StatusOr<TrustVerdict> Judge(std::optional<TimeUs> accepted_us = std::nullopt) {
    const auto bundle = ReadBundle(bundle_);
    if (!bundle.ok()) return bundle.status();
    return MakeTrustPolicy(clock_, {.trusted_keys = keys_, .development = development_})->Judge(*bundle, accepted_us);
  }
  void ExpectRefused(Reason reason, const ::testing::Matcher<std::string>& message) {
    const auto verdict = Judge();
    ASSERT_FALSE(verdict.ok());
    ExpectError(verdict.status(), absl::StatusCode::kFailedPrecondition, reason, message);
  }
  // Signs with the key and trusts it.
  void SignAndTrust(const TestSigner& signer) {
    signer.Sign(bundle_);
    signer.PutInto(keys_);
  }

  TestFolder folder_;
  std::string keys_ = folder_ / "trusted keys";
  std::string bundle_ = folder_ / "bundle";
  ManualClock clock_{kNow};
  bool development_ = false;
  TestSigner acme_{"Acme"};
};

TEST_F(TrustTest, ATrustedSignature_SaysWhose_AndWhatItGrants) {
  SignAndTrust(acme_);
  const auto verdict = Judge();
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->signer, Concat("Acme (", acme_.trusted.id, ")"));
  EXPECT_THAT(verdict->key_ids, ElementsAre(acme_.trusted.id));
  EXPECT_EQ(verdict->isolation, IsolationMode::kInProcess);
  EXPECT_FALSE(verdict->is_unsigned);
  EXPECT_THAT(verdict->warnings, IsEmpty());
  acme_.trusted.isolation = IsolationMode::kIsolated;
  acme_.PutInto(keys_);
  EXPECT_EQ(Judge()->isolation, IsolationMode::kIsolated);
}

TEST_F(TrustTest, Unsigned_IsRefused_SayingHowToSign) {
  acme_.PutInto(keys_);
  ExpectRefused(Reason::kPluginUnsigned, AllOf(HasSubstr("shop 1.2.3 is not signed"),
                                               HasSubstr("quayside plugin sign FOLDER --key FILE"), HasSubstr(keys_)));
}

TEST_F(TrustTest, Unsigned_InDevelopment_IsShownAndNeverInProcess) {
  development_ = true;
  const auto verdict = Judge();
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->signer, "UNSIGNED");
  EXPECT_TRUE(verdict->is_unsigned);
  EXPECT_EQ(verdict->isolation, IsolationMode::kIsolated);
  EXPECT_THAT(verdict->key_ids, IsEmpty());
}

TEST_F(TrustTest, AnUnknownKey_IsRefused_NamingTheFolder) {
  acme_.Sign(bundle_);
  TestSigner("Somebody else").PutInto(keys_);
  ExpectRefused(Reason::kKeyUnknown, AllOf(HasSubstr(acme_.trusted.id), HasSubstr(keys_), HasSubstr("trust add")));
  fs::remove_all(keys_);
  ExpectRefused(Reason::kKeyUnknown, HasSubstr(keys_));
}

// The text names a trusted key, another one made it.
TEST_F(TrustTest, AForgedSignature_IsRefused) {
  SignAndTrust(acme_);
  const std::string path = Concat(bundle_, "/signatures/", acme_.trusted.id, ".sig");
  std::string text = GetFile(path);
  const auto forged = TestSigner().key.Sign(text.substr(0, text.find("signature ", 20)));
  ASSERT_TRUE(forged.ok());
  text = Concat(text.substr(0, text.find("signature ", 20)), "signature ", absl::Base64Escape(*forged), "\n");
  PutFile(path, text);
  ExpectRefused(Reason::kSignatureWrong, AllOf(HasSubstr("was not made with the key of Acme"), HasSubstr("sign")));
}

TEST_F(TrustTest, AChangedStatement_IsRefused) {
  SignAndTrust(acme_);
  const std::string path = Concat(bundle_, "/signatures/", acme_.trusted.id, ".sig");
  std::string text = GetFile(path);
  text.replace(text.find("1.2.3"), 5, "1.2.4");
  PutFile(path, text);
  ExpectRefused(Reason::kSignatureWrong, HasSubstr("or its text was changed"));
}

TEST_F(TrustTest, AChangedLibrary_IsRefused_NamingTheFileAndBothHashes) {
  SignAndTrust(acme_);
  PutFile(bundle_ + "/plugin.so", MakeElf() + "x");
  ExpectRefused(Reason::kBundleChanged,
                AllOf(HasSubstr("plugin.so was changed after signing"), HasSubstr(Sha256Hex(MakeElf())),
                      HasSubstr(Sha256Hex(MakeElf() + "x")), HasSubstr("or sign it again")));
}

TEST_F(TrustTest, AChangedManifest_IsRefused) {
  SignAndTrust(acme_);
  PutFile(bundle_ + "/manifest.json", Concat(kShopManifest, "\n"));
  ExpectRefused(Reason::kBundleChanged, HasSubstr("manifest.json was changed after signing"));
}

TEST_F(TrustTest, ASignatureOfAnotherVersion_IsRefused_NamingBoth) {
  SignAndTrust(acme_);
  std::string manifest = kShopManifest;
  manifest.replace(manifest.find("1.2.3"), 5, "1.2.4");
  PutFile(bundle_ + "/manifest.json", manifest);
  ExpectRefused(Reason::kBundleChanged, HasSubstr("the signature is of shop 1.2.3, this bundle is shop 1.2.4"));
}

TEST_F(TrustTest, ARevokedKey_IsRefused_WithTheReason_AlsoWhatWasAcceptedBefore) {
  acme_.trusted.revoked = KeyRevocation{kNow - kDayUs, "a laptop was stolen"};
  SignAndTrust(acme_);
  ExpectRefused(Reason::kKeyRevoked,
                AllOf(HasSubstr("the key of Acme was revoked on 2024-10-03T00:00:00Z: a laptop was stolen"),
                      HasSubstr("get the bundle signed with a key that is trusted now")));
  EXPECT_TRUE(HasReason(Judge(kNow - 100 * kDayUs).status(), Reason::kKeyRevoked));
}

TEST_F(TrustTest, AnotherPlugin_IsRefused_NamingWhatTheKeyMaySign) {
  acme_.trusted.plugins = {"amazon", "acme-*"};
  SignAndTrust(acme_);
  ExpectRefused(Reason::kKeyNotForPlugin, AllOf(HasSubstr("may sign amazon, acme-* and not shop"),
                                                HasSubstr(Concat(keys_, "/", acme_.trusted.id, ".toml"))));
}

TEST_F(TrustTest, DatesAreJudgedByTheHostsClock) {
  acme_.trusted.not_before = kNow + kDayUs;
  acme_.trusted.not_after = kNow + 2 * kDayUs;
  SignAndTrust(acme_);
  ExpectRefused(Reason::kKeyNotYetValid, AllOf(HasSubstr("is trusted from 2024-10-05T00:00:00Z on"),
                                               HasSubstr("this host's clock reads 2024-10-04T00:00:00Z")));
  clock_.Set(kNow + kDayUs - 1);
  EXPECT_FALSE(Judge().ok());
  clock_.Set(kNow + kDayUs);
  EXPECT_TRUE(Judge().ok());
  clock_.Set(kNow + 2 * kDayUs - 1);
  EXPECT_TRUE(Judge().ok());
  clock_.Set(kNow + 2 * kDayUs);
  ExpectRefused(Reason::kKeyExpired, AllOf(HasSubstr("the key of Acme expired on 2024-10-06T00:00:00Z"),
                                           HasSubstr("signed with a newer key")));
}

// A clock that was set back must not stop at the next start what was taken in good time.
TEST_F(TrustTest, WhatWasAcceptedInTime_StaysTrusted_WhenTheClockIsSetBack) {
  acme_.trusted.not_before = kNow;
  SignAndTrust(acme_);
  clock_.Set(kNow - 400 * kDayUs);
  ExpectRefused(Reason::kKeyNotYetValid, HasSubstr("is trusted from"));
  EXPECT_TRUE(Judge(kNow).ok());
}

// A key that ends must not stop, at the next restart, what has been running for months.
TEST_F(TrustTest, WhatWasAcceptedBeforeItsKeyExpired_StaysTrusted_WithAWarning) {
  acme_.trusted.not_after = kNow - kDayUs;
  SignAndTrust(acme_);
  const auto verdict = Judge(kNow - 2 * kDayUs);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_THAT(verdict->warnings, ElementsAre(HasSubstr("expired on 2024-10-03T00:00:00Z; this build was accepted")));
  EXPECT_TRUE(HasReason(Judge(kNow - kDayUs).status(), Reason::kKeyExpired));
}

TEST_F(TrustTest, WhatWasAcceptedBeforeAKeyBegan_IsTrustedWithItOnceItHas) {
  acme_.trusted.not_before = kNow - kDayUs;
  SignAndTrust(acme_);
  EXPECT_TRUE(Judge(kNow - 2 * kDayUs).ok());
  // By a clock that was put back since.
  acme_.trusted.not_before = kNow + kDayUs;
  SignAndTrust(acme_);
  EXPECT_TRUE(Judge(kNow + 2 * kDayUs).ok());
  EXPECT_TRUE(HasReason(Judge(kNow - 2 * kDayUs).status(), Reason::kKeyNotYetValid));
}

TEST_F(TrustTest, AKeyAboutToExpire_IsAWarning) {
  acme_.trusted.not_after = kNow + 31 * kDayUs;
  SignAndTrust(acme_);
  EXPECT_THAT(Judge()->warnings, IsEmpty());
  clock_.Advance(kDayUs);
  EXPECT_THAT(Judge()->warnings, ElementsAre(HasSubstr("expires on 2024-11-04T00:00:00Z")));
}

TEST_F(TrustTest, Rotation_OldAndNewSignatureSideBySide) {
  const TestSigner next{"Acme next"};
  SignAndTrust(acme_);
  next.Sign(bundle_);  // before every host knows the new key
  ASSERT_TRUE(Judge().ok());
  EXPECT_THAT(Judge()->key_ids, ElementsAre(acme_.trusted.id));
  next.PutInto(keys_);
  EXPECT_THAT(Judge()->signer, AllOf(HasSubstr("Acme ("), HasSubstr("Acme next (")));
  // The old key goes, in whatever way.
  acme_.trusted.revoked = KeyRevocation{0, "replaced"};
  acme_.PutInto(keys_);
  ASSERT_TRUE(Judge().ok());
  EXPECT_THAT(Judge()->key_ids, ElementsAre(next.trusted.id));
  EXPECT_THAT(Judge()->warnings, IsEmpty());
}

TEST_F(TrustTest, TwoKeys_GrantWhatTheStrongerGrants) {
  acme_.trusted.isolation = IsolationMode::kIsolated;
  SignAndTrust(acme_);
  const TestSigner reviewers{"Reviewers"};
  SignAndTrust(reviewers);
  EXPECT_EQ(Judge()->isolation, IsolationMode::kInProcess);
}

TEST_F(TrustTest, WhenNoSignatureIsTrusted_EachIsExplained_UnderTheReasonThatGotFurthest) {
  TestSigner expired{"Expired"};
  expired.trusted.not_after = kNow - 1;
  SignAndTrust(expired);
  acme_.Sign(bundle_);
  PutFile(bundle_ + "/signatures/note.sig", "hello");
  ExpectRefused(Reason::kKeyExpired,
                AllOf(HasSubstr("the key of Expired expired"), HasSubstr("no key of this id is trusted"),
                      HasSubstr("signatures/note.sig does not begin")));
}

// Whoever signs wants to know that it did not work, in development most of all.
TEST_F(TrustTest, InDevelopment_AnUntrustedSignature_IsRefused_SayingHowToGoOn) {
  development_ = true;
  acme_.Sign(bundle_);
  ExpectRefused(Reason::kKeyUnknown,
                HasSubstr("in development mode a bundle without its folder 'signatures' runs UNSIGNED"));
}

TEST_F(TrustTest, AnUnreadableKeyFile_TrustsNothing_AndIsNamed) {
  acme_.Sign(bundle_);
  PutFile(Concat(keys_, "/", acme_.trusted.id, ".toml"), "name = ");
  chmod(Concat(keys_, "/", acme_.trusted.id, ".toml").c_str(), 0644);
  ExpectRefused(Reason::kKeyUnknown, HasSubstr(acme_.trusted.id + ".toml:1: "));
}

TEST_F(TrustTest, AFolderOthersCanWrite_IsRefused_NamingTheRemedy) {
  SignAndTrust(acme_);
  chmod(keys_.c_str(), 0775);
  ExpectRefused(Reason::kTrustedKeysUnsafe, AllOf(HasSubstr(keys_), HasSubstr("chmod go-w")));
  chmod(keys_.c_str(), 0755);
  ASSERT_TRUE(Judge().ok());
  chmod(Concat(keys_, "/", acme_.trusted.id, ".toml").c_str(), 0666);
  ExpectRefused(Reason::kTrustedKeysUnsafe, AllOf(HasSubstr(".toml"), HasSubstr("chmod go-w")));
}

TEST_F(TrustTest, AFolderOfSomebodyElse_IsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  SignAndTrust(acme_);
  ASSERT_EQ(chown(keys_.c_str(), 12345, 12345), 0);
  ExpectRefused(Reason::kTrustedKeysUnsafe, HasSubstr("belongs to another user"));
}

}  // namespace
}  // namespace quayside
