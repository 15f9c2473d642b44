#include "tests/watch/crowd.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"
#include "tests/watch/error_info.h"
#include "tests/watch/watch_host.h"

namespace quayside::watch {
namespace {

constexpr int kStreamsPerConnection = 50;
constexpr std::chrono::seconds kLongest{60};  // for one change to reach everybody
// Before anything is measured: more than a client and its connection buffer, so that who stalls is behind from then on.
constexpr int kFillers = 20;
constexpr size_t kFillerBytes = 16'000;
constexpr int64_t kMaxLag = 20;
constexpr char kSentAt[] = "sent_at";

int64_t NowUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Counts who has got the change that is under way. Thread-safe.
class Arrivals {
 public:
  void Expect(int count) {
    const std::lock_guard<std::mutex> guard(mutex_);
    missing_ += count;
  }
  void Arrived() {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (--missing_ == 0) all_there_.notify_all();
  }
  // How many are missing when the time is over.
  [[nodiscard]] int Await() {
    std::unique_lock<std::mutex> lock(mutex_);
    all_there_.wait_for(lock, kLongest, [&] { return missing_ <= 0; });
    return missing_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_there_;
  int missing_ = 0;
};

class CrowdWatcher final : public grpc::ClientReadReactor<v1::WatchResponse> {
 public:
  CrowdWatcher(v1::EventService::Stub& stub, bool is_stalled, Arrivals& arrivals)
      : is_stalled_(is_stalled), arrivals_(arrivals) {
    stub.async()->Watch(&context_, &request_, this);
    StartRead(&response_);
    AddHold();
    StartCall();
  }
  CrowdWatcher(const CrowdWatcher&) = delete;
  CrowdWatcher& operator=(const CrowdWatcher&) = delete;

  void OnReadDone(bool ok) override {
    if (!ok) return;
    // The first message says where the stream begins: it is an arrival, too.
    if (!is_open_) {
      is_open_ = true;
      revision_ = response_.revision();
      arrivals_.Arrived();
    }
    for (const v1::Event& event : response_.events()) Take(event);
    if (!is_stalled_) StartRead(&response_);
  }
  void OnDone(const grpc::Status& status) override {
    const std::lock_guard<std::mutex> guard(mutex_);
    end_ = status;
    is_done_ = true;
    done_.notify_all();
  }

  // A stalled one reads on.
  void ReadOn() {
    is_stalled_ = false;
    StartRead(&response_);
  }
  void Cancel() { context_.TryCancel(); }
  // The status that the stream ends with; one that does not end in time is cancelled.
  grpc::Status End(std::chrono::steady_clock::time_point deadline) {
    if (!is_released_) RemoveHold();
    is_released_ = true;
    std::unique_lock<std::mutex> lock(mutex_);
    if (!done_.wait_until(lock, deadline, [&] { return is_done_; })) {
      lock.unlock();
      context_.TryCancel();
      lock.lock();
      done_.wait(lock, [&] { return is_done_; });
    }
    return end_;
  }

  // When the stream is over, or nothing is under way.
  [[nodiscard]] const std::vector<int64_t>& delays() const { return delays_; }
  [[nodiscard]] int64_t revision() const { return revision_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  void Take(const v1::Event& event) {
    if (event.revision() != revision_ + 1) problem_ = absl::StrCat("got ", event.revision(), " after ", revision_);
    revision_ = event.revision();
    int64_t sent = 0;
    const auto said = event.attributes().find(kSentAt);
    if (said != event.attributes().end() && absl::SimpleAtoi(said->second, &sent)) delays_.push_back(NowUs() - sent);
    if (!is_stalled_) arrivals_.Arrived();
  }

  grpc::ClientContext context_;
  const v1::WatchRequest request_;
  v1::WatchResponse response_;
  std::atomic<bool> is_stalled_;
  Arrivals& arrivals_;
  // gRPC's callbacks of one stream come one after the other.
  bool is_open_ = false;
  int64_t revision_ = 0;
  std::vector<int64_t> delays_;
  std::string problem_;
  bool is_released_ = false;
  std::mutex mutex_;
  std::condition_variable done_;
  bool is_done_ = false;
  grpc::Status end_;
};

// WATCH_TOO_SLOW with the revision that the watcher has seen last.
bool IsCutAt(const grpc::Status& status, int64_t revision) {
  const google::rpc::ErrorInfo info = InfoOf(status);
  const auto told = info.metadata().find("revision");
  return info.reason() == "WATCH_TOO_SLOW" && told != info.metadata().end() && told->second == absl::StrCat(revision);
}

}  // namespace

CrowdReport RunCrowd(const CrowdOptions& options) {
  CrowdReport report;
  WatchHost host({.folder = options.folder,
                  .seed = options.seed,
                  .bookmark_interval = std::chrono::seconds(25),
                  .max_watch_lag = kMaxLag});
  Arrivals arrivals;
  std::vector<std::unique_ptr<v1::EventService::Stub>> stubs;
  std::vector<std::unique_ptr<CrowdWatcher>> readers;
  std::vector<std::unique_ptr<CrowdWatcher>> stalled;
  arrivals.Expect(options.watchers);
  for (int i = 0; i < options.watchers; ++i) {
    const bool is_stalled = i < options.stalled;
    // A client that stalls is a client of its own.
    if (is_stalled || (i - options.stalled) % kStreamsPerConnection == 0) {
      stubs.push_back(v1::EventService::NewStub(host.Connect()));
    }
    auto& those = is_stalled ? stalled : readers;
    those.push_back(std::make_unique<CrowdWatcher>(*stubs.back(), is_stalled, arrivals));
  }
  if (const int missing = arrivals.Await(); missing > 0) {
    report.problems.push_back(absl::StrCat(missing, " watchers did not begin"));
  }
  for (int change = -kFillers; change < options.changes && report.problems.empty(); ++change) {
    arrivals.Expect(static_cast<int>(readers.size()));
    host.clock.Advance(1);
    std::map<std::string, std::string> attributes;
    if (change < 0) {
      attributes["filler"] = std::string(kFillerBytes, 'x');
    } else {
      attributes[kSentAt] = absl::StrCat(NowUs());
    }
    host.Commit({{"order.received", "orders/1"}}, attributes);
    if (const int missing = arrivals.Await(); missing > 0) {
      report.problems.push_back(absl::StrCat("change ", change, " did not reach ", missing, " watchers"));
    }
  }
  for (const auto& watcher : stalled) watcher->ReadOn();
  const auto deadline = std::chrono::steady_clock::now() + kLongest;
  for (const auto& watcher : stalled) {
    const grpc::Status status = watcher->End(deadline);
    if (IsCutAt(status, watcher->revision()) && watcher->problem().empty()) {
      ++report.stalled_cut;
    } else {
      report.problems.push_back(absl::StrCat("a stalled watcher at ", watcher->revision(), " ends with ",
                                             status.error_message(), " ", watcher->problem()));
    }
  }
  std::vector<int64_t> delays;
  for (const auto& watcher : readers) {
    // Ended by us: what it says is of no interest.
    watcher->Cancel();
    static_cast<void>(watcher->End(deadline));
    delays.insert(delays.end(), watcher->delays().begin(), watcher->delays().end());
    if (!watcher->problem().empty()) report.problems.push_back(watcher->problem());
  }
  std::sort(delays.begin(), delays.end());
  report.delivered = static_cast<int64_t>(delays.size());
  if (!delays.empty()) {
    report.p50_us = delays[delays.size() / 2];
    report.p99_us = delays[delays.size() - 1 - delays.size() / 100];
  }
  return report;
}

}  // namespace quayside::watch
