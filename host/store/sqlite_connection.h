// One SQLite connection and its prepared statements. SQL goes in with its parameters and rows come out one at a time:
//
//   db.Exec("UPDATE items SET title = ?2 WHERE id = ?1", {id, title});
//   db.List<ItemRecord>("SELECT id, sku FROM items WHERE sku > ?1", {after}, [](SqlRow& row) {
//     return ItemRecord{.id = row.Int64(), .sku = row.Text()};   // columns in the order of the SELECT
//   });
//
// Used by one thread at a time. A statement is prepared at its first use and kept, so SQL texts must be few.
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/call_limit.h"
#include "host/store/outbound_records.h"
#include "host/store/post_sale_records.h"
#include "host/store/records.h"

struct sqlite3;
struct sqlite3_stmt;

namespace quayside {

// A parameter. Text and blobs are borrowed until the statement has run.
class SqlValue {
 public:
  template <typename T, std::enable_if_t<std::is_integral_v<T> || std::is_enum_v<T>, int> = 0>
  SqlValue(T value) : kind_(Kind::kInteger), integer_(static_cast<int64_t>(value)) {}
  template <typename T>
  SqlValue(const std::optional<T>& value)
      : kind_(value.has_value() ? Kind::kInteger : Kind::kNull),
        integer_(value.has_value() ? static_cast<int64_t>(*value) : 0) {}
  SqlValue(double value) : kind_(Kind::kReal), real_(value) {}
  SqlValue(std::string_view text) : kind_(Kind::kText), bytes_(text) {}
  SqlValue(const std::string& text) : kind_(Kind::kText), bytes_(text) {}
  SqlValue(const char* text) : kind_(Kind::kText), bytes_(text) {}
  static SqlValue Blob(std::string_view bytes) {
    SqlValue value(bytes);
    value.kind_ = Kind::kBlob;
    return value;
  }

 private:
  friend class SqliteConnection;
  enum class Kind { kNull, kInteger, kReal, kText, kBlob };
  Kind kind_;
  int64_t integer_ = 0;
  double real_ = 0;
  std::string_view bytes_;
};

// The current row, read from left to right. A column that cannot be decoded fails the whole query.
class SqlRow {
 public:
  [[nodiscard]] int64_t Int64();
  [[nodiscard]] int32_t Int32() { return static_cast<int32_t>(Int64()); }
  [[nodiscard]] bool Bool() { return Int64() != 0; }
  [[nodiscard]] double Real();
  [[nodiscard]] std::string Text();  // also blobs
  [[nodiscard]] std::optional<int64_t> OptionalInt64();
  [[nodiscard]] std::optional<int32_t> OptionalInt32();
  template <typename E>
  [[nodiscard]] E Enum() {
    return static_cast<E>(Int64());
  }
  [[nodiscard]] std::map<std::string, std::string> TextMap();
  [[nodiscard]] std::vector<std::string> TextList();
  [[nodiscard]] ChannelConfig Config();
  [[nodiscard]] PassRecord Pass();
  [[nodiscard]] BackfillRecord Backfill();
  [[nodiscard]] std::vector<OutboundPart> OutboundParts();
  [[nodiscard]] std::vector<PostSaleLine> PostSaleLines();

 private:
  friend class SqliteConnection;
  explicit SqlRow(sqlite3_stmt* statement) : statement_(statement) {}
  std::string_view View();
  template <typename T>
  T Decoded(absl::StatusOr<T> value);

  sqlite3_stmt* statement_;
  int column_ = 0;
  absl::Status error_;
};

class SqliteConnection {
 public:
  // kReader refuses every change.
  enum class Role { kWriter, kReader };

  // The file must exist. Nothing is written to it by opening or closing before SetUp.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(const std::string& path, Role role);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  // Pragmas for regular work. For a writer this makes the file WAL.
  absl::Status SetUp();

  absl::Status Exec(std::string_view sql, std::initializer_list<SqlValue> arguments = {});
  // Several statements without parameters, not kept.
  absl::Status Script(const std::string& sql);

  using RowFunction = absl::FunctionRef<void(SqlRow&)>;
  absl::Status Each(std::string_view sql, std::span<const SqlValue> arguments, RowFunction row);

  template <typename T>
  absl::StatusOr<std::vector<T>> List(std::string_view sql, std::span<const SqlValue> arguments,
                                      absl::FunctionRef<T(SqlRow&)> read) {
    std::vector<T> rows;
    if (absl::Status status = Each(sql, arguments, [&](SqlRow& row) { rows.push_back(read(row)); }); !status.ok())
      return status;
    return rows;
  }
  template <typename T>
  absl::StatusOr<std::vector<T>> List(std::string_view sql, std::initializer_list<SqlValue> arguments,
                                      absl::FunctionRef<T(SqlRow&)> read) {
    return List<T>(sql, std::span<const SqlValue>(arguments.begin(), arguments.size()), read);
  }
  // The first row, if there is one.
  template <typename T>
  absl::StatusOr<std::optional<T>> Find(std::string_view sql, std::initializer_list<SqlValue> arguments,
                                        absl::FunctionRef<T(SqlRow&)> read) {
    std::optional<T> found;
    absl::Status status = Each(sql, std::span<const SqlValue>(arguments.begin(), arguments.size()), [&](SqlRow& row) {
      if (!found.has_value()) found = read(row);
    });
    if (!status.ok()) return status;
    return found;
  }
  // One number from a query that always has a row.
  absl::StatusOr<int64_t> Number(std::string_view sql, std::initializer_list<SqlValue> arguments = {});

  // A long log makes checkpoints rare: each is two syncs and tens of milliseconds.
  static constexpr int kCheckpointFrames = 10'000;
  // A commit that leaves so many frames in the log copies them into the file. Of a writer. [any-thread]
  void CheckpointAt(int frames) { checkpoint_frames_ = frames; }

  // Queries end with the limit's status when it is over, those that run already, too. It outlives its use here; nullptr
  // = none. Nothing to have around a COMMIT, which would be cut as well.
  void Limit(const CallLimit* limit);

  // Rows the last change touched.
  [[nodiscard]] int64_t changes() const;
  [[nodiscard]] bool in_transaction() const;
  // The first failure since ClearFault, whoever ignored it: a transaction that had one must not be committed.
  [[nodiscard]] const absl::Status& fault() const { return fault_; }
  void ClearFault() { fault_ = absl::OkStatus(); }

  [[nodiscard]] sqlite3* raw() const { return db_; }

 private:
  SqliteConnection(sqlite3* db, Role role) : db_(db), role_(role) {}
  absl::StatusOr<sqlite3_stmt*> Prepared(std::string_view sql);
  absl::Status Failed(int result_code, std::string_view doing, int error_number = 0);

  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  sqlite3* db_;
  Role role_;
  std::atomic<int> checkpoint_frames_{kCheckpointFrames};
  const CallLimit* limit_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*, TextHash, std::equal_to<>> statements_;
  absl::Status fault_;
};

// A SELECT whose conditions depend on the query. Values are borrowed, as in SqlValue.
class SqlFilter {
 public:
  explicit SqlFilter(std::string_view select) : sql_(select) {}
  // `condition` holds one "?" per value.
  SqlFilter& Where(std::string_view condition, std::initializer_list<SqlValue> values = {}) {
    sql_.append(has_condition_ ? " AND " : " WHERE ").append(condition);
    has_condition_ = true;
    values_.insert(values_.end(), values);
    return *this;
  }
  SqlFilter& Then(std::string_view tail, std::initializer_list<SqlValue> values = {}) {
    sql_.append(" ").append(tail);
    values_.insert(values_.end(), values);
    return *this;
  }
  [[nodiscard]] const std::string& sql() const { return sql_; }
  [[nodiscard]] std::span<const SqlValue> values() const { return values_; }

 private:
  std::string sql_;
  bool has_condition_ = false;
  std::vector<SqlValue> values_;
};

// SQLite reads a negative LIMIT as "no limit"; ours is an empty page.
[[nodiscard]] inline int64_t RowLimit(int limit) { return limit > 0 ? limit : 0; }

// The smallest text greater than every text that begins with `prefix`; nullopt = there is none.
[[nodiscard]] std::optional<std::string> PrefixEnd(std::string_view prefix);

}  // namespace quayside
