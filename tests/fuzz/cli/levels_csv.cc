// A file of stock levels that a person made.
#include "tools/quayside/levels_csv.h"

#include <algorithm>
#include <set>
#include <string>

#include "host/base/utf8.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(levels_csv) {
  const auto file = cli::ParseLevels(absl::string_view(input.data(), input.size()), "default");
  if (!file.ok()) {
    Require(!file.status().message().empty(), "a refused file says why");
    return;
  }
  const auto lines = static_cast<size_t>(std::count(input.begin(), input.end(), '\n')) + 1;
  std::set<std::pair<std::string, std::string>> known;
  for (const cli::LevelRow& row : file->rows) {
    Require(row.line >= 2 && row.line <= lines, "a row is on a line of the file, behind the header");
    Require(!row.change.sku().empty(), "a row has a SKU");
    Require(IsUtf8(row.change.sku() + row.change.location() + row.change.title()), "a row can travel in a message");
    Require(row.change.level() >= 0 && row.change.level() <= 1'000'000'000, "a level is in range");
    Require(known.insert({row.change.sku(), row.change.location()}).second, "a SKU comes once for a location");
  }
  for (const cli::BadRow& row : file->bad_rows) {
    Require(row.line >= 2 && row.line <= lines && !row.problem.empty(), "a bad row says where it is and what is wrong");
  }
}
