#include "tools/quayside/names.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace quayside::cli {

std::string ResourceName(absl::string_view collection, absl::string_view id_or_name) {
  if (id_or_name.empty()) return "";
  return absl::StrCat(collection, "/", ResourceId(collection, id_or_name));
}

std::string ResourceId(absl::string_view collection, absl::string_view name) {
  const std::string prefix = absl::StrCat(collection, "/");
  return std::string(absl::StripPrefix(name, prefix));
}

std::string PercentEncode(absl::string_view text) {
  constexpr absl::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kHex[byte >> 4U];
      encoded += kHex[byte & 0xFU];
    }
  }
  return encoded;
}

std::string ListingName(absl::string_view channel, absl::string_view sku) {
  return absl::StrCat(ResourceName("channels", channel), "/listings/", PercentEncode(sku));
}

std::string AccountLaneName(absl::string_view account, absl::string_view job) {
  return absl::StrCat("lanes/", ResourceId("accounts", account), ".", job);
}

std::string ChannelLaneName(absl::string_view account, absl::string_view channel, absl::string_view job) {
  return absl::StrCat("lanes/", ResourceId("accounts", account), ".", ResourceId("channels", channel), ".", job);
}

}  // namespace quayside::cli
