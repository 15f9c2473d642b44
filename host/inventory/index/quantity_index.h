// The index of quantities: the store's rows that quantities follow from, packed in memory, and what is to be decided
// again because of each change. One change of stock, order, rule or link looks only at the targets it concerns; a
// change of a whole channel is looked at in pieces (Sweep) while everything else goes on.
//
// The store is the truth. The index follows it commit by commit, and is built again from it at the start and whenever
// it is in doubt. It says what to decide and in which order; what is stored and sent is decided from the store's own
// rows, so an index that is wrong can delay a quantity but never send a wrong one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "host/base/rng.h"
#include "host/inventory/decision_stands.h"
#include "host/store/store.h"

namespace quayside {

// A target as the index knows it.
struct IndexedTarget {
  LastDecision last;
  TargetState state = TargetState::kNone;  // the verdict now
  TargetReason reason = TargetReason::kNothing;
  std::optional<int32_t> wanted;
  std::string owner_channel_id;
};

struct IndexSize {
  int64_t listings = 0;
  int64_t targets = 0;
};

// Thread-safe. Calls hold its lock for one commit's targets or one piece of a sweep. The end of a build holds it for as
// long as the commits take that were told meanwhile.
class QuantityIndex final : public InventoryFollower {
 public:
  // `on_work`: there are targets to be decided, a sweep to do, or the index is to be built. Runs on any thread, also
  // the store's writer, and under the index's lock: it must be quick and must not call the index.
  explicit QuantityIndex(std::function<void()> on_work = [] {});
  ~QuantityIndex() override;

  void Committed(const InventoryChanges& changes) override;
  // Whether the account's orders hold raises up. Outlives Build.
  void SetBringsOrders(const std::string& account_id, bool brings);

  // Reads everything from the store, which this must follow already. Until it has, nothing is undecided as far as the
  // index knows. ABORTED: much changed meanwhile, try again. Also when it was built before.
  [[nodiscard]] absl::Status Build(Store& store);
  [[nodiscard]] bool ready() const;
  // What CountUndecided says is all: it is ready, and has looked at whatever changed.
  [[nodiscard]] bool settled() const;
  // Nothing it says counts until it is built again.
  void Doubt();
  // Looks at about so many more of what changes of whole channels, or of very many rows, concern. True: there are more.
  bool Sweep(int64_t targets);

  // SKUs of targets of the account that are to be decided again, the most urgent first. They leave the index's list:
  // who takes them decides them and says so, or gives them back.
  [[nodiscard]] std::vector<std::string> Take(const std::string& account_id, int limit);
  void GiveBack(const std::string& account_id, const std::vector<std::string>& skus);
  // They were decided, which is committed. One that was found to be held still, for the orders were set back meanwhile,
  // waits for them again.
  void Decided(const std::string& account_id, const std::vector<std::string>& skus);
  // How many Take would give, and whose.
  [[nodiscard]] int64_t CountUndecided(const std::string& account_id) const;
  [[nodiscard]] std::vector<std::string> AccountsWithWork() const;

  [[nodiscard]] std::optional<IndexedTarget> Find(std::string_view account_id, std::string_view sku) const;
  // Account and SKU of some targets.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> Sample(Rng& rng, int count) const;
  [[nodiscard]] int64_t CountListings(std::string_view channel_id) const;
  [[nodiscard]] IndexSize size() const;

 private:
  struct Contents;

  // These need the lock.
  void ForgetLocked();
  size_t LookAtTouchedLocked(size_t limit);
  size_t LookAtMovedLocked(size_t limit);
  size_t SweepLocked(size_t limit);
  [[nodiscard]] bool HasMoreToLookAtLocked() const;
  void DigestLocked();

  const std::function<void()> on_work_;
  mutable std::mutex mutex_;
  std::unique_ptr<Contents> contents_;
  bool ready_ = false;
  bool building_ = false;
  bool rewritten_ = false;      // while it is built: what is read may be older than what was told
  InventoryChanges meanwhile_;  // while it is built
  std::set<std::string> brings_orders_;
  // A sweep goes round the targets once for the channels it is about; another change lets it go round once more.
  std::vector<bool> sweep_channels_;
  bool sweep_all_ = false;  // whatever channels it is about: just built, or anybody's raise may have to wait
  uint32_t sweep_at_ = 0;
  int64_t sweep_left_ = 0;
  // What a change of many rows concerned and is not looked at yet; accounts with raises that may wait no more.
  std::vector<uint32_t> touched_;
  std::vector<uint32_t> moved_;
};

}  // namespace quayside
