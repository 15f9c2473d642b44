#include "host/store/purge.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "host/base/errors.h"
#include "host/store/page_gap.h"
#include "host/store/sqlite_connection.h"
#include "host/store/sqlite_errors.h"

namespace quayside {
namespace {

constexpr int64_t kBytesAtOnce = 64 << 20;
constexpr int kTries = 20;

absl::Status InUse() {
  return MakeError(absl::StatusCode::kUnavailable, Reason::kDatabaseBusy,
                   "the database's log could not be emptied: somebody reads an older state, or writes all the time");
}

// The database's own file, through SQLite: to open it anew and close it would drop the locks that this process has on
// it.
class PageFile {
 public:
  static absl::StatusOr<PageFile> Of(SqliteConnection& db) {
    PageFile pages(db);
    const int result = sqlite3_file_control(db.raw(), "main", SQLITE_FCNTL_FILE_POINTER, &pages.file_);
    if (result != SQLITE_OK || pages.file_ == nullptr || pages.file_->pMethods == nullptr)
      return SqliteError(db.raw(), result != SQLITE_OK ? result : SQLITE_ERROR, "find the database's file");
    return pages;
  }

  absl::Status Read(std::span<unsigned char> bytes, int64_t at) {
    return Checked(file_->pMethods->xRead(file_, bytes.data(), static_cast<int>(bytes.size()), at), "read a page");
  }
  absl::Status Write(std::span<const unsigned char> bytes, int64_t at) {
    return Checked(file_->pMethods->xWrite(file_, bytes.data(), static_cast<int>(bytes.size()), at), "clean a page");
  }
  absl::Status Sync() { return Checked(file_->pMethods->xSync(file_, SQLITE_SYNC_FULL), "sync the cleaned pages"); }
  absl::StatusOr<int64_t> Size() {
    sqlite3_int64 size = 0;
    QS_RETURN_IF_ERROR(Checked(file_->pMethods->xFileSize(file_, &size), "measure the database"));
    return size;
  }

 private:
  explicit PageFile(SqliteConnection& db) : db_(&db) {}
  absl::Status Checked(int result, const char* doing) {
    return result == SQLITE_OK ? absl::OkStatus() : SqliteError(db_->raw(), result, doing);
  }

  SqliteConnection* db_;
  sqlite3_file* file_ = nullptr;
};

absl::Status EmptyLog(SqliteConnection& db) {
  QS_ASSIGN_OR_RETURN(const int64_t busy, db.Number("PRAGMA wal_checkpoint(TRUNCATE)"));
  return busy == 0 ? absl::OkStatus() : InUse();
}

bool IsLogEmpty(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path + "-wal", error);
  return error ? error == std::errc::no_such_file_or_directory : size == 0;
}

class Purge {
 public:
  Purge(SqliteConnection& db, const std::string& path, PageFile pages, PageLayout layout)
      : db_(db), path_(path), pages_(pages), layout_(layout), page_(layout.page_bytes) {}

  absl::Status Run() {
    const auto at_once = kBytesAtOnce / static_cast<int64_t>(layout_.page_bytes);
    for (int64_t first = 1;; first += at_once) {
      QS_ASSIGN_OR_RETURN(const bool more, CleanLocked(first, first + at_once));
      if (!more) return EmptyLog(db_);
    }
  }

 private:
  // Pages [first, end), while nobody writes and the log is empty: what stands in the log would come over the cleaned
  // page later. False: those were the last.
  absl::StatusOr<bool> CleanLocked(int64_t first, int64_t end) {
    for (int tries = 0; tries < kTries; ++tries) {
      QS_RETURN_IF_ERROR(EmptyLog(db_));
      QS_RETURN_IF_ERROR(db_.Exec("BEGIN IMMEDIATE"));
      if (!IsLogEmpty(path_)) {
        QS_RETURN_IF_ERROR(db_.Exec("ROLLBACK"));
        continue;
      }
      absl::StatusOr<bool> more = Clean(first, end);
      absl::Status ended = more.status();
      // A change: the other connections forget the pages they remember, which have their gaps as they were.
      if (ended.ok()) {
        ended =
            db_.Exec("INSERT INTO counters VALUES ('purges', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1");
      }
      if (ended.ok()) ended = db_.Exec("COMMIT");
      if (db_.in_transaction()) db_.Exec("ROLLBACK").IgnoreError();  // the first error says what matters
      if (!ended.ok()) return ended;
      return more;
    }
    return InUse();
  }

  absl::StatusOr<bool> Clean(int64_t first, int64_t end) {
    QS_ASSIGN_OR_RETURN(const int64_t size, pages_.Size());
    const int64_t pages = size / static_cast<int64_t>(layout_.page_bytes);
    if (pages > kMostTellablePages)
      return MakeError(absl::StatusCode::kUnimplemented, Reason::kInternal, "the database is too large to be cleaned");
    for (int64_t number = first; number < end && number <= pages; ++number) QS_RETURN_IF_ERROR(CleanPage(number));
    QS_RETURN_IF_ERROR(pages_.Sync());
    return end <= pages;
  }

  absl::Status CleanPage(int64_t number) {
    const int64_t at = (number - 1) * static_cast<int64_t>(layout_.page_bytes);
    QS_RETURN_IF_ERROR(pages_.Read(page_, at));
    const std::optional<PageGap> gap = GapOf(page_, number, layout_);
    if (!gap.has_value()) return absl::OkStatus();
    const auto bytes = std::span<unsigned char>(page_).subspan(gap->begin, gap->end - gap->begin);
    if (std::all_of(bytes.begin(), bytes.end(), [](unsigned char byte) { return byte == 0; })) return absl::OkStatus();
    std::fill(bytes.begin(), bytes.end(), static_cast<unsigned char>(0));
    return pages_.Write(bytes, at + static_cast<int64_t>(gap->begin));
  }

  SqliteConnection& db_;
  const std::string& path_;
  PageFile pages_;
  const PageLayout layout_;
  std::vector<unsigned char> page_;
};

}  // namespace

absl::Status PurgeDatabase(const std::string& path) {
  QS_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteConnection> db,
                      SqliteConnection::Open(path, SqliteConnection::Role::kWriter));
  QS_RETURN_IF_ERROR(db->Script("PRAGMA secure_delete = ON; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 1000;"));
  // A connection that has read nothing does not know that there is a log.
  QS_RETURN_IF_ERROR(db->Number("SELECT count(*) FROM sqlite_schema").status());
  QS_RETURN_IF_ERROR(EmptyLog(*db));
  QS_ASSIGN_OR_RETURN(PageFile pages, PageFile::Of(*db));
  std::array<unsigned char, 100> header{};
  QS_RETURN_IF_ERROR(pages.Read(header, 0));
  const std::optional<PageLayout> layout = LayoutOf(header);
  if (!layout.has_value())
    return MakeError(absl::StatusCode::kDataLoss, Reason::kDatabaseCorrupt, "the database's header is unreadable");
  return Purge(*db, path, pages, *layout).Run();
}

}  // namespace quayside
