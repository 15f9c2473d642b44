#include "tests/bench/inventory.h"

#include <algorithm>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/base/errors.h"
#include "host/inventory/index/quantity_index.h"
#include "host/inventory/stock.h"
#include "tests/bench/big_catalogue.h"
#include "tests/bench/deciding.h"
#include "tests/bench/figures.h"

namespace quayside {
namespace {

constexpr int kChanges = 5000;
constexpr TimeUs kNowUs = Deciding::kNowUs;

// Takes the time that the index needs for what a commit tells.
class TimedFollower final : public InventoryFollower {
 public:
  explicit TimedFollower(QuantityIndex& index) : index_(index) {}
  void Committed(const InventoryChanges& changes) override {
    seconds_ = SecondsOf([&] { index_.Committed(changes); });
  }
  // Of the last commit.
  [[nodiscard]] double seconds() const { return seconds_; }

 private:
  QuantityIndex& index_;
  double seconds_ = 0;
};

class Inventory {
 public:
  Inventory(Store& store, int items) : store_(store), items_(items) {
    for (int which = 0; which < 2; ++which) index_.SetBringsOrders(BigAccount(which), true);
    store_.Follow(&follower_);
  }
  ~Inventory() { store_.Follow(nullptr); }
  Inventory(const Inventory&) = delete;
  Inventory& operator=(const Inventory&) = delete;

  // Reads the catalogue and looks at all of it; every decision stands.
  void Build() {
    Check(index_.Build(store_));
    Sweep();
    if (Undecided() != 0) throw std::runtime_error("a catalogue where nothing changed is to be decided");
  }

  // A new level of some item: the change, the index, the two targets it concerns taken and decided. Seconds without and
  // with the two commits that make it durable, which are the disk's.
  struct Change {
    double decided = 0;
    double durable = 0;
  };
  Change ChangeOne() {
    Change change;
    const int number = SomeItem();
    change.durable = SecondsOf([&] {
      change.decided += WriteLevel(number);
      change.decided += follower_.seconds();
      for (int which = 0; which < 2; ++which) {
        std::vector<std::string> skus;
        change.decided += SecondsOf([&] { skus = index_.Take(BigAccount(which), Deciding::kBatch); });
        if (skus != std::vector<std::string>{BigSku(number)}) throw std::runtime_error("a change was not noticed");
        change.decided += deciding_.Decide(which, skus);
        change.decided += follower_.seconds();
      }
    });
    if (Undecided() != 0) throw std::runtime_error("a decision does not stand");
    return change;
  }

  void ChangeMany(int items) {
    Check(store_.Write([&](Tx& tx) -> absl::Status {
      std::vector<StockChange> changes;
      for (int i = 0; i < items; ++i) changes.push_back({.sku = BigSku(SomeItem()), .level = SomeLevel()});
      return SetStockLevels(tx, deciding_.ids(), kNowUs, changes, false).status();
    }));
    Sweep();
  }

  // Another ceiling for all listings.
  void ChangeRules(int32_t ceiling) {
    Check(store_.Write([&](Tx& tx) -> absl::Status {
      for (int which = 0; which < 2; ++which) {
        QS_ASSIGN_OR_RETURN(ChannelRecord channel, tx.GetChannel(BigChannel(which)));
        channel.config.max_listed_quantity = ceiling;
        ++channel.config_revision;
        QS_RETURN_IF_ERROR(tx.PutChannel(channel, "bench"));
      }
      return absl::OkStatus();
    }));
    Sweep();
  }

  [[nodiscard]] int64_t Undecided() const {
    return index_.CountUndecided(BigAccount(0)) + index_.CountUndecided(BigAccount(1));
  }

  // What the index names is decided and stored, a batch after the other.
  void DecideAll() {
    for (int which = 0; which < 2; ++which) {
      while (index_.CountUndecided(BigAccount(which)) > 0)
        deciding_.Decide(which, index_.Take(BigAccount(which), Deciding::kBatch));
    }
  }

 private:
  int SomeItem() { return static_cast<int>(random_() % static_cast<uint32_t>(items_)); }
  int64_t SomeLevel() { return static_cast<int64_t>(random_() % 100); }

  void Sweep() {
    while (index_.Sweep(100'000)) {
    }
  }

  double WriteLevel(int number) {
    double seconds = 0;
    Check(store_.Write([&](Tx& tx) {
      absl::Status status;
      seconds = SecondsOf([&] {
        status = SetStockLevels(tx, deciding_.ids(), kNowUs, {{.sku = BigSku(number), .level = SomeLevel()}}, false)
                     .status();
      });
      return status;
    }));
    return seconds;
  }

  Store& store_;
  const int items_;
  QuantityIndex index_;
  TimedFollower follower_{index_};
  std::mt19937 random_{1};
  Deciding deciding_{store_};
};

double Percentile99(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() * 99 / 100];
}

struct Changes {
  double decided_ms = 0;
  double durable_ms = 0;
};

Changes MeasureChanges(Inventory& inventory) {
  std::vector<double> decided;
  std::vector<double> durable;
  for (int i = 0; i < kChanges; ++i) {
    const Inventory::Change change = inventory.ChangeOne();
    decided.push_back(change.decided);
    durable.push_back(change.durable);
  }
  return {.decided_ms = Percentile99(decided) * 1e3, .durable_ms = Percentile99(durable) * 1e3};
}

}  // namespace

void MeasureInventory(Store& store, Store& small) {
  {
    Inventory few(small, kFewItems);
    few.Build();
    PrintRow("change_to_decision_p99_10000", MeasureChanges(few).decided_ms, "ms");
  }
  Inventory inventory(store, kBigItems);
  PrintRow("index_build_1000000", SecondsOf([&] { inventory.Build(); }), "s");

  // A ceiling that some listings are above: all are looked at, those that change are known, the most urgent first.
  constexpr int32_t kCeiling = 35;
  PrintRow("recompute_1000000", SecondsOf([&] { inventory.ChangeRules(kCeiling); }), "s");
  if (inventory.Undecided() != BigListingsAbove(kCeiling)) throw std::runtime_error("a recompute missed something");
  PrintRow("recompute_changed", static_cast<double>(inventory.Undecided()), "targets");
  PrintRow("recompute_changed_stored", SecondsOf([&] { inventory.DecideAll(); }), "s");

  const Changes changes = MeasureChanges(inventory);
  PrintRow("change_to_decision_p99", changes.decided_ms, "ms");
  PrintRow("change_to_durable_decision_p99", changes.durable_ms, "ms");

  inventory.ChangeMany(kBigListings / 100 / 2);
  PrintRow("cycle_1_percent_dirty", SecondsOf([&] { inventory.DecideAll(); }), "s");
}

}  // namespace quayside
