// The part of AdminService that makes and lists backups. A backup has a thread of its own, which outlives its client.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/support/server_callback.h"
#include "host/api/message_stream.h"
#include "host/api/services.h"
#include "quayside/v1/admin_service.pb.h"

namespace quayside {

// Where a backup goes: CreateBackupRequest.path, resolved. INVALID_ARGUMENT.
[[nodiscard]] absl::StatusOr<std::string> BackupPlace(const std::string& asked, const std::string& folder,
                                                      const std::string& data_dir, TimeUs now);

// Thread-safe.
class BackupCalls {
 public:
  explicit BackupCalls(const ApiContext& context) : context_(context) {}
  ~BackupCalls() { Stop(); }
  BackupCalls(const BackupCalls&) = delete;
  BackupCalls& operator=(const BackupCalls&) = delete;

  // gRPC owns the reactor. One at a time: RESOURCE_EXHAUSTED OVERLOADED.
  [[nodiscard]] grpc::ServerWriteReactor<api::CreateBackupResponse>* Open(const api::CreateBackupRequest& request,
                                                                          StreamCaller caller);
  absl::Status List(const api::ListBackupsRequest& request, api::ListBackupsResponse& response);
  // A backup under way is given up and waited for.
  void Stop();

 private:
  using Stream = MessageStream<api::CreateBackupResponse>;

  absl::Status Run(const api::CreateBackupRequest& request, const std::string& actor, Stream& stream);
  absl::Status Make(const api::CreateBackupRequest& request, api::CreateBackupResponse& last, Stream& stream);

  const ApiContext& context_;
  std::mutex mutex_;
  std::thread thread_;
  std::atomic<bool> running_{false};
  std::atomic<bool> stopping_{false};
};

}  // namespace quayside
