// A stream whose messages come from a thread of the host's own, which outlives the client: who hangs up misses the
// messages, not what is done.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "grpcpp/support/server_callback.h"
#include "host/access/limits.h"

namespace quayside {

// Messages on their way to one client, in order; written one after the other, as gRPC wants it. Thread-safe.
template <class Response>
class MessageStream {
 public:
  class Reactor final : public grpc::ServerWriteReactor<Response> {
   public:
    Reactor(std::shared_ptr<MessageStream> stream, StreamPlace place)
        : stream_(std::move(stream)), place_(std::move(place)) {}
    void OnWriteDone(bool ok) override { stream_->Written(ok); }
    void OnCancel() override { stream_->Cancel(); }
    void OnDone() override { delete this; }

   private:
    const std::shared_ptr<MessageStream> stream_;
    const StreamPlace place_;
  };

  void Bind(Reactor* reactor) { reactor_ = reactor; }

  void Push(Response message) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (over_ || end_.has_value()) return;
      waiting_.push_back(std::move(message));
    }
    Next();
  }
  // In place of what has not been sent: for messages of which only the newest counts.
  void Replace(Response message) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (over_ || end_.has_value()) return;
      waiting_.clear();
      waiting_.push_back(std::move(message));
    }
    Next();
  }
  // Nobody is there any more.
  [[nodiscard]] bool over() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return over_;
  }
  // After what was pushed.
  void End(const grpc::Status& status) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!end_.has_value()) end_ = status;
    }
    Next();
  }

 private:
  void Written(bool ok) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      writing_ = false;
      if (!ok) Give();
    }
    Next();
  }
  void Cancel() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      Give();
    }
    Next();
  }
  // The client is gone.
  void Give() {
    if (over_) return;
    waiting_.clear();
    end_ = grpc::Status(grpc::StatusCode::CANCELLED, "the caller is gone");
  }
  void Next() {
    std::optional<grpc::Status> end;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (writing_ || over_) return;
      if (waiting_.empty()) {
        if (!end_.has_value()) return;
        over_ = true;
        end = end_;
      } else {
        message_ = std::move(waiting_.front());
        waiting_.pop_front();
        writing_ = true;
      }
    }
    if (end.has_value()) {
      reactor_->Finish(*end);
    } else {
      reactor_->StartWrite(&message_);
    }
  }

  Reactor* reactor_ = nullptr;  // alive until over_
  std::mutex mutex_;
  std::deque<Response> waiting_;
  Response message_;  // being written
  bool writing_ = false;
  bool over_ = false;
  std::optional<grpc::Status> end_;
};

}  // namespace quayside
