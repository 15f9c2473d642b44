#include "table.h"

#include <utility>

namespace quayside::flatfile {
namespace {

namespace pb = plugin::v1;
using sdk::CsvReader;
using sdk::CsvRecord;
using sdk::Result;
using sdk::Step;

// Each has room for several of the longest records; small, since a step reads one chunk at least.
constexpr int32_t kChunkBytes = 256 << 10;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD, what the host puts for what it cannot decode

Result<pb::DocumentChunk> ReadChunk(const FilePosition& position, int64_t offset, Step& step) {
  pb::ReadDocument request;
  request.set_name(position.document);
  request.set_offset(offset);
  request.set_max_bytes(kChunkBytes);
  return step.Read(request);
}

bool IsLost(const sdk::Error& error) { return error.status == QS_NOT_FOUND; }

// The columns, and where the first line of data begins.
struct Head {
  Columns columns;
  Place data;
  std::string problem;
};

Head ReadHead(const pb::DocumentChunk& chunk, const FileFormat& format, const Fields& fields, const ColumnMap& map) {
  if (!format.has_header) return {Columns::FromNumbers(map), {}, {}};
  CsvReader reader(format.csv, chunk.data(), chunk.end(), 1);
  CsvRecord record;
  switch (reader.Next(record)) {
    case CsvReader::Found::kRecord:
      break;
    case CsvReader::Found::kBad:
      return {{}, {}, ProblemOf(record)};
    case CsvReader::Found::kEnd:
      return {{}, {}, "the file is empty; it should begin with a header"};
    case CsvReader::Found::kNeedMore:
      return {{}, {}, "line 1 is longer than " + std::to_string(kChunkBytes) + " bytes"};
  }
  auto columns = Columns::FromHeader(record.fields, fields, map);
  if (!columns.ok()) return {{}, {}, columns.error().message};
  return {std::move(columns.value()), {static_cast<int64_t>(reader.offset()), reader.line()}, {}};
}

std::string UndecodableField(const Row& row) {
  const auto& values = row.record().fields;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].find(kReplacement) == std::string::npos) continue;
    return row.AtColumn(i + 1, "it holds bytes that are no character of the file's charset");
  }
  return {};
}

Going HandOver(const CsvRecord& record, CsvReader::Found found, const Columns& columns, const TableHandler& handler,
               const Place& begin) {
  const Row row(record, columns);
  if (found == CsvReader::Found::kBad) return handler.bad_line(row, ProblemOf(record), begin);
  std::string problem = row.WidthProblem();
  if (problem.empty()) problem = UndecodableField(row);
  return problem.empty() ? handler.row(row, begin) : handler.bad_line(row, problem, begin);
}

}  // namespace

Result<TableResult> ReadTable(const FilePosition& position, const FileFormat& format, const Fields& fields,
                              const ColumnMap& map, const TableHandler& handler, Step& step) {
  TableResult result;
  auto first = ReadChunk(position, 0, step);
  if (!first.ok() && IsLost(first.error())) return TableResult{TableEnd::kLost, {}, {}};
  if (!first.ok()) return first.error();
  const Head head = ReadHead(first.value(), format, fields, map);
  if (!head.problem.empty()) return TableResult{TableEnd::kUnusable, {}, head.problem};
  result.next = position.offset == 0 ? head.data : Place{position.offset, position.line};
  const int64_t began_at = result.next.offset;
  const int64_t stop_at = began_at + kMostBytesPerStep;
  while (result.next.offset < stop_at && !step.Cancelled()) {
    auto chunk = ReadChunk(position, result.next.offset, step);
    // What was read before the copy went is handed over first.
    if (!chunk.ok() && IsLost(chunk.error()) && result.next.offset > began_at) return result;
    if (!chunk.ok() && IsLost(chunk.error())) return TableResult{TableEnd::kLost, {}, {}};
    if (!chunk.ok()) return chunk.error();
    CsvReader reader(format.csv, chunk.value().data(), chunk.value().end(), result.next.line);
    const int64_t base = result.next.offset;
    CsvRecord record;
    while (true) {
      const auto found = reader.Next(record);
      if (found == CsvReader::Found::kEnd) {
        result.end = TableEnd::kEnd;
        return result;
      }
      if (found == CsvReader::Found::kNeedMore) {
        // Passing over empty lines is progress, too.
        if (reader.offset() > 0) break;
        return TableResult{
            TableEnd::kUnusable,
            {},
            "line " + std::to_string(reader.line()) + " is longer than " + std::to_string(kChunkBytes) + " bytes"};
      }
      if (HandOver(record, found, head.columns, handler, result.next) == Going::kStop) return result;
      result.next = {base + static_cast<int64_t>(reader.offset()), reader.line()};
    }
    result.next = {base + static_cast<int64_t>(reader.offset()), reader.line()};
  }
  return result;
}

}  // namespace quayside::flatfile
