// CSV: whatever the text, it is read to its end, every byte once, and the same through chunks of any size.
#include "quayside/csv.h"

#include <cstdint>
#include <string>
#include <vector>

#include "tests/fuzz/target.h"

namespace quayside::fuzz {
namespace {

using sdk::CsvReader;
using sdk::CsvRecord;

struct Seen {
  std::vector<std::string> records;
  bool is_whole = true;  // no line was longer than the chunk
  friend bool operator==(const Seen&, const Seen&) = default;
};

std::string Told(CsvReader::Found found, const CsvRecord& record) {
  std::string text = std::to_string(record.line) + (found == CsvReader::Found::kBad ? "!" : ":");
  for (const std::string& field : record.fields) text += field + "\x1f";
  return text + std::to_string(record.problem_field);
}

Seen ReadAll(const sdk::CsvFormat& format, std::string_view text, size_t chunk_bytes) {
  Seen seen;
  int64_t line = 1;
  while (true) {
    const std::string_view chunk = text.substr(0, chunk_bytes);
    CsvReader reader(format, chunk, chunk.size() == text.size(), line);
    CsvRecord record;
    while (true) {
      const size_t before = reader.offset();
      const auto found = reader.Next(record);
      if (found == CsvReader::Found::kEnd) return seen;
      if (found == CsvReader::Found::kNeedMore) break;
      Require(reader.offset() > before, "every record is progress");
      seen.records.push_back(Told(found, record));
    }
    Require(chunk.size() < text.size(), "the last chunk needs no more");
    if (reader.offset() == 0) {
      seen.is_whole = false;
      return seen;
    }
    text.remove_prefix(reader.offset());
    line = reader.line();
  }
}

}  // namespace
}  // namespace quayside::fuzz

// The first byte chooses delimiter, quote and chunk.
QUAYSIDE_FUZZ_TARGET(csv) {
  if (input.empty()) return;
  const auto choice = static_cast<unsigned char>(input.front());
  const std::string_view text = input.substr(1);
  const sdk::CsvFormat format{choice % 2 == 0 ? ',' : ';', choice / 2 % 3 == 0   ? '\0'
                                                           : choice / 2 % 3 == 1 ? '"'
                                                                                 : '\''};
  const Seen whole = ReadAll(format, text, std::string_view::npos);
  Require(whole.is_whole, "a text that is there as a whole is read to its end");
  const Seen pieces = ReadAll(format, text, static_cast<size_t>(choice) / 6 + 16);
  Require(!pieces.is_whole || pieces == whole, "chunks change nothing");
}
