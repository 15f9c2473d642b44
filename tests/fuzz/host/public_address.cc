// Texts of addresses that a name may lead to.
#include "host/net/public_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(public_address) {
  const bool is_public = IsPublicAddress(input);
  const std::string_view bare = input.substr(0, input.find('%'));
  if (is_public) {
    Require(std::all_of(bare.begin(), bare.end(),
                        [](unsigned char c) { return absl::ascii_isxdigit(c) || c == ':' || c == '.'; }),
            "only an address is one of the open Internet");
  }
  Require(IsPublicAddress(bare) == is_public, "a zone changes nothing");
  in_addr ipv4;
  const std::string text(bare);
  if (text.find('\0') != std::string::npos || inet_pton(AF_INET, text.c_str(), &ipv4) != 1) return;
  Require(IsPublicAddress("::ffff:" + text) == is_public, "a mapped address is judged by the one that it stands for");
  Require(IsPublicAddress("64:ff9b::" + text) == is_public, "and so is one of NAT64");
}
