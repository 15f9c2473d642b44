// The headers a document comes with, a line each; the first line is what the plugin asked for.
#include "host/net/document_form.h"

#include "absl/strings/ascii.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(document_form) {
  auto [asked, rest] = SplitLine(input);
  quayside::plugin::v1::FetchDocument request;
  request.set_gzip(asked.starts_with("gzip "));
  if (request.gzip()) asked.remove_prefix(5);
  request.set_max_bytes(ParseWhole(asked).value_or(0));
  if (!ParseWhole(asked)) request.set_default_charset(std::string(asked.substr(0, 64)));
  HttpAnswer head{.status = 200};
  while (!rest.empty()) {
    const auto [line, more] = SplitLine(rest);
    rest = more;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    head.headers.emplace_back(absl::AsciiStrToLower(std::string(line.substr(0, colon))), line.substr(colon + 1));
  }
  for (const auto& [name, value] : head.headers) {
    // Only one text is the rest of ten bytes behind the fourth.
    Require(IsRestOf(value, 4, 10) == (value == "bytes 4-9/10"), "a rest is all that follows");
    Require(!IsStrongEtag(value) || (value.size() >= 2 && value[0] == '"'), "a strong tag is quoted");
  }
  const auto form = FormOf(head, request);
  if (!form.ok()) {
    Require(
        HasReason(form.status(), Reason::kDocumentUnreadable) || HasReason(form.status(), Reason::kDocumentTooLarge),
        "a refused form says why");
    for (const char c : form.status().message())
      Require(absl::ascii_isprint(static_cast<unsigned char>(c)), "in one line");
    return;
  }
  Require(form->packed_for_transport >= 0 && form->packed_for_transport <= 8,
          "a document is packed a few times at most");
  Require(form->max_bytes > 0 && form->max_bytes <= kMostDocumentBytes, "a document has a largest size");
}
