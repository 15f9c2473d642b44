// Filters of lists that no index serves: rows are looked at one after the other, so many for a page and no more.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "google/protobuf/message.h"
#include "host/api/paging.h"
#include "host/base/errors.h"

namespace quayside {

template <class Record>
using RowFilter = std::function<bool(const Record&)>;

// However few of them are wanted: a page of a million rows takes no longer.
inline constexpr int kRowsLookedAt = 10'000;

// What is to be read of the store for a page: one row more than is looked at says that others follow.
[[nodiscard]] inline int RowsToRead(const Page& page, const google::protobuf::Message& filter) {
  const bool empty = filter.ByteSizeLong() == 0;
  return (empty ? page.size : kRowsLookedAt) + 1;
}

// A text that is somewhere in another, upper or lower case (of a-z) alike. Empty: in all.
class SoughtText {
 public:
  explicit SoughtText(std::string_view text) : text_(absl::AsciiStrToLower(std::string(text))) {}

  [[nodiscard]] bool IsInOneOf(std::initializer_list<std::string_view> others) const {
    if (text_.empty()) return true;
    for (const std::string_view other : others) {
      if (absl::StrContains(absl::AsciiStrToLower(std::string(other)), text_)) return true;
    }
    return false;
  }

 private:
  std::string text_;
};

// Puts the rows that are `wanted` into the page, by `add(index)`, and answers the token of the next one: empty when
// this is the last. `rows` begin behind the page's cursor; `cursor_of(row)` says where a page ended whose last row is
// that.
template <class Record, class Add, class CursorOf>
[[nodiscard]] absl::StatusOr<std::string> FillPage(const google::protobuf::Message& request, const Page& page,
                                                   const std::vector<Record>& rows, const RowFilter<Record>& wanted,
                                                   const Add& add, const CursorOf& cursor_of) {
  int added = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool takes = wanted(rows[i]);
    if (i == kRowsLookedAt || (takes && added == page.size)) return MakePageToken(request, cursor_of(rows[i - 1]));
    if (!takes) continue;
    QS_RETURN_IF_ERROR(add(i));
    ++added;
  }
  return std::string();
}

}  // namespace quayside
