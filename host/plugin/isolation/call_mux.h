// The host's end of a runner's socket: several threads call at the same time, each waits for its own frames.
//
// Who waits reads. The first thread that waits reads the socket for all; what is for another it hands over. So a call
// that is alone costs no switch between threads. The runner's threads do the same, but a thread that runs plugin code
// leaves the socket alone; therefore the bell: it is rung with every frame that is sent while other calls are open.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "host/base/file_descriptor.h"
#include "host/plugin/isolation/frame.h"
#include "host/plugin/isolation/sent_page.h"
#include "host/plugin/isolation/socket_reader.h"
#include "host/plugin/wire.h"
#include "sdk/include/quayside/plugin.h"

namespace quayside {

// Thread-safe.
class CallMux {
 public:
  // A service the call asks for, served on the calling thread.
  using ServeFn = std::function<qs_status(uint64_t call_id, const char* service, qs_bytes request, qs_sink* reply)>;

  struct Request {
    RunnerOp op = RunnerOp::kCall;
    uint64_t instance = 0;
    std::string_view contract = "";  // a NUL follows in memory
    std::string_view method = "";    // a NUL follows in memory
    int64_t deadline_us = 0;
    std::string_view bytes;
  };

  // `socket`: a connected stream socket. `bell`: an eventfd the runner listens to. `sent`: may be none.
  CallMux(FileDescriptor socket, FileDescriptor bell, SentPage sent)
      : socket_(std::move(socket)), bell_(std::move(bell)), sent_(std::move(sent)), reader_(sent_.by_runner()) {}

  // Waits for the first frame. Before any call; nothing when the connection ends first or the frame is another.
  [[nodiscard]] std::optional<Frame> AwaitReady();
  // One call, to its end. Nothing when the connection ended first: finding() says why, if the runner broke the
  // protocol.
  [[nodiscard]] std::optional<qs_status> Run(const Request& request, const ServeFn& serve, ReplyBuffer& reply);
  // Ends the connection and with it every call.
  void Break(std::string finding);

  // Empty while the connection is fine or when it simply ended.
  [[nodiscard]] std::string finding() const;

 private:
  struct Call {
    std::condition_variable changed;
    bool at_runner = true;  // its next frame is due
    std::optional<Frame> frame;
  };

  // Whether the call's next frame came; false: the connection ended.
  bool Await(std::unique_lock<std::mutex>& lock, Call& call);
  // Blocks until a frame is complete. [reader]
  bool Receive(Frame* frame);
  void Deliver(Frame frame, const Call* reader);
  void BreakLocked(std::string finding);
  bool Send(FrameKind kind, uint64_t call_id, qs_status status, std::initializer_list<std::string_view> parts);

  const FileDescriptor socket_;
  const FileDescriptor bell_;
  const SentPage sent_;
  std::mutex send_mutex_;
  std::atomic<int> open_calls_{0};
  FrameDecoder decoder_;  // of who reads
  SocketReader reader_;   // likewise

  mutable std::mutex mutex_;
  std::map<uint64_t, Call*> calls_;
  uint64_t next_call_id_ = 1;
  bool reading_ = false;
  bool broken_ = false;
  std::string finding_;
};

}  // namespace quayside
