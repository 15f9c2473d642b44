// The streams of PluginService.ReloadPlugin. Each reload has a thread of its own, which outlives its client: who hangs
// up misses the messages, not the reload.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "grpcpp/support/server_callback.h"
#include "host/api/message_stream.h"
#include "host/api/services.h"
#include "quayside/v1/plugin_service.pb.h"

namespace quayside {

// Thread-safe.
class ReloadStreams {
 public:
  explicit ReloadStreams(const ApiContext& context) : context_(context) {}
  ~ReloadStreams() { Stop(); }
  ReloadStreams(const ReloadStreams&) = delete;
  ReloadStreams& operator=(const ReloadStreams&) = delete;

  // gRPC owns the reactor.
  [[nodiscard]] grpc::ServerWriteReactor<api::ReloadPluginResponse>* Open(const api::ReloadPluginRequest& request,
                                                                          StreamCaller caller);
  // Reloads under way are ended (a canary is taken back) and waited for.
  void Stop();

 private:
  struct Running {
    std::thread thread;
    std::atomic<bool> done{false};
  };
  using Stream = MessageStream<api::ReloadPluginResponse>;

  absl::StatusOr<ReloadRequest> ParseRequest(const api::ReloadPluginRequest& request) const;
  void Run(const api::ReloadPluginRequest& request, const std::string& actor, Stream& stream);
  // Threads that are through.
  void Sweep();

  const ApiContext& context_;
  std::mutex mutex_;
  std::list<Running> running_;
  bool stopping_ = false;
};

}  // namespace quayside
