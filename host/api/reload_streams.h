// The streams of PluginService.ReloadPlugin. Each reload has a thread of its own, which outlives its client: who hangs
// up misses the messages, not the reload. Each is an operation.
#pragma once

#include <memory>
#include <string>

#include "grpcpp/support/server_callback.h"
#include "host/api/message_stream.h"
#include "host/api/services.h"
#include "host/api/work_threads.h"
#include "quayside/v1/plugin_service.pb.h"

namespace quayside {

// What settles a reload or a rollback whose host was killed. PLUGIN_NOT_FOUND.
[[nodiscard]] absl::StatusOr<OperationOrder> OrderAboutPlugin(const ApiContext& context, const std::string& plugin_id);

// Thread-safe.
class ReloadStreams {
 public:
  explicit ReloadStreams(const ApiContext& context);
  ~ReloadStreams() { Stop(); }
  ReloadStreams(const ReloadStreams&) = delete;
  ReloadStreams& operator=(const ReloadStreams&) = delete;

  // gRPC owns the reactor.
  [[nodiscard]] grpc::ServerWriteReactor<api::ReloadPluginResponse>* Open(const api::ReloadPluginRequest& request,
                                                                          StreamCaller caller);
  // Reloads under way are ended (a canary is taken back) and waited for.
  void Stop();

 private:
  using Stream = MessageStream<api::ReloadPluginResponse>;

  absl::StatusOr<ReloadRequest> ParseRequest(const api::ReloadPluginRequest& request, const std::string& actor) const;
  // The client hears the end, or (RunInBackground) the beginning.
  void Run(const api::ReloadPluginRequest& request, const std::string& actor, Stream& stream);
  void RunInBackground(const api::ReloadPluginRequest& request, const std::string& actor, Stream& stream);
  absl::StatusOr<std::unique_ptr<OperationInHand>> NewOperation(const ReloadRequest& request, bool background) const;
  // Nothing of it is stored with validate_only: then there is no operation. A failure ends the operation.
  absl::StatusOr<api::ReloadReport> Reload(ReloadRequest request, OperationInHand* operation, Stream* watched) const;

  const ApiContext& context_;
  WorkThreads threads_;
};

}  // namespace quayside
