// The request of a plugin that wants to reach more than its manifest lets it: a serialised HttpRequest.
#include <curl/curl.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>

#include <memory>

#include "host/base/text.h"
#include "host/net/request_rules.h"
#include "tests/fuzz/target.h"

namespace {

using quayside::plugin::v1::HttpRequest;
using quayside::plugin::v1::Manifest;

constexpr char kBase[] = "https://api.shop.example:8443";

Manifest MakeManifest() {
  Manifest manifest;
  google::protobuf::TextFormat::ParseFromString(R"(
    origins { name: "api" url: "https://api.shop.example:8443" }
    origins { name: "files" url: "https://*.files.example" presigned: true }
    credentials { name: "token" type: "secret" origins: "api" }
    rate_limits { operation: "orders" rate: "1" burst: 1 })",
                                                &manifest);
  return manifest;
}

std::string HostOf(const std::string& address) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  char* host = nullptr;
  if (curl_url_set(url.get(), CURLUPART_URL, address.c_str(), 0) != CURLUE_OK ||
      curl_url_get(url.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK) {
    return {};
  }
  std::string copy(host);
  curl_free(host);
  return copy;
}

bool EndsALine(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

}  // namespace

QUAYSIDE_FUZZ_TARGET(http_request) {
  static const Manifest manifest = MakeManifest();
  google::protobuf::LogSilencer quiet;  // text that is no UTF-8
  HttpRequest request;
  if (!request.ParseFromArray(input.data(), static_cast<int>(input.size()))) return;
  for (const auto& origin : manifest.origins()) {
    if (!CheckCredentialUses(request, manifest, origin).ok() || request.credentials().empty()) continue;
    Require(origin.name() == "api", "a credential goes where the manifest lets it");
    for (const auto& use : request.credentials()) Require(use.name() == "token", "a credential is a declared one");
  }
  if (!CheckRequest(request, manifest).ok()) return;
  Require(HostOf(kBase + request.path()) == "api.shop.example", "the path does not change the host: " + request.path());
  for (const auto& header : request.headers()) {
    Require(!EndsALine(header.name()) && !EndsALine(header.value()), "a header is one header");
    const std::string name = LowerCase(header.name());
    Require(name != "host" && name != "authorization" && name != "content-length" && name != "transfer-encoding",
            "the host's own headers stay the host's: " + name);
  }
  Require(request.max_response_bytes() >= 0 && request.max_response_bytes() <= kMostResponseBytes,
          "an answer has a bound");
}
