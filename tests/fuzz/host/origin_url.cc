// Whatever is appended to an origin cannot change the host it points at. The judge is curl's own parser.
#include "host/ops/origin_url.h"

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/fuzz/target.h"

namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

// What curl would call: scheme, user, password, host, port. Nothing when it would not call it at all.
std::optional<std::vector<std::string>> CalledAt(const std::string& address) {
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, address.c_str(), 0) != CURLUE_OK) return std::nullopt;
  std::vector<std::string> parts;
  for (const CURLUPart part : {CURLUPART_SCHEME, CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_HOST, CURLUPART_PORT}) {
    char* text = nullptr;
    parts.emplace_back(curl_url_get(url.get(), part, &text, 0) == CURLUE_OK ? text : "");
    curl_free(text);
  }
  return parts;
}

}  // namespace

QUAYSIDE_FUZZ_TARGET(origin_url) {
  const auto [origin, appended] = SplitLine(input);
  if (!IsOriginUrl(origin)) return;
  Require(
      origin.find_first_of(std::string_view("@/?#\\ \t\r\n\0", 10), origin.find("://") + 3) == std::string_view::npos,
      "an origin ends with its host and port");
  const auto alone = CalledAt(std::string(origin) + "/");
  const auto whole = CalledAt(std::string(origin) + "/" + std::string(appended));
  if (whole) Require(whole == alone, "what is appended changes nothing of where a call goes: " + std::string(input));
  if (alone) Require((*alone)[1].empty() && (*alone)[2].empty(), "nothing of an origin is a user or a password");
}
