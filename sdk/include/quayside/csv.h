// CSV (RFC 4180) as it comes from people: other delimiters and quotes, lone line feeds, empty lines; read piece by
// piece with positions, so that a file of any size needs little memory and every mistake has its line.
//
//   CsvReader reader(format, chunk, is_last_chunk, line);
//   CsvRecord record;
//   while (reader.Next(record) == CsvReader::Found::kRecord) ...
//   next_offset = chunk_offset + reader.offset();   // and reader.line()
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quayside::sdk {

struct CsvFormat {
  char delimiter = ',';
  char quote = '"';  // 0 = fields are never quoted
};

// Bytes a record may have, quotes and line ends with it. A longer one is a mistake: mostly a quote that is never
// closed.
inline constexpr size_t kLongestCsvRecord = 64 << 10;

struct CsvRecord {
  std::vector<std::string> fields;  // of a kBad record those before the one that is wrong
  int64_t line = 0;                 // of its beginning, 1 = the first
  std::string_view raw;             // as it stands in the chunk, without the line end
  std::string problem;              // of a kBad record, for a person
  int problem_field = 0;            // 1 = the first; 0 = the record as a whole
};

// Not thread-safe. `chunk` must outlive it and begin where a record begins.
class CsvReader {
 public:
  enum class Found {
    kRecord,
    kBad,       // `problem` says why; the reader went on behind the line it begins in
    kNeedMore,  // the chunk ends within a record that begins at offset(): read again from there
    kEnd,       // nothing follows
  };

  // `line` is that of the chunk's first byte.
  CsvReader(const CsvFormat& format, std::string_view chunk, bool is_last, int64_t line)
      : format_(format), chunk_(chunk), is_last_(is_last), line_(line) {}

  // Empty lines are passed over.
  [[nodiscard]] Found Next(CsvRecord& record);
  // Where the next record begins.
  [[nodiscard]] size_t offset() const { return offset_; }
  [[nodiscard]] int64_t line() const { return line_; }

 private:
  enum class Ended { kRecord, kChunk, kTooLong, kBroken };
  // Reads from offset_ to the record's end; `end` is then behind it, line end included.
  Ended Scan(CsvRecord& record, size_t& end) const;
  Ended ScanQuoted(std::string& field, size_t& at, size_t limit) const;
  Found GiveUpLine(CsvRecord& record, std::string problem);
  [[nodiscard]] size_t EndOfLine(size_t from) const;

  const CsvFormat format_;
  const std::string_view chunk_;
  const bool is_last_;
  size_t offset_ = 0;
  int64_t line_;
};

// One record with its line end (CR LF). Fields are quoted where they must be; with `quote` 0 a field that would need it
// loses delimiters and line ends to spaces.
[[nodiscard]] std::string CsvLine(const CsvFormat& format, const std::vector<std::string>& fields);

}  // namespace quayside::sdk
