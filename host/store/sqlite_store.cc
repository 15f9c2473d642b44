#include "host/store/sqlite_store.h"

#include <memory>
#include <string>
#include <utility>

#include "host/base/call_limit.h"
#include "host/base/errors.h"
#include "host/store/backup.h"
#include "host/store/data_folder.h"
#include "host/store/group_commit.h"
#include "host/store/purge.h"
#include "host/store/reader_pool.h"
#include "host/store/restore.h"
#include "host/store/schema.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

class SqliteStore final : public Store {
 public:
  SqliteStore(std::unique_ptr<DataFolder> folder, std::unique_ptr<SqliteConnection> writer, int readers)
      : folder_(std::move(folder)), writer_(std::move(writer)), readers_(folder_->database_path(), readers) {}

  absl::Status Write(absl::FunctionRef<absl::Status(Tx&)> fn) override {
    return writer_.Write(fn, WriteTurn::kInOrder);
  }
  absl::Status WriteFirst(absl::FunctionRef<absl::Status(Tx&)> fn) override {
    return writer_.Write(fn, WriteTurn::kFirst);
  }

  absl::Status Read(absl::FunctionRef<absl::Status(ReadTx&)> fn) override {
    QS_ASSIGN_OR_RETURN(const ReaderPool::Lease db, readers_.Take());
    db->ClearFault();
    QS_RETURN_IF_ERROR(db->Exec("BEGIN"));
    SqliteTx tx(*db);
    db->Limit(CurrentCallLimit());
    absl::Status status = CallGuarded([&] { return fn(tx); });
    db->Limit(nullptr);
    status.Update(db->fault());
    if (db->in_transaction()) status.Update(db->Exec("COMMIT"));
    return status;
  }

  std::shared_ptr<void> DelayCheckpoints() override { return writer_.DelayCheckpoints(); }

  void Follow(InventoryFollower* follower) override { writer_.Follow(follower); }

  absl::Status CheckIntegrity() override { return CheckDatabase(folder_->database_path()); }

  absl::Status Backup(const std::string& path, BackupProgress progress) override {
    return BackupDatabase(folder_->database_path(), path, progress);
  }

  absl::Status Purge() override { return PurgeDatabase(folder_->database_path()); }

 private:
  // In this order: the readers close first, the writer empties the log into the file, the folder is free last.
  const std::unique_ptr<DataFolder> folder_;
  GroupCommit writer_;
  ReaderPool readers_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const SqliteOptions& options) {
  QS_ASSIGN_OR_RETURN(std::unique_ptr<DataFolder> folder, DataFolder::Take(options.data_dir));
  QS_RETURN_IF_ERROR(CheckNoRestoreUnderWay(options.data_dir));
  QS_ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> writer,
                      SqliteConnection::Open(folder->database_path(), SqliteConnection::Role::kWriter));
  QS_RETURN_IF_ERROR(CheckSchema(*writer));
  QS_RETURN_IF_ERROR(writer->SetUp());
  QS_RETURN_IF_ERROR(MigrateSchema(*writer));
  return std::make_unique<SqliteStore>(std::move(folder), std::move(writer), options.reader_connections);
}

}  // namespace quayside
