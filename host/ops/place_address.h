// Where files are exchanged: "file:///folder", "sftp://host[:port]/folder", "ftps://...", "ftpes://...", "https://...".
// The form of an address in an account's options and in the setting transfers.allow.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quayside {

// FTP with TLS is kFtps when TLS comes first, kFtpes when the client asks for it (AUTH TLS).
enum class PlaceScheme { kFile, kSftp, kFtps, kFtpes, kHttps };

struct PlaceAddress {
  PlaceScheme scheme = PlaceScheme::kFile;
  std::string host;    // name, IPv4 or [IPv6] address, in lower case; "" for file
  int port = 0;        // 0 for file; else as given, or the scheme's own (22, 990, 21, 443)
  std::string folder;  // "/in/orders"; "" = the root. Not percent-encoded, no "/" at its end
};

// One name of a path: 1 to 255 bytes of UTF-8 without "/", control characters or backslash, and neither "." nor "..".
[[nodiscard]] bool IsFileName(std::string_view name);
// 1 to 8 names with "/" between.
[[nodiscard]] bool IsFilePath(std::string_view path);

// nullopt: no such address. A user, a query, a fragment and "%" are refused: a name means itself.
[[nodiscard]] std::optional<PlaceAddress> ParsePlaceAddress(std::string_view text);

// `inner` is `outer` or lies under it: same scheme, host and port, and a folder that begins with the other's names.
[[nodiscard]] bool LiesWithin(const PlaceAddress& inner, const PlaceAddress& outer);

// The addresses of a map from names of the operator's choosing; what is no address is left out (the settings refuse
// it).
[[nodiscard]] std::vector<PlaceAddress> PlacesOf(const std::map<std::string, std::string>& addresses);

// "sftp://host:port": what may stand in a message. "file://" for file.
[[nodiscard]] std::string ServerOf(const PlaceAddress& address);

}  // namespace quayside
