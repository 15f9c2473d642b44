#include "host/store/sqlite_connection.h"

#include <sqlite3.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"
#include "host/store/json_text.h"
#include "host/store/sqlite_errors.h"

namespace quayside {
namespace {

constexpr int kBusyTimeoutMs = 5000;
// How often a query looks whether it may go on, in steps of SQLite's machine: every few tens of microseconds.
constexpr int kStepsBetweenLooks = 2000;

// secure_delete: erased personal data must not survive in free pages. cell_size_check: damage is found when a page is
// read. temp_store: savepoint journals and sorts must not put data into files outside the data folder.
constexpr char kCommonPragmas[] =
    "PRAGMA secure_delete = ON; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;";
// The cache is an upper limit, filled by use: so much that a report of a million lines is read within 256 MB. The log
// is cut back to 64 MiB.
constexpr char kWriterPragmas[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -57344;"
    "PRAGMA journal_size_limit = 67108864;";
constexpr char kReaderPragmas[] = "PRAGMA cache_size = -4096; PRAGMA query_only = ON;";

// Statements are short; a reset also ends the read they hold.
class StatementUse {
 public:
  explicit StatementUse(sqlite3_stmt* statement) : statement_(statement) {}
  ~StatementUse() { sqlite3_reset(statement_); }
  StatementUse(const StatementUse&) = delete;
  StatementUse& operator=(const StatementUse&) = delete;

 private:
  sqlite3_stmt* statement_;
};

}  // namespace

int64_t SqlRow::Int64() { return sqlite3_column_int64(statement_, column_++); }

double SqlRow::Real() { return sqlite3_column_double(statement_, column_++); }

std::string_view SqlRow::View() {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column_));
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column_));
  ++column_;
  return bytes != nullptr ? std::string_view(bytes, size) : std::string_view();
}

std::string SqlRow::Text() { return std::string(View()); }

std::optional<int64_t> SqlRow::OptionalInt64() {
  if (sqlite3_column_type(statement_, column_) != SQLITE_NULL) return Int64();
  ++column_;
  return std::nullopt;
}

std::optional<int32_t> SqlRow::OptionalInt32() {
  const std::optional<int64_t> value = OptionalInt64();
  if (!value.has_value()) return std::nullopt;
  return static_cast<int32_t>(*value);
}

template <typename T>
T SqlRow::Decoded(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  error_.Update(value.status());
  return T();
}

std::map<std::string, std::string> SqlRow::TextMap() { return Decoded(TextMapFromJson(View())); }
std::vector<std::string> SqlRow::TextList() { return Decoded(TextListFromJson(View())); }
ChannelConfig SqlRow::Config() { return Decoded(ChannelConfigFromJson(View())); }

PassRecord SqlRow::Pass() { return Decoded(PassFromJson(View())); }
BackfillRecord SqlRow::Backfill() { return Decoded(BackfillFromJson(View())); }
std::vector<OutboundPart> SqlRow::OutboundParts() { return Decoded(OutboundPartsFromJson(View())); }
std::vector<PostSaleLine> SqlRow::PostSaleLines() { return Decoded(PostSaleLinesFromJson(View())); }

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path, Role role) {
  const int access = role == Role::kWriter ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  sqlite3* db = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &db, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(db, role));
  if (result != SQLITE_OK) return SqliteError(db, result, absl::StrCat("open ", path));
  sqlite3_busy_timeout(db, kBusyTimeoutMs);
  // A file that is refused (of a newer version, say) keeps its write-ahead log as it is.
  sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  // The planner would look at the values bound to a statement where a partial index might fit them, and every other
  // value would then prepare the statement anew. A query that means such an index names its condition.
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, nullptr);
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

absl::Status SqliteConnection::SetUp() {
  QS_RETURN_IF_ERROR(Script(kCommonPragmas));
  if (role_ == Role::kReader) return Script(kReaderPragmas);
  QS_RETURN_IF_ERROR(Script(kWriterPragmas));
  // As wal_autocheckpoint does it, except that its limit can be moved while somebody works here. One that fails is
  // tried again after the next commit.
  sqlite3_wal_hook(
      db_,
      [](void* self, sqlite3* db, const char* name, int frames) {
        if (frames >= static_cast<SqliteConnection*>(self)->checkpoint_frames_) sqlite3_wal_checkpoint(db, name);
        return SQLITE_OK;
      },
      this);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
  return absl::OkStatus();
}

void SqliteConnection::Limit(const CallLimit* limit) {
  limit_ = limit;
  if (limit == nullptr) {
    sqlite3_progress_handler(db_, 0, nullptr, nullptr);
    return;
  }
  sqlite3_progress_handler(
      db_, kStepsBetweenLooks,
      [](void* self) { return static_cast<SqliteConnection*>(self)->limit_->Check().ok() ? 0 : 1; }, this);
}

absl::Status SqliteConnection::Failed(int result_code, std::string_view doing, int error_number) {
  absl::Status status;
  // A limit that is over stays so.
  if (result_code == SQLITE_INTERRUPT && limit_ != nullptr) status = limit_->Check();
  if (status.ok()) status = SqliteError(db_, result_code, doing, error_number);
  fault_.Update(status);
  return status;
}

absl::StatusOr<sqlite3_stmt*> SqliteConnection::Prepared(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) return found->second;
  sqlite3_stmt* statement = nullptr;
  const int result =
      sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) return Failed(result, sql);
  statements_.emplace(sql, statement);
  return statement;
}

absl::Status SqliteConnection::Each(std::string_view sql, std::span<const SqlValue> arguments, RowFunction row) {
  QS_ASSIGN_OR_RETURN(sqlite3_stmt * statement, Prepared(sql));
  // Many short queries take long, too.
  if (limit_ != nullptr) {
    if (absl::Status over = limit_->Check(); !over.ok()) {
      fault_.Update(over);
      return over;
    }
  }
  const StatementUse use(statement);
  if (static_cast<size_t>(sqlite3_bind_parameter_count(statement)) != arguments.size()) {
    return Failed(SQLITE_RANGE, absl::StrCat("another number of parameters: ", std::string(sql)));
  }
  for (int i = 0; i < static_cast<int>(arguments.size()); ++i) {
    const SqlValue& value = arguments[static_cast<size_t>(i)];
    const auto size = static_cast<sqlite3_uint64>(value.bytes_.size());
    // A null pointer would bind NULL, which is not the empty text.
    const char* bytes = value.bytes_.data() != nullptr ? value.bytes_.data() : "";
    int result = SQLITE_OK;
    switch (value.kind_) {
      case SqlValue::Kind::kNull:
        result = sqlite3_bind_null(statement, i + 1);
        break;
      case SqlValue::Kind::kInteger:
        result = sqlite3_bind_int64(statement, i + 1, value.integer_);
        break;
      case SqlValue::Kind::kReal:
        result = sqlite3_bind_double(statement, i + 1, value.real_);
        break;
      case SqlValue::Kind::kText:
        result = sqlite3_bind_text64(statement, i + 1, bytes, size, SQLITE_STATIC, SQLITE_UTF8);
        break;
      case SqlValue::Kind::kBlob:
        result = sqlite3_bind_blob64(statement, i + 1, bytes, size, SQLITE_STATIC);
        break;
    }
    if (result != SQLITE_OK) return Failed(result, sql);
  }
  while (true) {
    errno = 0;
    const int result = sqlite3_step(statement);
    if (result == SQLITE_DONE) return absl::OkStatus();
    if (result != SQLITE_ROW) return Failed(result, sql, errno);
    SqlRow current(statement);
    row(current);
    if (!current.error_.ok()) {
      fault_.Update(current.error_);
      return current.error_;
    }
  }
}

absl::Status SqliteConnection::Exec(std::string_view sql, std::initializer_list<SqlValue> arguments) {
  return Each(sql, std::span<const SqlValue>(arguments.begin(), arguments.size()), [](SqlRow&) {});
}

absl::Status SqliteConnection::Script(const std::string& sql) {
  errno = 0;
  const int result = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  return result == SQLITE_OK ? absl::OkStatus() : Failed(result, sql, errno);
}

absl::StatusOr<int64_t> SqliteConnection::Number(std::string_view sql, std::initializer_list<SqlValue> arguments) {
  QS_ASSIGN_OR_RETURN(const std::optional<int64_t> value,
                      Find<int64_t>(sql, arguments, [](SqlRow& row) { return row.Int64(); }));
  return value.value_or(0);
}

int64_t SqliteConnection::changes() const { return sqlite3_changes64(db_); }

bool SqliteConnection::in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

std::optional<std::string> PrefixEnd(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty()) {
    const auto last = static_cast<unsigned char>(end.back());
    if (last != 0xff) {
      end.back() = static_cast<char>(last + 1);
      return end;
    }
    end.pop_back();
  }
  return std::nullopt;
}

}  // namespace quayside
