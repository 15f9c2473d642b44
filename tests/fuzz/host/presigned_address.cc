// An address a marketplace hands out for a document. The judge of where it leads is curl's own parser.
#include <curl/curl.h>

#include <memory>
#include <string>

#include "host/base/errors.h"
#include "host/net/presigned_rules.h"
#include "tests/fuzz/target.h"

namespace {

struct FreeAddress {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string Part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

QUAYSIDE_FUZZ_TARGET(presigned_address) {
  quayside::plugin::v1::Manifest manifest;
  for (const char* pattern : {"https://*.amazonaws.com", "https://files.example.com"}) {
    auto* const origin = manifest.add_origins();
    origin->set_name(pattern);
    origin->set_url(pattern);
    origin->set_presigned(true);
  }
  const auto target = ResolvePresigned(manifest, input, {});
  if (!target.ok()) {
    Require(HasReason(target.status(), Reason::kOriginDenied) ||
                target.status().code() == absl::StatusCode::kInvalidArgument,
            "a refused address is denied or none");
    return;
  }
  Require(!target->is_mapped, "nothing is mapped here");
  const std::unique_ptr<CURLU, FreeAddress> url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, target->url.c_str(), 0) != CURLUE_OK) return;  // then nothing is called
  const std::string host = Lower(Part(url.get(), CURLUPART_HOST));
  Require(Lower(Part(url.get(), CURLUPART_SCHEME)) == "https", "an address is called by https: " + target->url);
  Require(Part(url.get(), CURLUPART_USER).empty() && Part(url.get(), CURLUPART_PASSWORD).empty(), "nobody logs in");
  Require(host == "files.example.com" || (host.size() > 14 && host.ends_with(".amazonaws.com")),
          "an address leads to a declared origin, not to " + host);
  const std::string port = Part(url.get(), CURLUPART_PORT);
  Require(port.empty() || port == "443", "on the declared port, not on " + port);
}
