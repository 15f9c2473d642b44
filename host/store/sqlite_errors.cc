#include "host/store/sqlite_errors.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"

namespace quayside {
namespace {

// Abseil's own string_view (as the distribution builds it) does not take std::string_view: texts here are std::string.
bool MeansNoSpace(int error_number) {
  // EFBIG: the process's or the file system's limit for one file; for the writer it is the same as a full disk.
  return error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
}

bool MeansNotWritable(int error_number) {
  switch (error_number) {
    case EACCES:
    case EPERM:
    case EROFS:
    case EISDIR:
    case ENOTDIR:
    case ENOENT:
    case ELOOP:
    case ENAMETOOLONG:
      return true;
    default:
      return false;
  }
}

absl::Status NoSpace(const std::string& detail) {
  return MakeError(absl::StatusCode::kResourceExhausted, Reason::kDiskFull,
                   absl::StrCat("no space is left for the database (", detail, "); nothing was changed"));
}

absl::Status NotWritable(const std::string& detail) {
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kDatabaseReadOnly,
                   absl::StrCat("the database cannot be opened for writing (", detail,
                                "); the host needs to own the data folder and its files"));
}

}  // namespace

absl::Status SqliteError(sqlite3* db, int result_code, std::string_view doing, int error_number) {
  const char* text = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(result_code);
  if (error_number == 0 && db != nullptr) error_number = sqlite3_system_errno(db);
  std::string detail = absl::StrCat(std::string(doing), ": ", text, ", SQLite code ", result_code);
  switch (result_code & 0xff) {
    case SQLITE_FULL:
      return NoSpace(detail);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      if (MeansNoSpace(error_number)) return NoSpace(detail);
      return NotWritable(detail);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return MakeError(absl::StatusCode::kDataLoss, Reason::kDatabaseCorrupt,
                       absl::StrCat("the database is damaged (", detail, "); restore a backup"));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      // Our own connections never block each other (one writer, WAL readers): somebody else has the file open.
      return MakeError(absl::StatusCode::kUnavailable, Reason::kDatabaseLocked,
                       absl::StrCat("another program holds the database (", detail, ")"));
    case SQLITE_IOERR:
      if (error_number != 0) absl::StrAppend(&detail, ", ", std::strerror(error_number));
      if (MeansNoSpace(error_number)) return NoSpace(detail);
      break;
    default:
      break;
  }
  return MakeError(absl::StatusCode::kInternal, Reason::kInternal, absl::StrCat("the database failed (", detail, ")"));
}

absl::Status FileError(int error_number, std::string_view doing, std::string_view path) {
  const std::string detail =
      absl::StrCat(std::string(doing), " ", std::string(path), ": ", std::strerror(error_number));
  if (MeansNoSpace(error_number)) return NoSpace(detail);
  if (MeansNotWritable(error_number)) return NotWritable(detail);
  return MakeError(absl::StatusCode::kInternal, Reason::kInternal, detail);
}

}  // namespace quayside
