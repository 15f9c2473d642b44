// Which column of a listing report says what. Columns are known by their names alone: shops with business prices get
// some more in between, and customised reports leave some out.
#pragma once

#include <array>
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "json_fields.h"

namespace quayside::amazon {

constexpr int32_t kNoColumn = -1;

// The numbers of columns as a position keeps them: how many there are, then where each is. nullopt, and a breach, when
// they make no sense.
template <size_t kNumbers>
[[nodiscard]] std::optional<std::array<int32_t, kNumbers>> ReadColumnNumbers(JsonFields& fields,
                                                                             const boost::json::array& array) {
  std::array<int32_t, kNumbers> numbers{};
  bool good = array.size() == kNumbers;
  for (size_t i = 0; good && i < kNumbers; ++i) {
    good = array[i].is_int64() && array[i].get_int64() >= kNoColumn && array[i].get_int64() <= 100'000;
    if (good) numbers[i] = static_cast<int32_t>(array[i].get_int64());
    good = good && (i == 0 || numbers[i] < numbers[0]);
  }
  if (good) return numbers;
  fields.Fail("columns", "make no sense");
  return std::nullopt;
}

struct ReportColumns {
  int32_t count = 0;  // of the header; a line has as many
  int32_t sku = kNoColumn;
  int32_t channel = kNoColumn;
  // These may be absent.
  int32_t title = kNoColumn;
  int32_t asin = kNoColumn;
  int32_t quantity = kNoColumn;
  int32_t status = kNoColumn;
};

// The columns of a header line, or what is wrong with it, in words with the names found.
//
// Names are compared without case, spaces, dashes and underscores, without what stands in brackets, and in Amazon's
// languages: a report is asked for in English but may come from a cache in another one.
[[nodiscard]] std::variant<ReportColumns, std::string> FindColumns(std::string_view header);

[[nodiscard]] boost::json::array ColumnsJson(const ReportColumns& columns);
[[nodiscard]] ReportColumns ReadColumns(JsonFields& fields, const boost::json::array& array);

}  // namespace quayside::amazon
