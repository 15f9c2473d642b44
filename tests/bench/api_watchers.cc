#include "tests/bench/api_watchers.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "quayside/v1/event_service.grpc.pb.h"
#include "tests/bench/api_client.h"
#include "tests/bench/figures.h"

namespace quayside {
namespace {

namespace api = quayside::v1;

constexpr size_t kStreamConnections = 4;

// Where watchers come in that have seen the last event, and go out when gRPC is done with them.
class Finishing {
 public:
  void Arrived() { Count(&arrived_); }
  // A stream that ended: `why` counts when it had not arrived.
  void Left(bool had_arrived, const grpc::Status& why) {
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      if (!had_arrived) {
        ++arrived_;
        failed_ = why.ok() ? grpc::Status(grpc::StatusCode::UNKNOWN, "a stream of events ended early") : why;
      }
    }
    Count(&left_);
  }
  void AwaitArrivals() { Await(&arrived_); }
  void AwaitDepartures() {
    Await(&left_);
    Check(failed_);
  }

 private:
  void Count(int* counter) {
    const std::lock_guard<std::mutex> guard(mutex_);
    ++*counter;
    changed_.notify_all();
  }
  void Await(const int* counter) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return *counter >= kWatchers; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  int left_ = 0;
  grpc::Status failed_;
};

class Watcher final : public grpc::ClientReadReactor<api::WatchResponse> {
 public:
  Watcher(int64_t after_revision, int64_t last_revision, Finishing& finishing)
      : last_revision_(last_revision), finishing_(finishing) {
    request_.set_after_revision(after_revision);
  }

  void Begin(api::EventService::Stub& stub) {
    stub.async()->Watch(&context_, &request_, this);
    StartRead(&message_);
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (message_.revision() < last_revision_) return StartRead(&message_);
    has_arrived_ = true;
    finishing_.Arrived();
    context_.TryCancel();
  }
  void OnDone(const grpc::Status& status) override { finishing_.Left(has_arrived_, status); }

 private:
  const int64_t last_revision_;
  Finishing& finishing_;
  grpc::ClientContext context_;
  api::WatchRequest request_;
  api::WatchResponse message_;
  bool has_arrived_ = false;  // gRPC calls one after the other
};

}  // namespace

double EventsPerSecond(const std::string& socket, int64_t after_revision, int64_t last_revision) {
  std::vector<std::unique_ptr<api::EventService::Stub>> stubs;
  for (size_t i = 0; i < kStreamConnections; ++i) stubs.push_back(api::EventService::NewStub(ConnectTo(socket)));
  Finishing finishing;
  std::vector<std::unique_ptr<Watcher>> watchers;
  for (int i = 0; i < kWatchers; ++i) {
    watchers.push_back(std::make_unique<Watcher>(after_revision, last_revision, finishing));
  }
  const double seconds = SecondsOf([&] {
    for (size_t i = 0; i < watchers.size(); ++i) watchers[i]->Begin(*stubs[i % stubs.size()]);
    finishing.AwaitArrivals();
  });
  finishing.AwaitDepartures();
  return static_cast<double>(kWatchers) * static_cast<double>(last_revision - after_revision) / seconds;
}

}  // namespace quayside
