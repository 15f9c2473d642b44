#include "host/net/public_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <string>

namespace quayside {
namespace {

// The socket address of a text, as the resolver would give it.
bool IsPublicSocketAddress(const std::string& text) {
  sockaddr_in ipv4{};
  if (inet_pton(AF_INET, text.c_str(), &ipv4.sin_addr) == 1) {
    ipv4.sin_family = AF_INET;
    return IsPublicAddress(reinterpret_cast<const sockaddr&>(ipv4));
  }
  sockaddr_in6 ipv6{};
  EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &ipv6.sin6_addr), 1) << text;
  ipv6.sin6_family = AF_INET6;
  return IsPublicAddress(reinterpret_cast<const sockaddr&>(ipv6));
}

TEST(PublicAddress, TheOpenInternetIsPublic) {
  for (const char* text :
       {"52.218.0.1",     "1.1.1.1",         "9.255.255.255",     "11.0.0.0",        "100.63.255.255",
        "100.128.0.0",    "126.255.255.255", "128.0.0.0",         "169.253.255.255", "169.255.0.0",
        "172.15.255.255", "172.32.0.0",      "192.0.1.0",         "192.167.255.255", "192.169.0.0",
        "198.17.255.255", "198.20.0.0",      "223.255.255.255",   "2600:1f18::1",    "2001:4860:4860::8888",
        "2001:200::1",    "3ffe::1",         "::ffff:52.218.0.1", "64:ff9b::34da:1"}) {
    EXPECT_TRUE(IsPublicAddress(std::string_view(text))) << text;
    EXPECT_TRUE(IsPublicSocketAddress(text)) << text;
  }
}

TEST(PublicAddress, WithSomethingBehindAZeroByte_IsNone) {
  EXPECT_FALSE(IsPublicAddress(std::string_view("1.1.1.1\0.internal", 17)));
  EXPECT_FALSE(IsPublicAddress(std::string_view("2001:4860:4860::8888\0", 21)));
}

TEST(PublicAddress, WhatStandsBesideTheHostIsNot) {
  for (const char* text : {"0.0.0.0",
                           "0.1.2.3",
                           "10.0.0.0",
                           "10.255.255.255",
                           "100.64.0.0",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.255.255.255",
                           "169.254.169.254",
                           "172.16.0.0",
                           "172.31.255.255",
                           "192.0.0.1",
                           "192.0.2.1",
                           "192.88.99.1",
                           "192.168.0.0",
                           "192.168.255.255",
                           "198.18.0.0",
                           "198.19.255.255",
                           "198.51.100.1",
                           "203.0.113.1",
                           "224.0.0.1",
                           "239.255.255.255",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::7f00:1",
                           "fe80::1",
                           "fc00::1",
                           "fd00:ec2::254",
                           "ff02::1",
                           "2001:db8::1",
                           "2001::1",
                           "2001:1ff::1",
                           "2002:7f00:1::",
                           "3fff::1",
                           "3fff:fff::1",
                           "5f00::1",
                           "100::1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.1.2.3",
                           "64:ff9b::7f00:1",
                           "64:ff9b::a9fe:a9fe",
                           "64:ff9b:1::1"}) {
    EXPECT_FALSE(IsPublicAddress(std::string_view(text))) << text;
    EXPECT_FALSE(IsPublicSocketAddress(text)) << text;
  }
}

TEST(PublicAddress, WhatIsNoAddressIsNotPublic) {
  for (const char* text : {"", "localhost", "1.2.3", "52.218.0.1 ", "52.218.0.1:443", "fe80::1%eth0", "[2600::1]"})
    EXPECT_FALSE(IsPublicAddress(std::string_view(text))) << text;
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_FALSE(IsPublicAddress(reinterpret_cast<const sockaddr&>(local)));
}

}  // namespace
}  // namespace quayside
