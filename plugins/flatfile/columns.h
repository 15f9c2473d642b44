// Which column of a file holds which of our fields. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quayside/csv.h"
#include "quayside/result.h"
#include "settings.h"

namespace quayside::flatfile {

// Without spaces, tabs and line ends around it.
[[nodiscard]] std::string_view Trimmed(std::string_view text);

// The fields of one kind of file.
struct Fields {
  std::span<const std::string_view> names;   // in the order in which they are written
  std::span<const std::string_view> needed;  // of these a file must have the columns
  [[nodiscard]] bool Knows(std::string_view name) const;
  [[nodiscard]] bool Needs(std::string_view name) const;
};

[[nodiscard]] Fields OrderFields();
[[nodiscard]] Fields ListingFields();
[[nodiscard]] Fields QuantityFields();
[[nodiscard]] Fields DespatchFields();
// Of a warehouse: its stock, orders it is to ship, those it is asked to give back, and what it says of them.
[[nodiscard]] Fields StockFields();
[[nodiscard]] Fields OutboundFields();
[[nodiscard]] Fields TakeBackFields();
[[nodiscard]] Fields ShipmentFields();

// The columns of one file.
class Columns {
 public:
  // From a file's header. A field without a mapping is looked for under its own name. INVALID COLUMN_MISSING names
  // every needed column that the header lacks; case does not matter.
  [[nodiscard]] static sdk::Result<Columns> FromHeader(const std::vector<std::string>& header, const Fields& fields,
                                                       const ColumnMap& map);
  // Of files without a header.
  [[nodiscard]] static Columns FromNumbers(const ColumnMap& map);

  // 1 = the first; 0 = the file has none for it.
  [[nodiscard]] int NumberOf(std::string_view field) const;
  // As the header calls it, else the field's name.
  [[nodiscard]] std::string TitleOf(std::string_view field) const;
  // The first column that a line of `count` fields, which are not as many as it must have, lacks or has too many.
  [[nodiscard]] size_t FirstBeyond(size_t count) const;
  // As the header calls the column, else the field it is mapped to; "" = neither.
  [[nodiscard]] std::string TitleAt(size_t number) const;
  // Fields each line must have; 0 = at least those that are mapped.
  [[nodiscard]] size_t width() const { return width_; }
  [[nodiscard]] size_t least_width() const { return least_width_; }

 private:
  std::map<std::string, int, std::less<>> numbers_;
  std::map<std::string, std::string, std::less<>> titles_;
  std::vector<std::string> header_;
  size_t width_ = 0;
  size_t least_width_ = 0;
};

// One line of a file, by field.
class Row {
 public:
  Row(const sdk::CsvRecord& record, const Columns& columns) : record_(record), columns_(columns) {}
  // Without the spaces around it; "" when the file has no such column.
  [[nodiscard]] std::string_view Get(std::string_view field) const;
  // "" or which column is the first that the line lacks or has too many.
  [[nodiscard]] std::string WidthProblem() const;
  // "line 17, column 3 (Qty): `what`"; without the column when the file has none for the field.
  [[nodiscard]] std::string At(std::string_view field, std::string_view what) const;
  // The same of a column of which no field is known.
  [[nodiscard]] std::string AtColumn(size_t number, std::string_view what) const;
  [[nodiscard]] const sdk::CsvRecord& record() const { return record_; }

 private:
  const sdk::CsvRecord& record_;
  const Columns& columns_;
};

// What is wrong with a line that is no record.
[[nodiscard]] std::string ProblemOf(const sdk::CsvRecord& record);

}  // namespace quayside::flatfile
