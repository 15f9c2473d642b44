// A CSV file record by record, whatever its columns are: it may be larger than memory. Fields may be quoted as RFC 4180
// has it, and hold line breaks then; blanks around a field, a UTF-8 byte order mark and Windows line ends are passed
// over.
#pragma once

#include <cstddef>
#include <istream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace quayside::cli {

struct CsvRecord {
  std::size_t line = 0;  // of the file, which it begins on; from 1
  std::vector<std::string> fields;
  std::string problem;  // why its fields are not to be relied on; empty: they are

  // Nothing but empty fields.
  [[nodiscard]] bool IsBlank() const;
  // No message may carry anything else, and the host would refuse the good rows of a call with it.
  [[nodiscard]] bool IsUtf8() const;
  // The field of that column; "" when the file has none such, or the record is shorter.
  [[nodiscard]] std::string At(const std::optional<std::size_t>& column) const;
};

// Not thread-safe.
class CsvFile {
 public:
  // `in` outlives it. `longest`: bytes of a record that are kept; what is longer has a problem.
  explicit CsvFile(std::istream& in, std::size_t longest = std::numeric_limits<std::size_t>::max());

  // The next record, blank ones included; nullopt at the end.
  [[nodiscard]] std::optional<CsvRecord> Next();

 private:
  // `more`: another field of the record follows.
  std::string ReadField(CsvRecord& record, std::size_t& bytes, bool& more);
  std::string ReadQuoted(CsvRecord& record, std::size_t& bytes);
  [[nodiscard]] int Peek() const { return in_->rdbuf()->sgetc(); }
  int Get();

  std::istream* in_;
  std::size_t longest_;
  std::size_t line_ = 1;
  // Bytes that looked like a mark and were none: the first field begins with them.
  std::string begun_;
};

}  // namespace quayside::cli
