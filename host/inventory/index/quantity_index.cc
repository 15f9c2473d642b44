#include "host/inventory/index/quantity_index.h"

#include <algorithm>
#include <exception>
#include <iterator>

#include "host/base/errors.h"
#include "host/inventory/index/stock_facts.h"
#include "host/inventory/index/undecided.h"

namespace quayside {
namespace {

// Looked at in one piece, with the lock held.
constexpr size_t kPiece = 1000;
constexpr int kPage = 1000;

absl::Status Load(ReadTx& tx, StockFacts& facts) {
  bool understood = true;
  QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
  for (const LocationRecord& location : locations) understood = facts.Apply(location) && understood;
  ChannelQuery channel_query{.limit = kPage};
  while (true) {
    QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> page, tx.ListChannels(channel_query));
    for (const ChannelRecord& channel : page) understood = facts.Apply(channel) && understood;
    if (static_cast<int>(page.size()) < kPage) break;
    channel_query.after_id = page.back().id;
  }
  LaneQuery lane_query{.limit = kPage};
  while (true) {
    QS_ASSIGN_OR_RETURN(const std::vector<LaneRecord> page, tx.ListLanes(lane_query));
    for (const LaneRecord& lane : page) {
      if (lane.job != Job::kOrders || !lane.channel_id.empty()) continue;
      understood = facts.Apply(OrdersKnownTo{lane.account_id, lane.cursor.watermark_us}) && understood;
    }
    if (static_cast<int>(page.size()) < kPage) break;
    lane_query.after_id = page.back().id;
  }
  QS_RETURN_IF_ERROR(tx.ScanLevels([&](const LevelRecord& level) { facts.Put(level); }));
  QS_RETURN_IF_ERROR(tx.ScanListings([&](const ListingStock& listing) { facts.Put(listing); }));
  QS_RETURN_IF_ERROR(tx.ScanItemProperties([&](const ItemProperties& properties) { facts.Put(properties); }));
  QS_RETURN_IF_ERROR(tx.ScanTargets([&](const TargetRecord& target) { facts.Put(target); }));
  if (!understood) return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "a row cannot be indexed");
  return absl::OkStatus();
}

}  // namespace

struct QuantityIndex::Contents {
  StockFacts facts;
  Undecided undecided{facts};
};

QuantityIndex::QuantityIndex(std::function<void()> on_work)
    : on_work_(std::move(on_work)), contents_(std::make_unique<Contents>()) {}

QuantityIndex::~QuantityIndex() = default;

void QuantityIndex::ForgetLocked() {
  contents_ = std::make_unique<Contents>();
  for (const std::string& account : brings_orders_) contents_->facts.SetBringsOrders(account, true);
  ready_ = false;
  rewritten_ = false;
  meanwhile_.clear();
  sweep_channels_.clear();
  sweep_all_ = false;
  sweep_at_ = 0;
  sweep_left_ = 0;
  touched_.clear();
  moved_.clear();
}

void QuantityIndex::Doubt() {
  const std::lock_guard<std::mutex> lock(mutex_);
  ready_ = false;
  rewritten_ = true;
  on_work_();
}

void QuantityIndex::Committed(const InventoryChanges& changes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (building_) {
    try {
      meanwhile_.insert(meanwhile_.end(), changes.begin(), changes.end());
    } catch (const std::exception&) {
      rewritten_ = true;  // no memory: what was told is not known
    }
    return;
  }
  if (!ready_) return;
  bool understood = true;
  try {
    for (const InventoryChange& change : changes) understood = understood && contents_->facts.Apply(change);
    if (understood) DigestLocked();
  } catch (const std::exception&) {
    understood = false;  // no memory: what is known now is half of a commit
  }
  if (understood) return;
  ready_ = false;
  on_work_();
}

void QuantityIndex::SetBringsOrders(const std::string& account_id, bool brings) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (brings) {
    brings_orders_.insert(account_id);
  } else {
    brings_orders_.erase(account_id);
  }
  contents_->facts.SetBringsOrders(account_id, brings);
  if (ready_) DigestLocked();
}

// Queues what follows from the facts that are new. Much is left to Sweep, so that one commit of many rows keeps neither
// the store's writer nor the targets of the next commit waiting.
void QuantityIndex::DigestLocked() {
  const std::vector<TargetNumber> touched = contents_->facts.TakeTouched();
  if (touched.size() <= kPiece) {
    for (const TargetNumber target : touched) contents_->undecided.Look(target);
  } else {
    touched_.insert(touched_.end(), touched.begin(), touched.end());
  }
  for (const AccountNumber account : contents_->facts.TakeSwitchedAccounts()) {
    const std::vector<TargetNumber> waiting = contents_->undecided.TakeWaiting(account);
    touched_.insert(touched_.end(), waiting.begin(), waiting.end());
  }
  const std::vector<AccountNumber> moved = contents_->facts.TakeMovedAccounts();
  moved_.insert(moved_.end(), moved.begin(), moved.end());
  LookAtMovedLocked(kPiece);
  const std::vector<uint32_t> channels = contents_->facts.TakeChangedChannels();
  if (!channels.empty()) {
    sweep_channels_.resize(contents_->facts.channels());
    for (const uint32_t channel : channels) sweep_channels_[channel] = true;
    sweep_left_ = contents_->facts.targets();
  }
  if (contents_->facts.TakeNewSellers()) {
    sweep_all_ = true;
    sweep_left_ = contents_->facts.targets();
  }
  if (HasMoreToLookAtLocked() || contents_->undecided.any()) on_work_();
}

bool QuantityIndex::HasMoreToLookAtLocked() const { return !touched_.empty() || !moved_.empty() || sweep_left_ > 0; }

size_t QuantityIndex::LookAtTouchedLocked(size_t limit) {
  const size_t piece = std::min(limit, touched_.size());
  for (size_t i = 0; i < piece; ++i) {
    contents_->undecided.Look(touched_.back());
    touched_.pop_back();
  }
  return piece;
}

size_t QuantityIndex::LookAtMovedLocked(size_t limit) {
  size_t looked_at = 0;
  while (!moved_.empty() && looked_at < limit) {
    const size_t wanted = limit - looked_at;
    const size_t freed = contents_->undecided.LookAtWaiting(moved_.back(), wanted);
    looked_at += freed;
    if (freed < wanted) moved_.pop_back();
  }
  return looked_at;
}

size_t QuantityIndex::SweepLocked(size_t limit) {
  const auto piece = static_cast<size_t>(std::min<int64_t>(sweep_left_, static_cast<int64_t>(limit)));
  sweep_channels_.resize(contents_->facts.channels());
  for (size_t i = 0; i < piece; ++i) {
    if (sweep_at_ >= contents_->facts.targets()) sweep_at_ = 0;
    if (sweep_all_ || contents_->facts.Concerns(sweep_at_, sweep_channels_)) contents_->undecided.Look(sweep_at_);
    ++sweep_at_;
  }
  sweep_left_ -= static_cast<int64_t>(piece);
  if (sweep_left_ == 0) {
    sweep_channels_.assign(sweep_channels_.size(), false);
    sweep_all_ = false;
  }
  return piece;
}

bool QuantityIndex::Sweep(int64_t targets) {
  while (true) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!ready_ || !HasMoreToLookAtLocked()) return false;
    if (targets <= 0) return true;
    size_t looked_at = LookAtTouchedLocked(kPiece);
    if (looked_at < kPiece) looked_at += LookAtMovedLocked(kPiece - looked_at);
    if (looked_at < kPiece) looked_at += SweepLocked(kPiece - looked_at);
    targets -= static_cast<int64_t>(looked_at);
  }
}

absl::Status QuantityIndex::Build(Store& store) {
  std::unique_ptr<Contents> old;  // takes a while to be freed
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    old = std::move(contents_);
    ForgetLocked();
    building_ = true;
  }
  old.reset();
  auto built = std::make_unique<Contents>();
  const absl::Status status = store.Read([&](ReadTx& tx) { return Load(tx, built->facts); });
  // What was committed since the reading began comes in as it was told. Commits that were read already are told once
  // more; their last values are the same.
  const std::lock_guard<std::mutex> lock(mutex_);
  building_ = false;
  const InventoryChanges meanwhile = std::exchange(meanwhile_, {});
  QS_RETURN_IF_ERROR(status);
  const bool understood = std::all_of(meanwhile.begin(), meanwhile.end(),
                                      [&](const InventoryChange& change) { return built->facts.Apply(change); });
  if (!understood || rewritten_)
    return MakeError(absl::StatusCode::kAborted, Reason::kInternal, "the inventory was rewritten meanwhile");
  for (const std::string& account : brings_orders_) built->facts.SetBringsOrders(account, true);
  // Everything is looked at, in pieces, whoever touched it.
  (void)built->facts.TakeTouched();
  (void)built->facts.TakeMovedAccounts();
  (void)built->facts.TakeSwitchedAccounts();
  (void)built->facts.TakeChangedChannels();
  (void)built->facts.TakeNewSellers();
  contents_ = std::move(built);
  ready_ = true;
  sweep_all_ = true;
  sweep_left_ = contents_->facts.targets();
  if (sweep_left_ > 0) on_work_();
  return absl::OkStatus();
}

bool QuantityIndex::settled() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ready_ && !HasMoreToLookAtLocked();
}

bool QuantityIndex::ready() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ready_;
}

std::vector<std::string> QuantityIndex::Take(const std::string& account_id, int limit) {
  std::vector<std::string> skus;
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::optional<AccountNumber> account = contents_->facts.FindAccount(account_id);
  if (!ready_ || !account.has_value() || limit <= 0) return skus;
  for (const TargetNumber target : contents_->undecided.Take(*account, static_cast<size_t>(limit)))
    skus.emplace_back(contents_->facts.SkuOf(target));
  return skus;
}

void QuantityIndex::GiveBack(const std::string& account_id, const std::vector<std::string>& skus) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!ready_) return;
  for (const std::string& sku : skus) {
    if (const auto target = contents_->facts.FindTarget(account_id, sku); target.has_value())
      contents_->undecided.Look(*target);
  }
}

void QuantityIndex::Decided(const std::string& account_id, const std::vector<std::string>& skus) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!ready_) return;
  for (const std::string& sku : skus) {
    const auto target = contents_->facts.FindTarget(account_id, sku);
    if (target.has_value() && contents_->facts.IsHeld(*target)) contents_->undecided.Look(*target);
  }
  if (contents_->undecided.any()) on_work_();
}

int64_t QuantityIndex::CountUndecided(const std::string& account_id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::optional<AccountNumber> account = contents_->facts.FindAccount(account_id);
  return ready_ && account.has_value() ? contents_->undecided.Count(*account) : 0;
}

std::vector<std::string> QuantityIndex::AccountsWithWork() const {
  std::vector<std::string> accounts;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!ready_) return accounts;
  for (const AccountNumber account : contents_->undecided.AccountsWithWork())
    accounts.emplace_back(contents_->facts.account_id(account));
  return accounts;
}

std::optional<IndexedTarget> QuantityIndex::Find(std::string_view account_id, std::string_view sku) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::optional<TargetNumber> target = contents_->facts.FindTarget(account_id, sku);
  if (!ready_ || !target.has_value()) return std::nullopt;
  const TargetVerdict verdict = contents_->facts.Judge(*target);
  return IndexedTarget{.last = contents_->facts.Last(*target, verdict),
                       .state = verdict.state,
                       .reason = verdict.reason,
                       .wanted = verdict.wanted,
                       .owner_channel_id = contents_->facts.OwnerOf(*target, verdict)};
}

std::vector<std::pair<std::string, std::string>> QuantityIndex::Sample(Rng& rng, int count) const {
  std::vector<std::pair<std::string, std::string>> sample;
  const std::lock_guard<std::mutex> lock(mutex_);
  const StockFacts& facts = contents_->facts;
  if (!ready_ || facts.targets() == 0) return sample;
  for (int i = 0; i < count; ++i) {
    const auto target = static_cast<TargetNumber>(rng.Below(facts.targets()));
    sample.emplace_back(facts.account_id(facts.AccountOf(target)), facts.SkuOf(target));
  }
  return sample;
}

int64_t QuantityIndex::CountListings(std::string_view channel_id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return contents_->facts.CountListings(channel_id);
}

IndexSize QuantityIndex::size() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return {.listings = contents_->facts.listings(), .targets = contents_->facts.targets()};
}

}  // namespace quayside
