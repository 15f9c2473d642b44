// Rules of listings in a CSV file: SKU and at least one of MaxListedQuantity, EndWhenStock, StockPercentage, by header,
// in any order and case, or by names of one's own; other columns are ignored. Read row by row: the file may be larger
// than memory. A row that is not UTF-8 cannot be read.
#pragma once

#include <cstddef>
#include <istream>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "quayside/v1/rule_import_service.pb.h"
#include "tools/quayside/csv_file.h"

namespace quayside::cli {

// Names of the columns, and what an empty cell of each stands for; unset: it takes the listing's own rule away.
struct RuleColumnNames {
  std::string sku = "SKU";
  std::string max = "MaxListedQuantity";
  std::string end = "EndWhenStock";
  std::string percentage = "StockPercentage";
  std::optional<std::string> max_default;
  std::optional<std::string> end_default;
  std::optional<std::string> percentage_default;
};

// Not thread-safe. `in` outlives it.
class RulesCsv {
 public:
  // Reads the header. A usage error when it lacks the SKU or has none of the rules.
  [[nodiscard]] static absl::StatusOr<RulesCsv> Open(std::istream& in, const RuleColumnNames& names);

  // Those that the file has.
  [[nodiscard]] const v1::RuleColumns& columns() const { return columns_; }
  // The next row that has any text; nullopt at the end. One that cannot be read says why.
  [[nodiscard]] std::optional<v1::RuleRow> Next();

 private:
  explicit RulesCsv(std::istream& in);

  CsvFile file_;
  v1::RuleColumns columns_;
  std::optional<std::size_t> sku_, max_, end_, percentage_;
};

}  // namespace quayside::cli
