#include "host/net/public_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace quayside {
namespace {

struct Ipv4Range {
  uint32_t base;
  int bits;
};

constexpr uint32_t Ipv4(uint32_t a, uint32_t b, uint32_t c, uint32_t d) { return a << 24 | b << 16 | c << 8 | d; }

// IANA IPv4 Special-Purpose Address Registry, and multicast.
constexpr std::array<Ipv4Range, 15> kSpecialIpv4 = {{
    {Ipv4(0, 0, 0, 0), 8},        // this network; 0.0.0.0 reaches the machine itself
    {Ipv4(10, 0, 0, 0), 8},       // private
    {Ipv4(100, 64, 0, 0), 10},    // carrier-grade NAT
    {Ipv4(127, 0, 0, 0), 8},      // loopback
    {Ipv4(169, 254, 0, 0), 16},   // link-local, metadata services of clouds
    {Ipv4(172, 16, 0, 0), 12},    // private
    {Ipv4(192, 0, 0, 0), 24},     // protocol assignments
    {Ipv4(192, 0, 2, 0), 24},     // documentation
    {Ipv4(192, 88, 99, 0), 24},   // 6to4 relays
    {Ipv4(192, 168, 0, 0), 16},   // private
    {Ipv4(198, 18, 0, 0), 15},    // benchmarks
    {Ipv4(198, 51, 100, 0), 24},  // documentation
    {Ipv4(203, 0, 113, 0), 24},   // documentation
    {Ipv4(224, 0, 0, 0), 4},      // multicast
    {Ipv4(240, 0, 0, 0), 4},      // reserved, broadcast
}};

bool IsPublicIpv4(uint32_t address) {
  return std::none_of(kSpecialIpv4.begin(), kSpecialIpv4.end(),
                      [&](const Ipv4Range& range) { return (address ^ range.base) >> (32 - range.bits) == 0; });
}

using Ipv6Bytes = std::array<uint8_t, 16>;

bool BeginsWith(const Ipv6Bytes& address, std::initializer_list<uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), address.begin());
}

uint32_t Ipv4At(const Ipv6Bytes& address, size_t offset) {
  return Ipv4(address[offset], address[offset + 1], address[offset + 2], address[offset + 3]);
}

bool IsPublicIpv6(const Ipv6Bytes& address) {
  const bool is_mapped = BeginsWith(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff});
  const bool is_nat64 = BeginsWith(address, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0});
  if (is_mapped || is_nat64) return IsPublicIpv4(Ipv4At(address, 12));
  if ((address[0] & 0xe0) != 0x20) return false;                                    // 2000::/3 is what is assigned
  if (BeginsWith(address, {0x20, 0x02})) return false;                              // 6to4
  if (BeginsWith(address, {0x20, 0x01}) && (address[2] & 0xfe) == 0) return false;  // 2001::/23, with Teredo
  if (BeginsWith(address, {0x20, 0x01, 0x0d, 0xb8})) return false;                  // documentation
  return !(BeginsWith(address, {0x3f, 0xff}) && (address[2] & 0xf0) == 0);          // documentation
}

}  // namespace

bool IsPublicAddress(const sockaddr& address) {
  // Copied out: the caller's object need not be of the family's own type.
  if (address.sa_family == AF_INET) {
    sockaddr_in ipv4;
    memcpy(&ipv4, &address, sizeof ipv4);
    return IsPublicIpv4(ntohl(ipv4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 ipv6;
    memcpy(&ipv6, &address, sizeof ipv6);
    Ipv6Bytes bytes;
    memcpy(bytes.data(), ipv6.sin6_addr.s6_addr, bytes.size());
    return IsPublicIpv6(bytes);
  }
  return false;
}

bool IsPublicAddress(std::string_view text) {
  const std::string address(text.substr(0, text.find('%')));  // without the zone of a link-local one
  if (address.find('\0') != std::string::npos) return false;  // what stands behind it would not be looked at
  in_addr ipv4;
  if (inet_pton(AF_INET, address.c_str(), &ipv4) == 1) return IsPublicIpv4(ntohl(ipv4.s_addr));
  Ipv6Bytes bytes;
  return inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1 && IsPublicIpv6(bytes);
}

}  // namespace quayside
