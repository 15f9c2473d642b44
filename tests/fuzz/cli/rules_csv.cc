// A file of listing rules that a person made.
#include "tools/quayside/rules_csv.h"

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>

#include "host/base/utf8.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(rules_csv) {
  std::istringstream in{std::string(input)};
  auto file = cli::RulesCsv::Open(in, {});
  if (!file.ok()) {
    Require(!file.status().message().empty(), "a refused file says why");
    return;
  }
  const v1::RuleColumns& columns = file->columns();
  Require(columns.has_max_listed_quantity() || columns.has_end_when_quantity() || columns.has_listed_percentage(),
          "a file that is taken has one rule at least");
  const auto lines = std::count(input.begin(), input.end(), '\n') + 1;
  int64_t before = 1;
  while (const auto row = file->Next()) {
    Require(row->line() > before && row->line() <= lines, "rows come line by line, behind the header");
    before = row->line();
    const std::string cells =
        row->sku() + row->max_listed_quantity() + row->end_when_quantity() + row->listed_percentage();
    Require(row->unreadable().empty() || cells.empty(), "a row that cannot be read has no cells");
    Require(cells.size() <= size_t{64} * 1024, "a row is no longer than 64 KiB");
    Require(IsUtf8(cells), "a row can travel in a message");
    Require(columns.has_max_listed_quantity() || row->max_listed_quantity().empty(), "a cell has its column");
  }
}
