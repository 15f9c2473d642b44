#include "core/document_api.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

#include "core/accounts.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

// Headers that carry a credential of ours.
constexpr std::array<std::string_view, 3> kSecretHeaders{"authorization", "x-amz-access-token", "cookie"};

std::string Element(std::string_view name, std::string_view text) {
  std::string element = "<" + std::string(name) + ">";
  for (const char c : text) {
    if (c == '<') {
      element += "&lt;";
    } else if (c == '&') {
      element += "&amp;";
    } else {
      element += c;
    }
  }
  return element + "</" + std::string(name) + ">";
}

// A refusal for a leaked credential, after noting it; nothing when there was none.
std::optional<Response> RefuseSecrets(Ledger& ledger, const Request& request, const Document* document, Micros now) {
  std::optional<Response> refusal;
  for (const std::string_view name : kSecretHeaders) {
    if (!FindHeader(request.headers, name)) continue;
    ledger.AddLeak({now, document ? document->account->seller_id() : "", request.method,
                    document ? document->id : request.target.substr(0, request.target.find('?')), std::string(name)});
    refusal = name == "authorization"
                  ? StoreError(400, "InvalidArgument",
                               "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature "
                               "query string parameter or the Authorization header should be specified",
                               Element("ArgumentName", "Authorization"))
                  : StoreError(403, "AccessDenied", "There were headers present in the request which were not signed",
                               Element("HeadersNotSigned", name));
  }
  return refusal;
}

struct ByteRange {
  std::uint64_t first;
  std::uint64_t last;  // inclusive
};

enum class RangeState { kNone, kGood, kUnsatisfiable };

// The one range a request asks for. What is no range at all is ignored, as HTTP wants it.
RangeState ReadRange(const Request& request, std::uint64_t size, ByteRange& range) {
  const std::string* header = FindHeader(request.headers, "range");
  constexpr std::string_view kUnit = "bytes=";
  if (!header || header->rfind(kUnit, 0) != 0) return RangeState::kNone;
  const std::string_view text = std::string_view(*header).substr(kUnit.size());
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || text.find(',') != std::string_view::npos) return RangeState::kNone;
  const auto number = [](std::string_view digits) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  };
  const auto from = number(text.substr(0, dash));
  const auto to = number(text.substr(dash + 1));
  if (from) {
    if (*from >= size || (to && *to < *from)) return RangeState::kUnsatisfiable;
    range = {*from, std::min(to.value_or(size - 1), size - 1)};
    return RangeState::kGood;
  }
  if (!to || dash != 0) return RangeState::kNone;
  if (*to == 0 || size == 0) return RangeState::kUnsatisfiable;
  range = {size - std::min(*to, size), size - 1};  // the last so many bytes
  return RangeState::kGood;
}

std::string EntityTag(const Document& document) {
  std::array<char, 40> text;
  Rng words(Fnv1a(document.id, document.uploads));
  std::snprintf(text.data(), text.size(), "\"%016llx%016llx\"", static_cast<unsigned long long>(words.Next()),
                static_cast<unsigned long long>(words.Next()));
  return text.data();
}

Response Download(Document& document, const Request& request, const Query& query) {
  if (!document.content) {
    return StoreError(404, "NoSuchKey", "The specified key does not exist.", Element("Key", document.id));
  }
  Response response{.headers = {{"Content-Type", document.content_type},
                                {"ETag", EntityTag(document)},
                                {"Accept-Ranges", "bytes"},
                                {"Last-Modified", HttpDate(document.created)}}};
  if (const std::string* encoding = query.Find("response-content-encoding")) {
    response.headers.emplace_back("Content-Encoding", *encoding);
  }
  ByteRange range{};
  const std::uint64_t size = document.content->size();
  // A condition that is not met makes it a request for the whole (RFC 9110 section 13.1.5).
  const std::string* if_range = FindHeader(request.headers, "if-range");
  const bool is_same = if_range == nullptr || *if_range == EntityTag(document);
  switch (is_same ? ReadRange(request, size, range) : RangeState::kNone) {
    case RangeState::kUnsatisfiable:
      return StoreError(416, "InvalidRange", "The requested range is not satisfiable",
                        Element("ActualObjectSize", std::to_string(size)));
    case RangeState::kGood:
      response.status = 206;
      response.headers.emplace_back("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                                         std::to_string(range.last) + "/" + std::to_string(size));
      response.stream = SliceOf(document.content, range.first, range.last - range.first + 1);
      break;
    case RangeState::kNone:
      response.stream = document.content;
  }
  ++document.downloads;
  return response;
}

std::string Digest(std::string_view content) {
  std::array<char, 17> text;
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(Fnv1a(content)));
  return text.data();
}

Response Upload(DocumentStore& store, Ledger& ledger, Document& document, const Request& request) {
  SpoolWriter spool(store.spool());
  spool.Write(request.body);
  document.content = spool.Finish();
  document.digest = Digest(request.body);
  ++document.uploads;
  FeedContent& content = ledger.Content(document.digest);
  content.bytes = request.body.size();
  ++content.uploads;
  return {.headers = {{"ETag", EntityTag(document)}}};
}

}  // namespace

Response StoreError(int status, std::string_view code, std::string_view message, std::string_view more) {
  return {.status = status,
          .headers = {{"Content-Type", "application/xml"}},
          .body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>" + Element("Code", code) +
                  Element("Message", message) + std::string(more) + "</Error>"};
}

Response ExpiredAddress(const Query& query, Micros now) {
  return StoreError(403, "AccessDenied", "Request has expired",
                    Element("X-Amz-Expires", query.Get("X-Amz-Expires")) +
                        Element("Expires", Iso8601(DocumentStore::ExpiryOf(query))) +
                        Element("ServerTime", Iso8601(now)));
}

Response AnswerDocumentRequest(DocumentStore& store, Ledger& ledger, const Request& request, const Target& target,
                               Micros now) {
  Document* document = store.Find(target.segments.back());
  if (auto refusal = RefuseSecrets(ledger, request, document, now)) return *std::move(refusal);
  if (!document) return StoreError(403, "AccessDenied", "Access Denied");
  const std::string* type = FindHeader(request.headers, "content-type");
  switch (store.CheckAddress(*document, request.method, target.query, type ? *type : "", now)) {
    case DocumentStore::AddressState::kWrong:
      return StoreError(403, "SignatureDoesNotMatch",
                        "The request signature we calculated does not match the signature you provided. Check your "
                        "key and signing method.");
    case DocumentStore::AddressState::kExpired:
      return ExpiredAddress(target.query, now);
    case DocumentStore::AddressState::kGood:
      break;
  }
  return request.method == "PUT" ? Upload(store, ledger, *document, request)
                                 : Download(*document, request, target.query);
}

}  // namespace amazon_sim
