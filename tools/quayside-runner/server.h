// The runner's end of the socket: takes calls, runs them on its threads, carries requests for services to the host.
//
// Who has nothing else to do reads. A thread that reads a call runs it itself and leaves the socket alone meanwhile, so
// that a call that is alone costs no switch between threads; when the host sends more, it rings the bell, and another
// thread reads. A call that waits for a service reads, too. Ends the process when the host closes the socket.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "host/plugin/isolation/frame.h"
#include "host/plugin/isolation/sent_page.h"
#include "host/plugin/isolation/socket_reader.h"
#include "sdk/include/quayside/plugin.h"

namespace quayside::runner {

class Server {
 public:
  // `sent`: may be none.
  Server(int socket, int bell, SentPage sent)
      : socket_(socket), bell_(bell), sent_(std::move(sent)), reader_(sent_.by_host()) {}

  // So many threads, which wait for Serve. Before system calls are filtered: afterwards none can be made.
  void StartThreads(int count);
  // Serves calls of this plugin; does not return.
  [[noreturn]] void Serve(const qs_plugin& table);

  void Send(FrameHeader header, std::initializer_list<std::string_view> parts);

 private:
  struct Instance {
    qs_host host;
    qs_instance* handle = nullptr;
  };
  // A call that asked for a service.
  struct Waiter {
    std::condition_variable changed;
    std::optional<Frame> answer;
  };

  void Work();
  // Reads frames until at least one came, and puts each where it belongs.
  void Read(std::unique_lock<std::mutex>& lock);
  void Dispatch(Frame frame);
  // Somebody who waits for a frame shall read, now that this thread does not.
  void PassOn();
  void Handle(const Frame& frame);
  qs_status Create(const CallBody& call, qs_sink* error);
  Instance* Find(uint64_t id);
  static qs_status Invoke(void* ctx, uint64_t call_id, const char* service, qs_bytes request, qs_sink* reply);
  qs_status InvokeHost(uint64_t call_id, const char* service, qs_bytes request, qs_sink* reply);

  const int socket_;
  const int bell_;
  const SentPage sent_;
  std::vector<std::thread> threads_;
  std::mutex send_mutex_;
  FrameDecoder decoder_;  // of who reads
  SocketReader reader_;   // likewise

  std::mutex mutex_;
  std::condition_variable idle_;
  const qs_plugin* table_ = nullptr;  // null: not yet
  std::deque<Frame> calls_;
  std::map<uint64_t, Waiter*> waiters_;
  std::map<uint64_t, std::unique_ptr<Instance>> instances_;
  bool reading_ = false;
  bool rung_ = false;  // while somebody read: there may be more than it saw
};

}  // namespace quayside::runner
