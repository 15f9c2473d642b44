#include "host/plugin/signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "host/base/text.h"
#include "host/plugin/errors_for_tests.h"

namespace quayside {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class SignatureTest : public ::testing::Test {
 protected:
  SignatureTest() : key_(*Ed25519Key::Generate()), id_(KeyId(key_.public_key())) {
    text_ = *MakeSignature(key_, statement_);
  }

  void ExpectUnreadable(const std::string& text, const std::string& why) {
    const auto signature = ParseSignature({id_ + ".sig", text});
    ASSERT_FALSE(signature.ok()) << text;
    ExpectError(signature.status(), absl::StatusCode::kInvalidArgument, Reason::kSignatureUnreadable,
                AllOf(HasSubstr(id_ + ".sig"), HasSubstr(why), HasSubstr("quayside plugin sign")));
  }

  Ed25519Key key_;
  std::string id_;
  SignedStatement statement_{"", "shop", "1.2.3", Sha256Hex("manifest"), Sha256Hex("library")};
  std::string text_;
};

TEST_F(SignatureTest, ReadsBackWhatWasSigned) {
  const auto signature = ParseSignature({id_ + ".sig", text_});
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_EQ(signature->statement.key_id, id_);
  EXPECT_EQ(signature->statement.plugin_id, "shop");
  EXPECT_EQ(signature->statement.version, "1.2.3");
  EXPECT_EQ(signature->statement.manifest_sha256, Sha256Hex("manifest"));
  EXPECT_EQ(signature->statement.library_sha256, Sha256Hex("library"));
  EXPECT_TRUE(VerifyEd25519(key_.public_key(), signature->signed_text, signature->bytes));
}

// The format of the documentation: people may verify it with other tools.
TEST_F(SignatureTest, SignedAreTheLinesBeforeTheSignature) {
  const auto signature = ParseSignature({id_ + ".sig", text_});
  ASSERT_TRUE(signature.ok());
  EXPECT_EQ(signature->signed_text,
            Concat("quayside-signature 1\nkey ", id_, "\nplugin shop\nversion 1.2.3\nmanifest-sha256 ",
                   Sha256Hex("manifest"), "\nlibrary-sha256 ", Sha256Hex("library"), "\n"));
  EXPECT_TRUE(std::string_view(text_).starts_with(signature->signed_text));
}

TEST_F(SignatureTest, AnyOtherText_IsUnreadable_SayingWhichLine) {
  ExpectUnreadable("", "does not begin with the line");
  ExpectUnreadable("quayside-signature 2\n" + text_.substr(text_.find('\n') + 1), "does not begin with the line");
  ExpectUnreadable(absl::StrReplaceAll(text_, {{"version 1.2.3\n", ""}}), "'version ...'");
  ExpectUnreadable(absl::StrReplaceAll(text_, {{"plugin shop", "plugin"}}), "'plugin ...'");
  ExpectUnreadable(absl::StrReplaceAll(text_, {{"plugin shop", "plugin a shop"}}), "key id");
  ExpectUnreadable(absl::StrReplaceAll(text_, {{"\n", "\r\n"}}), "does not begin");
  ExpectUnreadable(text_ + "more\n", "does not end with one line 'signature ...'");
  ExpectUnreadable(text_.substr(0, text_.size() - 1), "does not end with");
  ExpectUnreadable(text_.substr(0, text_.find("signature ", 20)) + "signature AAAA\n", "base64 of 64 bytes");
  ExpectUnreadable(absl::StrReplaceAll(text_, {{Sha256Hex("library"), "abc"}}), "hash that is not 64");
}

TEST_F(SignatureTest, EveryCut_IsUnreadable) {
  for (size_t length = 0; length < text_.size(); ++length) {
    ASSERT_FALSE(ParseSignature({id_ + ".sig", text_.substr(0, length)}).ok()) << length;
  }
}

TEST_F(SignatureTest, AnotherName_IsRefused_NamingTheKey) {
  const auto signature = ParseSignature({"0123456789abcdef.sig", text_});
  ASSERT_FALSE(signature.ok());
  EXPECT_THAT(MessageOf(signature.status()), HasSubstr("is of the key " + id_));
}

TEST(KeyIdTest, IsOfThePublicKey) {
  EXPECT_EQ(KeyId("abc"), "ba7816bf8f01cfea");
  EXPECT_TRUE(IsKeyId("ba7816bf8f01cfea"));
  EXPECT_FALSE(IsKeyId("BA7816BF8F01CFEA"));
  EXPECT_FALSE(IsKeyId("ba7816bf8f01cfe"));
  EXPECT_FALSE(IsKeyId("../7816bf8f01cfe"));
}

}  // namespace
}  // namespace quayside
