// The lines of a file that is under way, with their columns, read piece by piece from the host's copy.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "columns.h"
#include "position.h"
#include "quayside/step.h"
#include "settings.h"

namespace quayside::flatfile {

// Where a record begins.
struct Place {
  int64_t offset = 0;
  int64_t line = 1;
};

enum class Going { kOn, kStop };

// Of one step, however many records that is.
inline constexpr int64_t kMostBytesPerStep = 16 << 20;

struct TableHandler {
  // A line with as many fields as it should have. kStop: the line was not taken, the next step begins with it.
  std::function<Going(const Row& row, const Place& begin)> row;
  // A line that is no record; its row has the fields that could be read. The same.
  std::function<Going(const Row& row, const std::string& problem, const Place& begin)> bad_line;
};

enum class TableEnd {
  kStopped,   // a handler said so, the step is cancelled, or enough was read; `next` is where it goes on
  kEnd,       // nothing follows
  kUnusable,  // `problem` says why
  kLost,      // the host has no copy any more
};

struct TableResult {
  TableEnd end = TableEnd::kStopped;
  Place next;
  std::string problem;
};

// From the position to the end of the file, or as far as a step goes.
[[nodiscard]] sdk::Result<TableResult> ReadTable(const FilePosition& position, const FileFormat& format,
                                                 const Fields& fields, const ColumnMap& map,
                                                 const TableHandler& handler, sdk::Step& step);

}  // namespace quayside::flatfile
