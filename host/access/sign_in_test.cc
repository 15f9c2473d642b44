// Tokens, certificates and the socket: who is taken for whom.
#include "host/access/sign_in.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "host/access/limits.h"
#include "host/base/errors.h"

namespace quayside {
namespace {

namespace api = quayside::v1;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr TimeUs kStart = 1'767'225'600 * kSecondUs;

class SignInTest : public testing::Test {
 protected:
  std::string MakeToken(const std::string& id, TimeUs expires_us = 0) {
    const std::string secret = NewTokenSecret().value();
    record_ = {.id = id, .secret_sha256 = TokenSecretHash(secret), .roles = {"operator"}, .expires_us = expires_us};
    tokens.Put(record_);
    return secret;
  }
  std::string Reason(const CallerFacts& facts) {
    const auto principal = SignIn(facts, tokens, certificates);
    return principal.ok() ? principal->actor : ReasonOf(principal.status());
  }

  ManualClock clock{kStart};
  TokenTable tokens{clock};
  CertificateRoles certificates{{{"dns:ops.example", "operator auditor"}, {"cn:Reader", "viewer"}}};
  TokenRecord record_;
};

TEST_F(SignInTest, AToken_IsGood_UntilItExpiresOrIsRevoked) {
  const std::string secret = MakeToken("ci", kStart + kHourUs);
  EXPECT_EQ(Reason({.authorization = {"Bearer " + secret}}), "tokens/ci");
  EXPECT_EQ(Reason({.authorization = {"bearer  " + secret + " "}}), "tokens/ci");
  clock.Advance(kHourUs);
  EXPECT_EQ(Reason({.authorization = {"Bearer " + secret}}), "TOKEN_REFUSED");
  EXPECT_FALSE(tokens.StillSignedIn("tokens/ci").ok());

  const std::string other = MakeToken("other");
  EXPECT_TRUE(tokens.StillSignedIn("tokens/other").ok());
  record_.revoked_us = 1;
  tokens.Put(record_);
  EXPECT_EQ(Reason({.authorization = {"Bearer " + other}}), "TOKEN_REFUSED");
  EXPECT_FALSE(tokens.StillSignedIn("tokens/other").ok());
  EXPECT_TRUE(tokens.StillSignedIn("local").ok());
}

TEST_F(SignInTest, ARevokedToken_StaysRevoked_ThoughItsMakersWordComesLater) {
  const std::string secret = MakeToken("ci");
  const TokenRecord as_made = record_;
  record_.revoked_us = 1;
  tokens.Put(record_);
  tokens.Put(as_made);
  EXPECT_EQ(Reason({.authorization = {"Bearer " + secret}}), "TOKEN_REFUSED");
  EXPECT_FALSE(tokens.StillSignedIn("tokens/ci").ok());
}

TEST_F(SignInTest, ARefusedToken_IsNotTakenForSomethingElse) {
  std::string secret = MakeToken("ci");
  const CertificateNames reader{{"cn:Reader"}};
  EXPECT_EQ(Reason({.authorization = {"Bearer x"}, .from_socket = true, .certificate = reader}), "TOKEN_REFUSED");
  secret.back() = secret.back() == 'A' ? 'B' : 'A';
  EXPECT_EQ(Reason({.authorization = {"Bearer " + secret}}), "TOKEN_REFUSED");
  EXPECT_EQ(Reason({.authorization = {"Bearer "}}), "TOKEN_REFUSED");
  EXPECT_EQ(Reason({.authorization = {"Basic eDp5"}, .from_socket = true}), "NOT_SIGNED_IN");
  EXPECT_EQ(Reason({.authorization = {""}, .from_socket = true}), "NOT_SIGNED_IN");
  EXPECT_EQ(Reason({.authorization = {"Bearer x", "Bearer y"}, .from_socket = true}), "NOT_SIGNED_IN");
}

TEST_F(SignInTest, WithoutAToken_TheCertificateCounts_ThenTheSocket) {
  EXPECT_EQ(Reason({.from_socket = true}), "local");
  EXPECT_EQ(Reason({}), "NOT_SIGNED_IN");
  EXPECT_EQ(Reason({.certificate = {{"cn:Stranger", "dns:other.example"}}}), "NOT_SIGNED_IN");
  const auto both = SignIn({.certificate = {{"dns:ops.example", "cn:Reader"}}}, tokens, certificates);
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_EQ(both->actor, "certificates/cn:Reader");
  EXPECT_THAT(both->roles, ElementsAre(api::ROLE_VIEWER, api::ROLE_OPERATOR, api::ROLE_AUDITOR));
  EXPECT_TRUE(both->limited);
}

TEST_F(SignInTest, UseOfTokens_IsTold_OnceAMinute) {
  const std::string secret = MakeToken("ci");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Reason({.authorization = {"Bearer " + secret}}), "tokens/ci");
  EXPECT_THAT(tokens.TakeUses(), ElementsAre(std::pair<const std::string, TimeUs>("ci", kStart)));
  EXPECT_EQ(Reason({.authorization = {"Bearer " + secret}}), "tokens/ci");
  EXPECT_THAT(tokens.TakeUses(), IsEmpty());
  clock.Advance(kMinuteUs);
  EXPECT_EQ(Reason({.authorization = {"Bearer " + secret}}), "tokens/ci");
  EXPECT_THAT(tokens.TakeUses(), testing::SizeIs(1));
}

TEST(TokenSecret, HasEnoughOfChance_AndIsNeverTheSame) {
  const std::string first = NewTokenSecret().value();
  EXPECT_EQ(first.size(), 4U + 43U);
  EXPECT_NE(first, NewTokenSecret().value());
}

TEST(CertificateRolesTest, MistakesAreNamed) {
  EXPECT_EQ(CertificateRolesProblem({{"dns:a", "viewer"}, {"cn:B", "operator  auditor"}}), "");
  EXPECT_THAT(CertificateRolesProblem({{"a.example", "viewer"}}), HasSubstr("'a.example' is none"));
  EXPECT_THAT(CertificateRolesProblem({{"dns:a", "root"}}), HasSubstr("'root'"));
  EXPECT_THAT(CertificateRolesProblem({{"dns:a", " "}}), HasSubstr("no role"));
}

class LimitsTest : public testing::Test {
 protected:
  ManualClock clock{kStart};
  std::chrono::steady_clock::time_point now{};
  PrincipalLimits limits{{.calls_per_second = 2, .streams = 1}, clock, [this] { return now; }};
  const Principal a{.actor = "tokens/a"};
  const Principal b{.actor = "tokens/b"};
};

TEST_F(LimitsTest, Calls_AreLetIn_AtTheRateOfEachCaller) {
  EXPECT_TRUE(limits.Call(a).ok());
  EXPECT_TRUE(limits.Call(a).ok());
  const absl::Status refused = limits.Call(a);
  EXPECT_EQ(ReasonOf(refused), "CALL_LIMIT");
  const TimeUs retry_at = std::stoll(MetadataOf(refused).at(std::string(kRetryAtKey)));
  EXPECT_GT(retry_at, kStart);
  EXPECT_LE(retry_at, kStart + kSecondUs / 2 + 1);
  EXPECT_TRUE(limits.Call(b).ok());
  now += std::chrono::milliseconds(501);
  EXPECT_TRUE(limits.Call(a).ok());
  EXPECT_FALSE(limits.Call(a).ok());
  // A long pause saves no more than a second's worth.
  now += std::chrono::hours(1);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(limits.Call(a).ok());
  EXPECT_FALSE(limits.Call(a).ok());
}

TEST_F(LimitsTest, Streams_AreCounted_UntilTheyEnd) {
  auto first = limits.Stream(a);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(ReasonOf(limits.Stream(a).status()), "STREAM_LIMIT");
  EXPECT_TRUE(limits.Stream(b).ok());
  first = absl::CancelledError("");
  EXPECT_TRUE(limits.Stream(a).ok());
}

TEST_F(LimitsTest, TheOwnerOfTheSocket_HasNone) {
  const Principal local{.actor = "local", .limited = false};
  std::vector<StreamPlace> places;
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(limits.Call(local).ok());
    places.push_back(limits.Stream(local).value());
  }
}

}  // namespace
}  // namespace quayside
