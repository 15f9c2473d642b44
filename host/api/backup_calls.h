// The part of AdminService that makes and lists backups. A backup has a thread of its own, which outlives its client.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/support/server_callback.h"
#include "host/api/message_stream.h"
#include "host/api/services.h"
#include "host/api/work_threads.h"
#include "host/store/backup_file.h"
#include "quayside/v1/admin_service.pb.h"

namespace quayside {

// Where a backup goes: CreateBackupRequest.path, resolved. INVALID_ARGUMENT.
[[nodiscard]] absl::StatusOr<std::string> BackupPlace(const std::string& asked, const std::string& folder,
                                                      const std::string& data_dir, TimeUs now);

// What its manifest says.
[[nodiscard]] quayside::v1::Backup BackupView(const std::string& path, const BackupManifest& manifest);

// Thread-safe.
class BackupCalls {
 public:
  explicit BackupCalls(const ApiContext& context);
  ~BackupCalls() { Stop(); }
  BackupCalls(const BackupCalls&) = delete;
  BackupCalls& operator=(const BackupCalls&) = delete;

  // gRPC owns the reactor. One backup at a time: RESOURCE_EXHAUSTED OVERLOADED.
  [[nodiscard]] grpc::ServerWriteReactor<api::CreateBackupResponse>* Open(const api::CreateBackupRequest& request,
                                                                          StreamCaller caller);
  absl::Status List(const api::ListBackupsRequest& request, api::ListBackupsResponse& response);
  // A backup under way is given up and waited for.
  void Stop();

 private:
  using Stream = MessageStream<api::CreateBackupResponse>;
  // One backup: while it lives nobody else makes one.
  struct Turn;

  // The client hears the end, or (RunInBackground) the beginning.
  void Run(const api::CreateBackupRequest& request, const std::string& actor, Stream& stream);
  void RunInBackground(const api::CreateBackupRequest& request, const std::string& actor, Stream& stream);
  // Where it goes, when nothing is in the way. FAILED_PRECONDITION DATABASE_READ_ONLY, ALREADY_EXISTS BACKUP_EXISTS.
  absl::StatusOr<std::string> PlaceFor(const api::CreateBackupRequest& request) const;
  absl::StatusOr<std::unique_ptr<Turn>> TakeTurn(const std::string& path, const std::string& actor, bool background);
  // The file and its manifest. A failure ends the operation.
  absl::StatusOr<api::Backup> Copy(Turn& turn, Stream* watched);
  // Ends the operation; `also` belongs to the end.
  absl::Status Finish(Turn& turn, const api::Backup& backup, const InTransaction& also);

  const ApiContext& context_;
  std::atomic<bool> making_{false};
  std::atomic<bool> stopping_{false};
  WorkThreads threads_;
};

}  // namespace quayside
