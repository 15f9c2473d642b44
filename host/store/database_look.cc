#include "host/store/database_look.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"
#include "host/store/schema.h"
#include "host/store/sqlite_connection.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

absl::StatusOr<std::unique_ptr<SqliteConnection>> OpenToLook(const std::string& path) {
  QS_ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> db,
                      SqliteConnection::Open(path, SqliteConnection::Role::kReader));
  QS_RETURN_IF_ERROR(CheckSchema(*db));
  QS_RETURN_IF_ERROR(db->SetUp());
  return db;
}

}  // namespace

absl::StatusOr<int64_t> SchemaVersionOf(const std::string& path) {
  QS_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteConnection> db, OpenToLook(path));
  return db->Number("PRAGMA user_version");
}

absl::Status LookIntoDatabase(const std::string& path, absl::FunctionRef<absl::Status(ReadTx&)> fn) {
  QS_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteConnection> db, OpenToLook(path));
  QS_RETURN_IF_ERROR(db->Exec("BEGIN"));
  QS_ASSIGN_OR_RETURN(const int64_t version, db->Number("PRAGMA user_version"));
  if (version != NewestSchemaVersion()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the database has schema ", version, ", this program ", NewestSchemaVersion()));
  }
  SqliteTx tx(*db);
  absl::Status status = fn(tx);
  status.Update(db->fault());
  if (db->in_transaction()) status.Update(db->Exec("COMMIT"));
  return status;
}

}  // namespace quayside
