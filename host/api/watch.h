// The streams of EventService.Watch. One thread reads for all of them; a stream is read for only while nothing is under
// way to its client, so that a slow client costs one message of memory and nobody else's time. Messages are kept as the
// bytes they travel as, and those that are the same for several streams once (watch_round.h).
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "host/api/services.h"
#include "host/api/watch_round.h"
#include "quayside/v1/event_service.pb.h"

namespace quayside {

class WatchStream;

// Thread-safe.
class WatchPump {
 public:
  explicit WatchPump(const ApiContext& context);
  ~WatchPump() { Stop(); }
  WatchPump(const WatchPump&) = delete;
  WatchPump& operator=(const WatchPump&) = delete;

  // gRPC owns the reactor. The stream ends with UNAUTHENTICATED when its caller's token does.
  [[nodiscard]] grpc::ServerWriteReactor<grpc::ByteBuffer>* Open(const api::WatchRequest& request, StreamCaller caller);
  // Ends every stream with UNAVAILABLE SHUTTING_DOWN.
  void Stop();

 private:
  void Work();
  // Serves each stream that waits; answers when the next bookmark is due.
  std::chrono::steady_clock::time_point ServeAll();
  absl::Status Serve(WatchStream& stream, WatchRound& round);
  // Where the stream begins, and whether with a snapshot; OUT_OF_RANGE HISTORY_GONE.
  static absl::Status Place(WatchStream& stream, const EventSpan& span);
  absl::Status ServeSnapshot(WatchStream& stream, WatchRound& round);
  // On the pump's thread, which alone changes positions.
  static void Measure(const std::vector<std::shared_ptr<WatchStream>>& streams, WatchRound& round, WatchLoad& load);

  const ApiContext& context_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::list<std::shared_ptr<WatchStream>> streams_;
  std::thread thread_;
};

}  // namespace quayside
