// Rules of listings in a CSV file: SKU and at least one of MaxListedQuantity, EndWhenStock, StockPercentage, by header,
// in any order and case, or by names of one's own; other columns are ignored. Read row by row: the file may be larger
// than memory. Fields may be quoted as RFC 4180 has it; a UTF-8 byte order mark and Windows line ends are taken. A row
// that is not UTF-8 cannot be read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "quayside/v1/rule_import_service.pb.h"

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
  struct Record {
    std::int64_t line = 0;
    std::vector<std::string> fields;
    std::string unreadable;
  };

  explicit RulesCsv(std::istream& in) : in_(&in) {}
  std::optional<Record> NextRecord();
  // `more`: another field of the record follows.
  std::string ReadField(Record& record, std::size_t& bytes, bool& more);
  std::string ReadQuoted(Record& record, std::size_t& bytes);
  [[nodiscard]] int Peek() const { return in_->rdbuf()->sgetc(); }
  int Get();

  std::istream* in_;
  std::int64_t line_ = 1;
  v1::RuleColumns columns_;
  std::optional<std::size_t> sku_, max_, end_, percentage_;
};

}  // namespace quayside::cli
