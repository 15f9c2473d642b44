// Addresses of places where files are exchanged, as people write them.
#include "host/ops/place_address.h"

#include "tests/fuzz/target.h"

namespace quayside::fuzz {
namespace {

// As one would write it anew.
std::string TextOf(const PlaceAddress& address) {
  const std::string text = ServerOf(address) + address.folder;
  return address.scheme == PlaceScheme::kFile && address.folder.empty() ? text + "/" : text;
}

}  // namespace
}  // namespace quayside::fuzz

// The first line is an address, the second another one.
QUAYSIDE_FUZZ_TARGET(place_address) {
  const auto [text, other_text] = SplitLine(input);
  Require(!IsFilePath(text) || IsFileName(text.substr(0, text.find('/'))), "a path begins with a name");
  const auto address = ParsePlaceAddress(text);
  if (!address) return;
  const bool is_local = address->scheme == PlaceScheme::kFile;
  Require(address->host.empty() == is_local, "an address has a host unless it is a folder's");
  Require(is_local ? address->port == 0 : address->port > 0 && address->port <= 65'535, "a port is one");
  Require(address->folder.empty() || (address->folder.front() == '/' && address->folder.back() != '/'),
          "a folder begins at the root");
  Require(address->folder.find("/../") == std::string::npos && !address->folder.ends_with("/.."),
          "no folder leads out of itself");
  Require(LiesWithin(*address, *address), "an address lies within itself");

  const auto again = ParsePlaceAddress(TextOf(*address));
  // A port that was left out may make it longer than addresses are.
  if (again) {
    Require(again->scheme == address->scheme && again->host == address->host && again->port == address->port &&
                again->folder == address->folder,
            "an address survives being written");
  } else {
    Require(TextOf(*address).size() > text.size(), "an address can be written");
  }

  const auto other = ParsePlaceAddress(other_text);
  if (!other || !LiesWithin(*address, *other)) return;
  Require(address->host == other->host && address->port == other->port, "what lies within is on the same server");
  Require(address->folder == other->folder || address->folder.starts_with(other->folder + "/"),
          "what lies within is below");
}
