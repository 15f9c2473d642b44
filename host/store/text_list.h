// A list of texts as one parameter of a statement: "sku IN " QS_TEXTS_OF("?2"), bound to TextListParameter(skus).
//
// SQLite reads a text of JSON up to its first NUL, and what a marketplace calls a SKU may have one: "A\0B" would be
// taken for "A". So NUL travels as U+0001 and "0", and U+0001 as itself and "1"; the statement puts them back.
#pragma once

#include <string>
#include <vector>

namespace quayside {

#define QS_TEXTS_OF(parameter) \
  "(SELECT replace(replace(value, char(1, 48), char(0)), char(1, 49), char(1)) FROM json_each(" parameter "))"

[[nodiscard]] std::string TextListParameter(const std::vector<std::string>& values);

}  // namespace quayside
