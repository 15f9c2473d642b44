#include "host/net/signing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <map>

#include "absl/strings/escaping.h"
#include "host/base/errors.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::HasSubstr;
using ::testing::Not;

class SigningSecrets final : public SecretSource {
 public:
  absl::StatusOr<std::string> GetSecret(const std::string& account_id, const std::string& name) override {
    const auto found = values.find(account_id + "/" + name);
    if (found != values.end()) return found->second;
    return MakeError(absl::StatusCode::kUnauthenticated, Reason::kSecretMissing, "the secret is not set");
  }
  std::map<std::string, std::string> values;
};

class SigningTest : public ::testing::Test {
 protected:
  SigningTest() {
    pb::Secret& secret = *manifest_.add_secrets();
    secret.set_name("key");
    secret.add_sign_algorithms("hmac_sha256");
    secret.add_sign_algorithms("rsa_sha256");
    manifest_.add_secrets()->set_name("password");
    secrets_.values["shop/key"] = "Jefe";
    secrets_.values["shop/password"] = "canary";
    request_.set_secret("key");
    request_.set_algorithm("hmac_sha256");
    request_.set_data("what do ya want for nothing?");
    request_.set_encoding("hex");
  }
  absl::StatusOr<pb::SignReply> Sign() {
    CallContext context;
    context.account_id = "shop";
    context.manifest = &manifest_;
    return MakeSigningService(secrets_)->Handle(request_, context);
  }
  void ExpectRefused(absl::StatusCode code, Reason reason) {
    const auto reply = Sign();
    EXPECT_EQ(reply.status().code(), code) << reply.status();
    EXPECT_TRUE(HasReason(reply.status(), reason)) << reply.status();
    EXPECT_THAT(reply.status().ToString(), Not(HasSubstr("canary")));
  }

  pb::Manifest manifest_;
  SigningSecrets secrets_;
  pb::SignRequest request_;
};

// RFC 4231 and RFC 2202, test case 2.
TEST(SignBytes, Hmac_IsThatOfTheStandard) {
  const auto signature = [](const char* algorithm) {
    return absl::BytesToHexString(SignBytes(algorithm, "Jefe", "what do ya want for nothing?").value());
  };
  EXPECT_EQ(signature("hmac_sha256"), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(signature("hmac_sha1"), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(signature("hmac_sha512"),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
}

TEST(SignBytes, Rsa_IsVerifiedByThePublicKey) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_RSA_gen(2048), &EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), &BIO_free_all);
  ASSERT_EQ(PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
  char* pem = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &pem);
  const auto signature = SignBytes("rsa_sha256", std::string_view(pem, static_cast<size_t>(size)), "data");
  ASSERT_TRUE(signature.ok()) << signature.status();
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  ASSERT_EQ(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()), 1);
  EXPECT_EQ(EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature->data()),
                             signature->size(), reinterpret_cast<const unsigned char*>("data"), 4),
            1);
}

TEST_F(SigningTest, ADeclaredSecret_Signs_AndStaysHere) {
  const auto reply = Sign();
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->signature(), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  request_.set_encoding("base64");
  EXPECT_EQ(Sign()->signature(), "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
  request_.set_encoding("");
  EXPECT_EQ(Sign()->signature().size(), 32U);
}

TEST_F(SigningTest, WhatTheManifestDoesNotDeclare_IsDenied) {
  request_.set_secret("password");
  ExpectRefused(absl::StatusCode::kPermissionDenied, Reason::kSigningDenied);
  request_.set_secret("other");
  ExpectRefused(absl::StatusCode::kPermissionDenied, Reason::kSigningDenied);
  request_.set_secret("key");
  request_.set_algorithm("hmac_sha1");
  ExpectRefused(absl::StatusCode::kPermissionDenied, Reason::kSigningDenied);
}

TEST_F(SigningTest, ASecretThatIsNotThereOrNoKey_IsForItsOwner) {
  request_.set_algorithm("rsa_sha256");
  ExpectRefused(absl::StatusCode::kUnauthenticated, Reason::kSecretUnusable);
  secrets_.values.clear();
  ExpectRefused(absl::StatusCode::kUnauthenticated, Reason::kSecretMissing);
}

TEST_F(SigningTest, WhatCannotBeWrittenOrIsTooLong_IsInvalid) {
  request_.set_encoding("rot13");
  ExpectRefused(absl::StatusCode::kInvalidArgument, Reason::kInvalidArgument);
  request_.set_encoding("hex");
  request_.set_data(std::string((1 << 20) + 1, 'x'));
  ExpectRefused(absl::StatusCode::kInvalidArgument, Reason::kInvalidArgument);
}

}  // namespace
}  // namespace quayside
