// Pages of lists. A token carries where the next page begins and is bound to the method and its filter (every field of
// the request but page_size, page_token, request_id and validate_only): from another list it is refused, not misread.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "host/store/list_queries.h"

namespace quayside {

inline constexpr int kMaxPageSize = 1000;

struct Page {
  int size = 0;
  std::string cursor;  // empty: the first page
};

// 0 = 100, more than 1000 = 1000. INVALID_ARGUMENT when negative or when the list has no such order (`order_by` and its
// option quayside.v1.orders), INVALID_PAGE_TOKEN.
[[nodiscard]] absl::StatusOr<Page> ParsePage(const google::protobuf::Message& request, int page_size,
                                             const std::string& page_token);
[[nodiscard]] std::string MakePageToken(const google::protobuf::Message& request, std::string_view cursor);
// The cursor of a list by number. INVALID_PAGE_TOKEN.
[[nodiscard]] absl::StatusOr<int64_t> NumberCursor(const Page& page);

// Of a list that has one order in both directions; `usual` when none is asked for. The order was checked by ParsePage.
[[nodiscard]] SortOrder SortOrderOf(const std::string& order_by, SortOrder usual);
// The same of lists of an order's packages and the like, where "number" means the usual direction.
[[nodiscard]] SortOrder SortOrderOfWork(const std::string& order_by, SortOrder usual);
// A page that begins behind `seen` (0: the first) holds no such number.
[[nodiscard]] bool IsBefore(int64_t number, int64_t seen, SortOrder order);

template <class Request>
[[nodiscard]] absl::StatusOr<Page> ParsePage(const Request& request) {
  return ParsePage(request, request.page_size(), request.page_token());
}

}  // namespace quayside
