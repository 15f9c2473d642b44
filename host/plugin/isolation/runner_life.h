// One runner from its start to its end, as the calls in it and the thread that looks after it share it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>

#include "host/plugin/isolation/call_mux.h"
#include "host/plugin/isolation/runner_process.h"

namespace quayside {

// Thread-safe.
class RunnerLife {
 public:
  RunnerLife(int64_t number, RunnerProcess process)
      : number_(number),
        socket_(process.socket.get()),
        mux_(std::move(process.socket), std::move(process.bell), std::move(process.sent)) {
    process_ = std::move(process);
  }

  // Counts the runners of one loaded copy; an instance belongs to one life.
  [[nodiscard]] int64_t number() const { return number_; }
  [[nodiscard]] const RunnerProcess& process() const { return process_; }
  [[nodiscard]] int socket() const { return socket_; }
  [[nodiscard]] CallMux& mux() { return mux_; }

  // Kills it; `why` goes into the account of its end unless it ended for another reason before.
  void Kill(std::string_view why);
  // Or has ended: calls in it fail.
  [[nodiscard]] bool IsKilled();
  // Reaps it and says how it ended. [supervisor], once
  std::string End();
  // Waits until somebody said so.
  [[nodiscard]] std::string AwaitEnd();

 private:
  const int64_t number_;
  const int socket_;
  RunnerProcess process_;
  CallMux mux_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::string killed_for_;
  std::string how_;
};

}  // namespace quayside
