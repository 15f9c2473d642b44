#include "host/security/ed25519.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "host/base/errors.h"

namespace quayside {
namespace {

using ::testing::HasSubstr;

// RFC 8032, section 7.1, test 2.
constexpr char kPublic[] = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
constexpr char kMessage[] = "72";
constexpr char kSignature[] =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb0"
    "0d291612bb0c00";

std::string Bytes(const char* hex) { return absl::HexStringToBytes(hex); }

TEST(Ed25519Test, VerifiesTheVectorOfTheStandard) {
  EXPECT_TRUE(VerifyEd25519(Bytes(kPublic), Bytes(kMessage), Bytes(kSignature)));
}

TEST(Ed25519Test, AnyFlippedBit_IsSeen) {
  const std::string signature = Bytes(kSignature);
  for (size_t bit = 0; bit < signature.size() * 8; ++bit) {
    std::string other = signature;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(VerifyEd25519(Bytes(kPublic), Bytes(kMessage), other)) << bit;
  }
  EXPECT_FALSE(VerifyEd25519(Bytes(kPublic), "s", signature));
  EXPECT_FALSE(VerifyEd25519(Bytes(kPublic), "", signature));
}

TEST(Ed25519Test, WrongLengths_AreNoSignature) {
  for (size_t size = 0; size < kEd25519SignatureSize; ++size) {
    ASSERT_FALSE(VerifyEd25519(Bytes(kPublic), Bytes(kMessage), Bytes(kSignature).substr(0, size)));
  }
  EXPECT_FALSE(VerifyEd25519("", Bytes(kMessage), Bytes(kSignature)));
  EXPECT_FALSE(VerifyEd25519(Bytes(kPublic) + "x", Bytes(kMessage), Bytes(kSignature)));
}

TEST(Ed25519Test, AKeySigns_AndSurvivesPem) {
  const auto key = Ed25519Key::Generate();
  ASSERT_TRUE(key.ok()) << key.status();
  const auto pem = key->ToPem();
  ASSERT_TRUE(pem.ok());
  EXPECT_THAT(*pem, HasSubstr("-----BEGIN PRIVATE KEY-----"));
  const auto again = Ed25519Key::FromPem(*pem);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->public_key(), key->public_key());
  const auto signature = again->Sign("a statement");
  ASSERT_TRUE(signature.ok());
  EXPECT_TRUE(VerifyEd25519(key->public_key(), "a statement", *signature));
  const auto other = Ed25519Key::Generate();
  EXPECT_FALSE(VerifyEd25519(other->public_key(), "a statement", *signature));
}

TEST(Ed25519Test, WhatIsNoKey_IsRefused_NamingTheTool) {
  for (const char* text :
       {"", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        // X25519: another kind of key
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6UduSwq\n"
        "-----END PRIVATE KEY-----\n"}) {
    const auto key = Ed25519Key::FromPem(text);
    ASSERT_FALSE(key.ok());
    EXPECT_THAT(std::string(key.status().message()), HasSubstr("quayside plugin keygen"));
  }
}

TEST(Ed25519Test, Sha256Hex_IsOfTheBytes) {
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace quayside
