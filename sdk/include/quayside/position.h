// A place in a lane as the `state` of a cursor: named values, read back exactly or not at all. A checksum tells what
// was damaged or edited.
//
//   QS_TRY(Position position, Position::Of(request.has_cursor(), request.cursor(), kSchema));
//   QS_TRY(const int64_t page, position.Integer("page", 1));
//   ...
//   position.Set("page", page + 1);
//   QS_TRY(*reply.mutable_next_cursor(), position.ToCursor(kSchema, watermark_us));
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "quayside/plugin/v1/types.pb.h"
#include "quayside/result.h"

namespace quayside::sdk {

namespace pb = ::quayside::plugin::v1;

// Not thread-safe.
class Position {
 public:
  // The cursor's, or an empty one when there is no cursor. INVALID CURSOR_SCHEMA_UNKNOWN for one of another schema,
  // CURSOR_INVALID for one that was not made here; with `lane` also for one that was changed or is another lane's, when
  // ToCursor was told it too (checksum.h).
  [[nodiscard]] static Result<Position> Of(bool has_cursor, const pb::Cursor& cursor, uint32_t schema,
                                           std::string_view lane = {});

  [[nodiscard]] bool empty() const { return values_.empty(); }
  // Empty when it is not set.
  [[nodiscard]] std::string Text(const std::string& name) const;
  // `otherwise` when it is not set; INVALID CURSOR_INVALID when it is no whole number.
  [[nodiscard]] Result<int64_t> Integer(const std::string& name, int64_t otherwise) const;

  // Names have no "=", and do not begin with "!".
  void Set(const std::string& name, std::string value) { values_[name] = std::move(value); }
  void Set(const std::string& name, int64_t value) { values_[name] = std::to_string(value); }
  void Clear() { values_.clear(); }

  // INVALID CURSOR_TOO_LONG beyond 64 KiB, which the host would not keep.
  [[nodiscard]] Result<pb::Cursor> ToCursor(uint32_t schema, int64_t watermark_us, std::string_view lane = {}) const;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace quayside::sdk
