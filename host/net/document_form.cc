#include "host/net/document_form.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

constexpr size_t kLongestLabelShown = 40;

absl::Status UnreadableDocument(std::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, Reason::kDocumentUnreadable,
                   Concat("the document cannot be read: ", why));
}

// A header's text in a message: short, without what could break a line.
std::string Shown(std::string_view text) {
  std::string shown(text.substr(0, kLongestLabelShown));
  std::replace_if(
      shown.begin(), shown.end(), [](unsigned char c) { return !absl::ascii_isgraph(c); }, '?');
  return shown;
}

// Calls `each` with the parts of every header of this name, split at `separator`, trimmed.
template <typename Each>
absl::Status ForEachPart(const HttpAnswer& head, std::string_view name, char separator, const Each& each) {
  for (const auto& [header, value] : head.headers) {
    if (header != name) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find(separator), rest.size());
      QS_RETURN_IF_ERROR(each(Trim(rest.substr(0, end))));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return absl::OkStatus();
}

// Without a length or chunks the answer ends with the connection, however that ended: a part would look like the whole.
absl::Status CheckFraming(const HttpAnswer& head, int64_t max_bytes, bool is_packed) {
  bool has_end = false;
  QS_RETURN_IF_ERROR(ForEachPart(head, "transfer-encoding", ',', [&](std::string_view part) {
    has_end = has_end || LowerCase(part) == "chunked";
    return absl::OkStatus();
  }));
  QS_RETURN_IF_ERROR(ForEachPart(head, "content-length", ',', [&](std::string_view part) {
    const auto length = ParseWhole(part);
    has_end = has_end || length.has_value();
    return length.value_or(0) > max_bytes && !is_packed ? DocumentTooLarge(max_bytes) : absl::OkStatus();
  }));
  return has_end ? absl::OkStatus() : UnreadableDocument("the server states no length, so that its end cannot be seen");
}

absl::StatusOr<int> TransportPackings(const HttpAnswer& head) {
  int packings = 0;
  QS_RETURN_IF_ERROR(ForEachPart(head, "content-encoding", ',', [&](std::string_view part) -> absl::Status {
    const std::string coding = LowerCase(part);
    if (coding == "gzip" || coding == "x-gzip") {
      ++packings;
    } else if (!coding.empty() && coding != "identity" && coding != "aws-chunked") {
      // S3 repeats "aws-chunked" of the upload, which it undid when it stored the object.
      return UnreadableDocument(Concat("it is packed with '", Shown(coding), "'; gzip is what is known here"));
    }
    return absl::OkStatus();
  }));
  return packings;
}

std::string_view Unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

absl::StatusOr<Charset> CharsetOf(const HttpAnswer& head, const std::string& default_charset) {
  constexpr std::string_view kParameter = "charset=";
  std::string label = default_charset;
  QS_RETURN_IF_ERROR(ForEachPart(head, "content-type", ';', [&](std::string_view part) {
    if (LowerCase(part).starts_with(kParameter)) label = Unquoted(Trim(part.substr(kParameter.size())));
    return absl::OkStatus();
  }));
  const std::optional<Charset> charset = FindCharset(label);
  if (!charset) return UnreadableDocument(Concat("its charset '", Shown(label), "' is not known here"));
  return *charset;
}

}  // namespace

bool IsStrongEtag(std::string_view etag) {
  if (etag.size() < 2 || etag.front() != '"' || etag.back() != '"') return false;
  return std::all_of(etag.begin() + 1, etag.end() - 1,
                     [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '"'; });
}

bool IsRestOf(std::string_view content_range, int64_t offset, int64_t length) {
  return offset < length && content_range == Concat("bytes ", offset, "-", length - 1, "/", length);
}

absl::Status DocumentTooLarge(int64_t max_bytes) {
  return MakeError(absl::StatusCode::kInvalidArgument, Reason::kDocumentTooLarge,
                   Concat("the document is larger than ", max_bytes, " bytes; nothing of it is kept"));
}

absl::StatusOr<DocumentForm> FormOf(const HttpAnswer& head, const quayside::plugin::v1::FetchDocument& request) {
  DocumentForm form;
  form.is_gzip_file = request.gzip();
  if (request.max_bytes() > 0) form.max_bytes = std::min<int64_t>(request.max_bytes(), kMostDocumentBytes);
  QS_ASSIGN_OR_RETURN(form.packed_for_transport, TransportPackings(head));
  QS_RETURN_IF_ERROR(CheckFraming(head, form.max_bytes, form.is_gzip_file || form.packed_for_transport > 0));
  if (!request.default_charset().empty()) {
    QS_ASSIGN_OR_RETURN(form.charset, CharsetOf(head, request.default_charset()));
  }
  return form;
}

}  // namespace quayside
