#include "host/plugin/trusted_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "host/plugin/errors_for_tests.h"
#include "host/plugin/signing_for_tests.h"

namespace quayside {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TrustedKeyTest : public ::testing::Test {
 protected:
  absl::StatusOr<TrustedKey> Parse(const std::string& toml) const {
    return ParseTrustedKey(toml, signer_.trusted.id + ".toml");
  }
  // The good file with a part of it replaced.
  void ExpectInvalid(const std::string& part, const std::string& by, const ::testing::Matcher<std::string>& message) {
    const std::string good = TrustedKeyToml(signer_.trusted);
    ASSERT_NE(good.find(part), std::string::npos) << part;
    const auto key = Parse(absl::StrReplaceAll(good, {{part, by}}));
    ASSERT_FALSE(key.ok()) << part;
    ExpectError(key.status(), absl::StatusCode::kInvalidArgument, Reason::kTrustedKeyInvalid, message);
  }

  TestSigner signer_{"Acme \"best\" releases"};
};

TEST_F(TrustedKeyTest, ReadsBackWhatIsWritten) {
  TrustedKey& written = signer_.trusted;
  written.plugins = {"amazon", "acme-*"};
  written.not_before = 1'700'000'000 * kSecondUs;
  written.not_after = 1'800'000'000 * kSecondUs;
  written.revoked = KeyRevocation{1'750'000'000 * kSecondUs, "a laptop was stolen"};
  const auto read = Parse(TrustedKeyToml(written));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->id, written.id);
  EXPECT_EQ(read->name, "Acme \"best\" releases");
  EXPECT_EQ(read->public_key, written.public_key);
  EXPECT_THAT(read->plugins, ElementsAre("amazon", "acme-*"));
  EXPECT_EQ(read->isolation, IsolationMode::kInProcess);
  EXPECT_EQ(read->not_before, written.not_before);
  EXPECT_EQ(read->not_after, written.not_after);
  ASSERT_TRUE(read->revoked.has_value());
  EXPECT_EQ(read->revoked->at, written.revoked->at);
  EXPECT_EQ(read->revoked->reason, "a laptop was stolen");
}

TEST_F(TrustedKeyTest, WithoutDates_IsAlwaysValid) {
  const auto read = Parse(TrustedKeyToml(signer_.trusted));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_FALSE(read->not_before.has_value() || read->not_after.has_value() || read->revoked.has_value());
}

TEST_F(TrustedKeyTest, EachMistake_IsNamed) {
  const std::string id = signer_.trusted.id;
  ExpectInvalid("isolation = \"in_process\"", "isolation = \"both\"", HasSubstr("isolation must be"));
  ExpectInvalid("isolation = \"in_process\"\n", "", HasSubstr("isolation must be"));
  ExpectInvalid("plugins = [\"*\"]", "plugins = []", HasSubstr("plugins must list"));
  ExpectInvalid("plugins = [\"*\"]", "plugins = [\"Shop!\"]", HasSubstr("plugins must hold plugin ids"));
  ExpectInvalid("plugins = [\"*\"]", "plugins = \"*\"", HasSubstr("plugins must list"));
  ExpectInvalid("name = ", "nam = ", AllOf(HasSubstr("nam is unknown"), HasSubstr("name is missing")));
  ExpectInvalid("public_key = \"", "public_key = \"AA", HasSubstr("public_key must be the base64"));
  ExpectInvalid(id, "0123456789abcdef",
                AllOf(HasSubstr("key must be " + id), HasSubstr("must be named 0123456789abcdef.toml")));
  ExpectInvalid("isolation =", "not_after = \"2027-01-01\"\nisolation =", HasSubstr("not_after must be a date"));
  ExpectInvalid("isolation =", "not_before = 2027-01-02\nnot_after = 2027-01-01\nisolation =",
                HasSubstr("not_after must be later than not_before"));
  ExpectInvalid("isolation =", "revoked = true\nisolation =", HasSubstr("revoked must be a table"));
  ExpectInvalid("isolation =", "revoked = {when = 2027-01-02}\nisolation =",
                AllOf(HasSubstr("revoked.when is unknown"), HasSubstr("reason is missing")));
  ExpectInvalid("name = ", "name ", HasSubstr(id + ".toml:3: "));
}

TEST_F(TrustedKeyTest, MaySign_TakesPatterns) {
  TrustedKey key;
  key.plugins = {"amazon", "acme-*"};
  EXPECT_TRUE(MaySign(key, "amazon"));
  EXPECT_TRUE(MaySign(key, "acme-shop"));
  EXPECT_TRUE(MaySign(key, "acme-"));
  EXPECT_FALSE(MaySign(key, "amazon2"));
  EXPECT_FALSE(MaySign(key, "acme"));
  EXPECT_FALSE(MaySign(key, "my-acme-shop"));
}

TEST(KeyDateTest, DatesAndMoments) {
  EXPECT_EQ(ParseKeyDate("1970-01-02"), kDayUs);
  EXPECT_EQ(ParseKeyDate("1970-01-02T01:02:03Z"), kDayUs + kHourUs + 2 * kMinuteUs + 3 * kSecondUs);
  EXPECT_EQ(ParseKeyDate("1970-01-02T01:00:00+01:00"), kDayUs);
  EXPECT_EQ(ParseKeyDate("1970-01-02T01:00:00"), kDayUs + kHourUs);
  for (const char* text : {"", "tomorrow", "12", "\"1970-01-02\"", "1970-02-30", "1970-01-02\nkey = 1",
                           "0851-05-05T12:00:00Z", "1970-01-01T00:30:00+01:00", "9999-12-31T23:00:00-01:00"}) {
    EXPECT_FALSE(ParseKeyDate(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace quayside
