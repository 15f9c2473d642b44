#include "host/api/paging.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "host/api/digest.h"
#include "host/base/errors.h"
#include "quayside/v1/options.pb.h"

namespace quayside {
namespace {

constexpr int kDefaultPageSize = 100;
constexpr size_t kBindingBytes = 8;

std::string BindingOf(const google::protobuf::Message& request, std::string_view cursor) {
  // A change that is made page by page has an id of its own for each.
  std::string bound = DigestOf(request, {"page_size", "page_token", "request_id", "validate_only"});
  return Sha256(bound.append(cursor)).substr(0, kBindingBytes);
}

// As the option writes it: "a, b desc".
std::string NormalOrder(const std::string& order_by) {
  std::vector<std::string> parts;
  for (const absl::string_view part : absl::StrSplit(order_by, ',')) {
    std::vector<absl::string_view> words = absl::StrSplit(part, ' ', absl::SkipEmpty());
    if (words.size() == 2 && words[1] == "asc") words.pop_back();
    parts.push_back(absl::StrJoin(words, " "));
  }
  return absl::StrJoin(parts, ", ");
}

absl::Status CheckOrder(const google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("order_by");
  if (field == nullptr) return absl::OkStatus();
  const std::string asked = request.GetReflection()->GetString(request, field);
  if (asked.empty()) return absl::OkStatus();
  const google::protobuf::FieldOptions& options = field->options();
  std::vector<std::string> known;
  for (int i = 0; i < options.ExtensionSize(v1::orders); ++i) known.push_back(options.GetExtension(v1::orders, i));
  if (std::find(known.begin(), known.end(), NormalOrder(asked)) != known.end()) return absl::OkStatus();
  return MakeFieldError(Reason::kInvalidArgument, {{"order_by", absl::StrCat("can be: ", absl::StrJoin(known, "; "))}});
}

absl::Status InvalidToken() {
  return MakeFieldError(Reason::kInvalidPageToken,
                        {{"page_token", "is not from this list with this filter; start again without it"}});
}

}  // namespace

absl::StatusOr<Page> ParsePage(const google::protobuf::Message& request, int page_size, const std::string& page_token) {
  if (page_size < 0) return MakeFieldError(Reason::kInvalidArgument, {{"page_size", "must be 0 (= 100) or 1..1000"}});
  QS_RETURN_IF_ERROR(CheckOrder(request));
  Page page;
  page.size = page_size == 0 ? kDefaultPageSize : std::min(page_size, kMaxPageSize);
  if (page_token.empty()) return page;
  std::string token;
  if (!absl::WebSafeBase64Unescape(page_token, &token) || token.size() <= kBindingBytes) return InvalidToken();
  page.cursor = token.substr(kBindingBytes);
  if (token.substr(0, kBindingBytes) != BindingOf(request, page.cursor)) return InvalidToken();
  return page;
}

SortOrder SortOrderOf(const std::string& order_by, SortOrder usual) {
  const std::string order = NormalOrder(order_by);
  if (order.empty()) return usual;
  return absl::EndsWith(order, " desc") ? SortOrder::kDescending : SortOrder::kAscending;
}

SortOrder SortOrderOfWork(const std::string& order_by, SortOrder usual) {
  return NormalOrder(order_by) == "number" ? usual : SortOrderOf(order_by, usual);
}

bool IsBefore(int64_t number, int64_t seen, SortOrder order) {
  if (seen == 0) return false;
  return order == SortOrder::kAscending ? number <= seen : number >= seen;
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
