// Stock levels in a CSV file: SKU,Level[,Location][,Title] by header, in any order and case; other columns are ignored.
// A row that is not UTF-8 is bad.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "quayside/v1/inventory_service.pb.h"

namespace quayside::cli {

struct LevelRow {
  // Line of the file the row begins on, from 1.
  std::size_t line = 0;
  v1::LevelChange change;
};

struct BadRow {
  std::size_t line = 0;
  std::string problem;
};

struct LevelsFile {
  std::vector<LevelRow> rows;
  std::vector<BadRow> bad_rows;
};

// A usage error when the header is missing or lacks SKU or Level. Rows without any text are skipped. A SKU that comes
// twice for the same location is bad the second time: which of the two is meant cannot be known.
[[nodiscard]] absl::StatusOr<LevelsFile> ParseLevels(absl::string_view text, absl::string_view default_location);

// A level as a person writes it: 0..1,000,000,000, digits only.
[[nodiscard]] absl::StatusOr<std::int64_t> ParseLevel(absl::string_view text);

}  // namespace quayside::cli
