#include "host/ops/place_address.h"

#include <algorithm>
#include <array>

#include "host/base/text.h"
#include "host/base/utf8.h"
#include "host/ops/origin_url.h"

namespace quayside {
namespace {

constexpr size_t kLongestFileName = 255;
constexpr size_t kMostNames = 8;
constexpr size_t kMostFolderNames = 64;  // of an address: where a person's folders lie is his own business
constexpr size_t kLongestAddress = 1024;

struct SchemeForm {
  PlaceScheme scheme;
  std::string_view text;
  int port;
};
constexpr std::array<SchemeForm, 5> kSchemes = {{{PlaceScheme::kFile, "file", 0},
                                                 {PlaceScheme::kSftp, "sftp", 22},
                                                 {PlaceScheme::kFtps, "ftps", 990},
                                                 {PlaceScheme::kFtpes, "ftpes", 21},
                                                 {PlaceScheme::kHttps, "https", 443}}};

const SchemeForm* FindScheme(std::string_view text) {
  const auto* const found =
      std::find_if(kSchemes.begin(), kSchemes.end(), [&](const SchemeForm& form) { return form.text == text; });
  return found == kSchemes.end() ? nullptr : found;
}

// False unless it is host[:port].
bool ReadAuthority(std::string_view authority, PlaceAddress& address) {
  if (!IsOriginUrl(Concat("https://", authority))) return false;
  const size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && authority.back() != ']';
  address.host = LowerCase(has_port ? authority.substr(0, colon) : authority);
  if (has_port) address.port = static_cast<int>(ParseWhole(authority.substr(colon + 1)).value_or(0));
  return true;
}

bool AreNames(std::string_view path, size_t most) {
  for (size_t names = 1; names <= most; ++names) {
    const size_t end = std::min(path.find('/'), path.size());
    if (!IsFileName(path.substr(0, end))) return false;
    if (end == path.size()) return true;
    path.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace

bool IsFileName(std::string_view name) {
  if (name.empty() || name.size() > kLongestFileName || name == "." || name == ".." || !IsUtf8(name)) return false;
  return std::none_of(name.begin(), name.end(),
                      [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '/' || c == '\\'; });
}

bool IsFilePath(std::string_view path) { return AreNames(path, kMostNames); }

std::optional<PlaceAddress> ParsePlaceAddress(std::string_view text) {
  const size_t mark = text.find("://");
  if (mark == std::string_view::npos || text.size() > kLongestAddress) return std::nullopt;
  const SchemeForm* const form = FindScheme(text.substr(0, mark));
  if (form == nullptr || text.find_first_of("%?#@") != std::string_view::npos) return std::nullopt;
  PlaceAddress address{.scheme = form->scheme, .host = {}, .port = form->port, .folder = {}};
  std::string_view rest = text.substr(mark + 3);
  const size_t slash = std::min(rest.find('/'), rest.size());
  if (form->scheme == PlaceScheme::kFile) {
    if (slash != 0 || rest.empty()) return std::nullopt;
  } else if (!ReadAuthority(rest.substr(0, slash), address)) {
    return std::nullopt;
  }
  rest.remove_prefix(slash);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  if (!rest.empty() && !AreNames(rest.substr(1), kMostFolderNames)) return std::nullopt;
  address.folder = rest;
  return address;
}

bool LiesWithin(const PlaceAddress& inner, const PlaceAddress& outer) {
  return inner.scheme == outer.scheme && inner.host == outer.host && inner.port == outer.port &&
         inner.folder.starts_with(outer.folder) &&
         (inner.folder.size() == outer.folder.size() || inner.folder[outer.folder.size()] == '/');
}

std::vector<PlaceAddress> PlacesOf(const std::map<std::string, std::string>& addresses) {
  std::vector<PlaceAddress> places;
  for (const auto& [name, text] : addresses) {
    if (auto address = ParsePlaceAddress(text)) places.push_back(*std::move(address));
  }
  return places;
}

std::string ServerOf(const PlaceAddress& address) {
  const auto* const form = std::find_if(kSchemes.begin(), kSchemes.end(),
                                        [&](const SchemeForm& known) { return known.scheme == address.scheme; });
  if (address.scheme == PlaceScheme::kFile) return "file://";
  return Concat(form->text, "://", address.host, ":", address.port);
}

}  // namespace quayside
