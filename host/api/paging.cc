#include "host/api/paging.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "host/api/digest.h"
#include "host/base/errors.h"

namespace quayside {
namespace {

constexpr int kDefaultPageSize = 100;
constexpr int kMaxPageSize = 1000;
constexpr size_t kBindingBytes = 8;

std::string BindingOf(const google::protobuf::Message& request, std::string_view cursor) {
  std::string bound = DigestOf(request, {"page_size", "page_token"});
  return Sha256(bound.append(cursor)).substr(0, kBindingBytes);
}

absl::Status InvalidToken() {
  return MakeFieldError(Reason::kInvalidPageToken,
                        {{"page_token", "is not from this list with this filter; start again without it"}});
}

}  // namespace

absl::StatusOr<Page> ParsePage(const google::protobuf::Message& request, int page_size, const std::string& page_token) {
  if (page_size < 0) return MakeFieldError(Reason::kInvalidArgument, {{"page_size", "must be 0 (= 100) or 1..1000"}});
  Page page;
  page.size = page_size == 0 ? kDefaultPageSize : std::min(page_size, kMaxPageSize);
  if (page_token.empty()) return page;
  std::string token;
  if (!absl::WebSafeBase64Unescape(page_token, &token) || token.size() <= kBindingBytes) return InvalidToken();
  page.cursor = token.substr(kBindingBytes);
  if (token.substr(0, kBindingBytes) != BindingOf(request, page.cursor)) return InvalidToken();
  return page;
}

std::string MakePageToken(const google::protobuf::Message& request, std::string_view cursor) {
  return absl::WebSafeBase64Escape(BindingOf(request, cursor).append(cursor));
}

absl::StatusOr<int64_t> NumberCursor(const Page& page) {
  int64_t number = 0;
  if (page.cursor.empty()) return number;
  if (!absl::SimpleAtoi(page.cursor, &number)) return InvalidToken();
  return number;
}

}  // namespace quayside
