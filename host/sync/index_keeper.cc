#include "host/sync/index_keeper.h"

#include <algorithm>
#include <utility>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/base/trace_scope.h"
#include "host/sync/index_check.h"

namespace quayside {
namespace {

// Looked at before it is told whose quantities are to be decided.
constexpr int64_t kSweepPiece = 50'000;
constexpr DurationUs kBuildAgainUs = 5 * kSecondUs;
constexpr DurationUs kCheckEveryUs = 10 * kMinuteUs;
constexpr int kTargetsChecked = 200;
constexpr size_t kDifferencesTold = 5;

}  // namespace

IndexKeeper::IndexKeeper(IndexKeeperParts parts)
    : parts_(std::move(parts)), rng_(parts_.rng.Below(UINT64_MAX)), index_([this] {
        const std::lock_guard<std::mutex> lock(mutex_);
        work_ = true;
        if (CurrentTrace() != nullptr) cause_ = KeepTrace();
        changed_.notify_all();
      }) {}

IndexKeeper::~IndexKeeper() { Stop(); }

void IndexKeeper::Start() {
  parts_.store.Follow(&index_);
  thread_ = std::thread([this] { Run(); });
}

void IndexKeeper::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
  parts_.store.Follow(nullptr);
}

void IndexKeeper::Build() {
  const TimeUs began = parts_.clock.Now();
  const absl::Status built = index_.Build(parts_.store);
  build_failed_ = !built.ok() && !absl::IsAborted(built);
  if (built.ok()) {
    const IndexSize size = index_.size();
    parts_.logger.Info("quantities are indexed",
                       {Field("listings", size.listings), Field("targets", size.targets),
                        Field("milliseconds", (parts_.clock.Now() - began) / kMillisecondUs)});
    return;
  }
  // Much changed meanwhile: at once. Anything else may take a while to go away.
  if (absl::IsAborted(built)) return;
  build_at_ = parts_.clock.Now() + kBuildAgainUs;
  parts_.logger.Error("quantities could not be indexed; they are decided in the order of changes",
                      {Field("error", built)});
}

void IndexKeeper::Check() {
  const auto differences = CompareIndexWithStore(index_, parts_.store, rng_, parts_.brings_orders, kTargetsChecked);
  if (!differences.ok()) {
    parts_.logger.Error("the index of quantities could not be checked", {Field("error", differences.status())});
    return;
  }
  if (differences->empty()) return;
  for (size_t i = 0; i < std::min(kDifferencesTold, differences->size()); ++i) {
    const IndexDifference& one = (*differences)[i];
    parts_.logger.Error("the index of quantities differs from the database and is built again",
                        {Field("account", one.account_id), Field("channel", one.channel_id), Field("sku", one.sku),
                         Field("database", one.store), Field("index", one.index)});
  }
  index_.Doubt();
  const IndexDifference& first = differences->front();
  const std::string resource = first.channel_id.empty() ? AccountName(first.account_id) : ChannelName(first.channel_id);
  const absl::Status told = parts_.store.Write([&](Tx& tx) {
    return tx
        .AppendEvent({0,
                      parts_.clock.Now(),
                      "index.mismatch",
                      resource,
                      {{"sku", first.sku}, {"differences", Concat(differences->size())}}})
        .status();
  });
  if (!told.ok()) parts_.logger.Error("an event could not be stored", {Field("error", told)});
}

void IndexKeeper::Run() {
  TimeUs check_at = parts_.clock.Now() + kCheckEveryUs;
  std::optional<TraceContext> cause;  // of the sweep under way
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    work_ = false;
    if (cause_.has_value()) cause = std::exchange(cause_, std::nullopt);
    lock.unlock();
    if (!index_.ready() && parts_.clock.Now() >= build_at_) Build();
    const bool more = index_.Sweep(kSweepPiece);
    if (const std::vector<std::string> accounts = index_.AccountsWithWork(); !accounts.empty()) {
      const TraceScope scope(cause);
      parts_.on_undecided(accounts);
    }
    if (!more) cause.reset();
    if (!more && parts_.clock.Now() >= check_at) {
      Check();
      check_at = parts_.clock.Now() + kCheckEveryUs;
    }
    const bool waits_to_build = !index_.ready();
    lock.lock();
    if (more || work_ || stopping_) continue;
    if (waits_to_build && parts_.clock.Now() >= build_at_) continue;
    parts_.clock.WaitUntil(lock, changed_, waits_to_build ? build_at_ : check_at);
  }
}

}  // namespace quayside
