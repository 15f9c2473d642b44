#include "host/net/presigned_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/errors.h"

namespace quayside {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

quayside::plugin::v1::Manifest ManifestOf(std::initializer_list<const char*> presigned) {
  quayside::plugin::v1::Manifest manifest;
  auto* api = manifest.add_origins();
  api->set_name("api");
  api->set_url("https://api.shop.example");
  for (const char* url : presigned) {
    auto* origin = manifest.add_origins();
    origin->set_name(url);
    origin->set_url(url);
    origin->set_presigned(true);
  }
  return manifest;
}

absl::StatusOr<PresignedTarget> Resolve(std::string_view address, const std::map<std::string, std::string>& map = {}) {
  return ResolvePresigned(
      ManifestOf({"https://*.s3.example.com", "https://files.example.com", "https://*.odd.example.com:8443"}), address,
      map);
}

TEST(PresignedRules, AnAddressOfADeclaredHost_IsTakenAsItIs) {
  for (const char* address :
       {"https://bucket.s3.example.com/a%2Fb/c.txt?X-Amz-Signature=ab%2B/=&x=1", "https://a.b.s3.example.com/",
        "https://files.example.com/x", "https://files.example.com:443/x", "https://b.odd.example.com:8443/x"}) {
    const auto target = Resolve(address);
    ASSERT_TRUE(target.ok()) << target.status();
    EXPECT_EQ(target->url, address);
    EXPECT_FALSE(target->is_mapped);
  }
  EXPECT_EQ(Resolve("https://files.example.com")->url, "https://files.example.com/");
  EXPECT_EQ(Resolve("https://files.example.com?q=1")->url, "https://files.example.com/?q=1");
  EXPECT_EQ(Resolve("HTTPS://Files.Example.COM/Path")->url, "https://files.example.com/Path");
}

TEST(PresignedRules, EverythingElse_IsDenied) {
  for (const char* address : {"https://s3.example.com/x",                   // no label before the pattern's
                              "https://evils3.example.com/x",               // not at a label
                              "https://s3.example.com.evil.example/x",      // the pattern at the front
                              "https://api.shop.example/x",                 // declared, but not presigned
                              "https://files.example.com:8443/x",           // another port
                              "https://b.odd.example.com/x",                // not the pattern's port
                              "https://a.files.example.com/x",              // an exact host has no subdomains
                              "https://files.example.com@evil.example/x",   // a user name
                              "https://user:password@files.example.com/x",  // a user name
                              "http://files.example.com/x",                 // not encrypted
                              "ftp://files.example.com/x",                  // no http at all
                              "file://files.example.com/etc/passwd",        // nor a network
                              "https://127.0.0.1/x",                        // an IP address
                              "https://[::1]/x",                            // an IP address
                              "https://[2600::1]:443/x",                    // an IP address
                              "https://2130706433/x"}) {                    // an IP address in disguise
    const absl::Status status = Resolve(address).status();
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << address << ": " << status;
    EXPECT_TRUE(HasReason(status, Reason::kOriginDenied)) << address;
  }
}

// Also where a careless manifest declares them.
TEST(PresignedRules, IpAddresses_AreNeverMatched) {
  for (const char* authority : {"127.0.0.1", "[::1]", "1.2.3.0x7f", "0x7f.1", "a.1"})
    EXPECT_FALSE(MatchesOrigin(std::string("https://") + authority, authority)) << authority;
  EXPECT_FALSE(MatchesOrigin("https://*.0.0.1", "127.0.0.1"));
  EXPECT_TRUE(MatchesOrigin("https://1.example", "1.example"));
}

TEST(PresignedRules, WhatIsNoAddress_IsInvalid) {
  for (const std::string& address :
       {std::string(), std::string("files.example.com/x"), std::string("https://"), std::string("https:///x"),
        std::string("https://files.example.com/a b"), std::string("https://files.example.com/\r\nhost: evil"),
        std::string("https://files.example.com/#part"), std::string("https://files.example.com\\@evil/x"),
        std::string("https://files.example.com/\xc3\xa4"), std::string("https://files.example.com/\0x", 28),
        std::string("https://files.example.com:0/"), std::string("https://files.example.com:99999/"),
        std::string("https://files.example.com./x"), "https://files.example.com/" + std::string(20'000, 'x')}) {
    const absl::Status status = Resolve(address).status();
    EXPECT_FALSE(status.ok()) << ::testing::PrintToString(address);
    EXPECT_TRUE(absl::IsInvalidArgument(status) || absl::IsPermissionDenied(status)) << status;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(Resolve("no address").status()));
}

TEST(PresignedRules, ErrorsNameTheHostAndNothingElse) {
  for (const char* address : {"https://evil.example/canary?canary=1", "http://files.example.com/canary?x=canary",
                              "https://canary@files.example.com/canary", "https://files.example.com/canary canary"}) {
    const absl::Status status = Resolve(address).status();
    EXPECT_THAT(status.ToString(), Not(HasSubstr("canary"))) << address;
  }
  EXPECT_THAT(Resolve("https://evil.example/canary").status().ToString(), HasSubstr("evil.example"));
}

TEST(PresignedRules, AMappedPattern_LeadsToTheMappedAddress_WithPathAndQuery) {
  const std::map<std::string, std::string> map = {{"https://*.s3.example.com", "http://127.0.0.1:8080"}};
  const auto target = Resolve("https://bucket.s3.example.com/a%2Fb?X-Amz-Signature=ab%2B", map);
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->url, "http://127.0.0.1:8080/a%2Fb?X-Amz-Signature=ab%2B");
  EXPECT_TRUE(target->is_mapped);
  EXPECT_FALSE(Resolve("https://files.example.com/x", map)->is_mapped);
}

TEST(PresignedRules, AnAddressOfTheMappedServerItself_IsTaken_WhenAPresignedOriginIsMappedThere) {
  const std::map<std::string, std::string> map = {{"https://*.s3.example.com", "http://127.0.0.1:8080"},
                                                  {"https://api.shop.example", "http://127.0.0.1:9090"}};
  const auto target = Resolve("http://127.0.0.1:8080/documents/1?sig=2", map);
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->url, "http://127.0.0.1:8080/documents/1?sig=2");
  EXPECT_TRUE(target->is_mapped);
  EXPECT_TRUE(absl::IsPermissionDenied(Resolve("http://127.0.0.1:8081/x", map).status())) << "another port";
  EXPECT_TRUE(absl::IsPermissionDenied(Resolve("http://127.0.0.1:80800/x", map).status()) ||
              absl::IsInvalidArgument(Resolve("http://127.0.0.1:80800/x", map).status()))
      << "the mapped address as a beginning";
  EXPECT_TRUE(absl::IsPermissionDenied(Resolve("http://127.0.0.1:9090/x", map).status())) << "an ordinary origin";
  EXPECT_TRUE(absl::IsPermissionDenied(Resolve("http://127.0.0.1:8080/x").status())) << "without a map";
}

}  // namespace
}  // namespace quayside
