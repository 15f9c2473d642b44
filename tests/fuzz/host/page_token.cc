// The token of a list's next page, which comes back from any client. The first line is the list's filter, the rest a
// token and, taken as such, a cursor.
#include "host/api/paging.h"
#include "quayside/plugin/v1/types.pb.h"
#include "tests/fuzz/target.h"

namespace {

using Request = quayside::plugin::v1::Cursor;  // any message will do; its text may be any bytes

Request ListOf(std::string_view filter) {
  Request request;
  request.set_state(std::string(filter));
  return request;
}

}  // namespace

QUAYSIDE_FUZZ_TARGET(page_token) {
  const auto [filter, text] = SplitLine(input);
  const Request request = ListOf(filter);
  const Request other = ListOf(std::string(filter) + "x");

  if (const auto page = ParsePage(request, 0, std::string(text)); page.ok() && !text.empty()) {
    const auto again = ParsePage(request, 0, MakePageToken(request, page->cursor));
    Require(again.ok() && again->cursor == page->cursor, "a token that is taken says what a token of ours would");
  }
  if (text.empty()) return;
  const std::string token = MakePageToken(request, text);
  const auto page = ParsePage(request, 0, token);
  Require(page.ok() && page->cursor == text, "a cursor survives its token");
  Require(!ParsePage(other, 0, token).ok(), "a token of another list is refused");
  for (size_t size = 1; size < token.size(); size += 1 + token.size() / 16) {
    Require(!ParsePage(request, 0, token.substr(0, size)).ok(), "a truncated token is refused");
  }
}
