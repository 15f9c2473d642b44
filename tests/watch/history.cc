#include "tests/watch/history.h"

#include <algorithm>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"
#include "host/base/rng.h"
#include "tests/watch/event_model.h"
#include "tests/watch/watch_host.h"

namespace quayside::watch {
namespace {

constexpr int64_t kHistoriesPerWorld = 100;
constexpr size_t kFollowers = 4;
constexpr uint64_t kSteps = 24;
// More than one message of a stream takes otherwise.
constexpr uint64_t kLargeTransaction = 1'200;
// Of each of its events, so that one message is more than a client and its connection buffer.
constexpr size_t kPaddingBytes = 300;
// Who falls this far behind is cut: less than two large transactions.
constexpr int64_t kMaxLag = 600;

const std::vector<std::string> kTypes = {"order.received", "order.shipped", "stock.set", "stock.adjusted",
                                         "lane.failed"};
const std::vector<std::vector<std::string>> kFilters = {{}, {"order."}, {"stock.set", "lane."}, {"o", "s", "l"}, {"x"}};

class World {
 public:
  World(const HistoryOptions& options, int64_t number, HistoryTally& tally)
      : number_(number),
        tally_(tally),
        rng_(options.seed * 1'000'003 + static_cast<uint64_t>(number)),
        host_({.folder = absl::StrCat(options.folder, "/", number), .seed = options.seed, .max_watch_lag = kMaxLag}) {
    Connect();
  }

  void Live(int64_t history) {
    std::vector<std::unique_ptr<Follower>> followers;
    for (size_t i = 0; i < kFollowers; ++i) {
      followers.push_back(
          std::make_unique<Follower>(absl::StrCat("world ", number_, ", history ", history, ", follower ", i),
                                     kFilters[rng_.Below(kFilters.size())], tally_.findings, tally_.followers));
    }
    Commit(false);
    const uint64_t steps = 4 + rng_.Below(kSteps);
    for (uint64_t step = 0; step < steps; ++step) Step(followers);
    for (const auto& follower : followers) {
      follower->CatchUp(*stub_, model_);
      // Nothing happens any more: a bookmark comes.
      if (follower->is_open()) follower->Read(model_);
    }
    ++tally_.histories;
  }

 private:
  using Followers = std::vector<std::unique_ptr<Follower>>;

  void Connect() { stub_ = v1::EventService::NewStub(host_.Connect()); }

  void Step(Followers& followers) {
    if (rng_.Below(4) != 0) host_.clock.Advance(1 + static_cast<DurationUs>(rng_.Below(1'000)));
    Follower& follower = *followers[rng_.Below(followers.size())];
    const uint64_t what = rng_.Below(100);
    if (what < 35) return Commit(what < 8);
    if (what < 45) return CommitBesideAFailure();
    if (what < 53) return Compact();
    if (what < 70) return Begin(follower);
    if (what < 86) return Read(follower);
    if (what < 92) return follower.Cancel();
    if (what < 95) return Restart(followers);
    CompareList();
  }

  std::vector<ModelEvent> SomeEvents(uint64_t count) {
    std::vector<ModelEvent> events;
    for (uint64_t i = 0; i < count; ++i) {
      events.push_back({kTypes[rng_.Below(kTypes.size())], absl::StrCat("things/", ++things_)});
    }
    return events;
  }

  // Up to three writers at the same time.
  void Commit(bool large) {
    // A transaction is known by its time, and this one is to be no part of a longer run.
    if (large) host_.clock.Advance(1);
    std::vector<std::vector<ModelEvent>> changes;
    const uint64_t writers = large ? 1 : 1 + rng_.Below(3);
    for (uint64_t i = 0; i < writers; ++i) {
      changes.push_back(SomeEvents(1 + (large ? 400 + rng_.Below(kLargeTransaction) : rng_.Below(4))));
    }
    CommitAtOnce(changes, {}, large ? kPaddingBytes : 0);
    if (large) host_.clock.Advance(1);
  }

  void CommitBesideAFailure() {
    CommitAtOnce({SomeEvents(1 + rng_.Below(3))}, SomeEvents(1 + rng_.Below(5)), 0);
    ++tally_.taken_back;
  }

  void CommitAtOnce(const std::vector<std::vector<ModelEvent>>& changes, const std::vector<ModelEvent>& fails,
                    size_t padding) {
    const std::map<std::string, std::string> attributes = {{"padding", std::string(padding, 'x')}};
    std::vector<std::future<int64_t>> writers;
    for (const auto& events : changes) {
      writers.push_back(std::async(std::launch::async, [&] { return host_.Commit(events, attributes); }));
    }
    std::future<void> failing;
    if (!fails.empty()) failing = std::async(std::launch::async, [&] { host_.CommitNothing(fails); });
    for (size_t i = 0; i < writers.size(); ++i) model_.Committed(writers[i].get(), changes[i]);
    if (failing.valid()) failing.get();
    tally_.transactions += static_cast<int64_t>(changes.size());
    if (!model_.is_whole())
      tally_.findings.Add(Promise::kReliable, absl::StrCat("world ", number_, ": revisions are missing"));
  }

  void Compact() {
    const int64_t oldest = model_.oldest_start();
    const int64_t before =
        oldest + 1 + static_cast<int64_t>(rng_.Below(static_cast<uint64_t>(model_.last() - oldest + 1)));
    host_.CompactBefore(before);
    model_.CompactedBefore(before);
    ++tally_.compactions;
  }

  void Begin(Follower& follower) {
    const uint64_t where = rng_.Below(10);
    if (where < 5 && follower.position().has_value()) return follower.Resume(*stub_, model_);
    if (where < 7) return follower.Open(*stub_, 0, model_);
    // Any revision, a gone one or one that is still to come, too.
    follower.Open(*stub_, 1 + static_cast<int64_t>(rng_.Below(static_cast<uint64_t>(model_.last()) + 2)), model_);
  }

  void Read(Follower& follower) {
    if (follower.is_open()) follower.Read(model_);
  }

  void Restart(Followers& followers) {
    host_.Close();
    for (const auto& follower : followers) follower->HostClosed();
    host_.Open();
    Connect();
    ++tally_.restarts;
  }

  // The paged twin tells the same.
  void CompareList() {
    v1::ListEventsRequest request;
    const int64_t oldest = model_.oldest_start();
    const auto after = static_cast<int64_t>(rng_.Below(static_cast<uint64_t>(model_.last() - oldest) + 1));
    const auto& prefixes = kFilters[rng_.Below(kFilters.size())];
    request.set_after_revision(rng_.Below(4) == 0 ? 0 : oldest + after);
    request.set_page_size(1 + static_cast<int32_t>(rng_.Below(300)));
    for (const std::string& prefix : prefixes) request.add_type_prefixes(prefix);
    std::map<int64_t, ModelEvent> listed;
    do {
      grpc::ClientContext context;
      v1::ListEventsResponse response;
      const grpc::Status status = stub_->ListEvents(&context, request, &response);
      if (!status.ok()) {
        return tally_.findings.Add(Promise::kReliable,
                                   absl::StrCat("world ", number_, ": the list ends with ", status.error_message()));
      }
      for (const v1::Event& event : response.events()) listed[event.revision()] = {event.type(), event.resource()};
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    ++tally_.lists;
    if (listed != model_.Between(std::max(request.after_revision(), oldest), model_.last(), prefixes)) {
      tally_.findings.Add(Promise::kReliable, absl::StrCat("world ", number_, ": the list from ",
                                                           request.after_revision(), " is not what happened"));
    }
  }

  const int64_t number_;
  HistoryTally& tally_;
  SeededRng rng_;
  WatchHost host_;
  EventModel model_;
  std::unique_ptr<v1::EventService::Stub> stub_;
  int64_t things_ = 0;
};

}  // namespace

HistoryTally RunHistories(const HistoryOptions& options, const std::function<void(int64_t)>& progress) {
  HistoryTally tally;
  for (int64_t number = 0; number * kHistoriesPerWorld < options.rounds; ++number) {
    if (options.only_world >= 0 && number != options.only_world) continue;
    const int64_t histories = std::min(kHistoriesPerWorld, options.rounds - number * kHistoriesPerWorld);
    const std::string folder = absl::StrCat(options.folder, "/", number);
    std::filesystem::create_directory(folder);
    {
      World world(options, number, tally);
      for (int64_t history = 0; history < histories; ++history) world.Live(history);
    }
    std::filesystem::remove_all(folder);
    progress(tally.histories);
  }
  return tally;
}

}  // namespace quayside::watch
