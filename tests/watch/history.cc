#include "tests/watch/history.h"

#include <algorithm>
#include <filesystem>
#include <future>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/rng.h"
#include "host/inventory/items.h"
#include "host/inventory/stock.h"
#include "host/inventory/stock_events.h"
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
// More than one page of a snapshot.
constexpr size_t kMostItems = 700;

const std::vector<std::string> kTypes = {"order.received", "order.shipped", "stock.set", "stock.adjusted",
                                         "lane.failed"};
// Of those who begin with snapshots: all of these tell of every item.
const std::vector<std::vector<std::string>> kItemFilters = {{}, {"item."}, {"i", "order."}};
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
      const bool wants_snapshots = rng_.Below(3) == 0;
      const auto& filters = wants_snapshots ? kItemFilters : kFilters;
      followers.push_back(std::make_unique<Follower>(
          absl::StrCat("world ", number_, ", history ", history, ", follower ", i), filters[rng_.Below(filters.size())],
          wants_snapshots, tally_.findings, tally_.followers));
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
    if (what < 26) return Commit(what < 7);
    if (what < 40) return ChangeItems();
    if (what < 47) return CommitBesideAFailure();
    if (what < 54) return Compact();
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

  // By the host's own rules, so that snapshots and events tell of the same things.
  void ChangeItems() {
    std::map<std::string, std::string> after = model_.items();
    const WatchHost::Written written = host_.Change([&](Tx& tx, IdSource& ids, TimeUs now) -> absl::Status {
      after = model_.items();
      const uint64_t what = rng_.Below(10);
      if (after.size() > kMostItems) return DeleteItems(tx, now, kMostItems / 2, after);
      if (what < 3) return MakeItems(tx, ids, now, 1 + rng_.Below(3), after);
      if (what < 6) return MakeManyItems(tx, ids, now, 2 + rng_.Below(kMostNamedInAnEvent - 1), after);
      if (what < 8) return RenameItems(tx, now, 1 + rng_.Below(5), after);
      return DeleteItems(tx, now, 1 + rng_.Below(5), after);
    });
    model_.Committed(written.first_revision, written.events);
    model_.ItemsAre(std::move(after));
    ++tally_.transactions;
    if (!model_.is_whole())
      tally_.findings.Add(Promise::kReliable, absl::StrCat("world ", number_, ": revisions are missing"));
  }

  using Items = std::map<std::string, std::string>;  // SKUs by name

  // In any order beside the others: a snapshot goes by SKU.
  std::string NewSku() { return absl::StrCat("S", rng_.Below(1'000), "-", ++things_); }
  Items::iterator AnItem(Items& items) {
    return std::next(items.begin(), static_cast<std::ptrdiff_t>(rng_.Below(items.size())));
  }
  static int64_t IdOf(const std::string& name) { return ParseItemName(name).value(); }

  absl::Status MakeItems(Tx& tx, IdSource& ids, TimeUs now, uint64_t count, Items& items) {
    for (uint64_t i = 0; i < count; ++i) {
      QS_ASSIGN_OR_RETURN(const ItemRecord item, CreateItem(tx, ids, now, NewSku(), "a thing"));
      items[ItemName(item.id)] = item.sku;
    }
    return absl::OkStatus();
  }
  absl::Status MakeManyItems(Tx& tx, IdSource& ids, TimeUs now, uint64_t count, Items& items) {
    std::vector<StockChange> changes;
    for (uint64_t i = 0; i < count; ++i) changes.push_back({.sku = NewSku(), .level = 1});
    QS_RETURN_IF_ERROR(SetStockLevels(tx, ids, now, changes, true).status());
    for (const StockChange& change : changes) {
      QS_ASSIGN_OR_RETURN(const std::optional<ItemRecord> item, tx.FindItemBySku(change.sku));
      if (!item.has_value()) return absl::InternalError("an item is gone that was just made");
      items[ItemName(item->id)] = item->sku;
    }
    return absl::OkStatus();
  }
  absl::Status RenameItems(Tx& tx, TimeUs now, uint64_t count, Items& items) {
    for (uint64_t i = 0; i < count && !items.empty(); ++i) {
      const auto item = AnItem(items);
      item->second = NewSku();
      QS_RETURN_IF_ERROR(ChangeItem(tx, now, IdOf(item->first), {.sku = item->second}).status());
    }
    return absl::OkStatus();
  }
  absl::Status DeleteItems(Tx& tx, TimeUs now, uint64_t count, Items& items) {
    for (uint64_t i = 0; i < count && !items.empty(); ++i) {
      const auto item = AnItem(items);
      QS_RETURN_IF_ERROR(DeleteItem(tx, now, IdOf(item->first)));
      items.erase(item);
    }
    return absl::OkStatus();
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
