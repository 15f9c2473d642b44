#include "tests/bench/inventory.h"

#include <sys/resource.h>

#include <algorithm>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/base/errors.h"
#include "host/base/time.h"
#include "host/inventory/target_decision.h"
#include "host/sync/target_reader.h"
#include "tests/bench/big_catalogue.h"
#include "tests/bench/figures.h"

namespace quayside {
namespace {

constexpr int kChanges = 5000;
constexpr int kDecideBatch = 500;  // targets of one transaction, as in the quantity step
constexpr TimeUs kNowUs = 1'790'000'000 * kSecondUs;

bool BringsOrders(const std::string&) { return true; }

absl::Status Decide(Tx& tx, TargetReader& reader, TargetRecord target) {
  QS_ASSIGN_OR_RETURN(const TargetInputs inputs, reader.Read(target));
  const TargetDecision decision = DecideTarget(inputs);
  target.state = decision.state;
  target.wanted = decision.wanted;
  target.owner_channel_id = decision.owner_channel_id;
  target.note = decision.note;
  return tx.PutTarget(target);
}

class Inventory {
 public:
  explicit Inventory(Store& store) : store_(store) {}

  // A new level of some item, and what the two accounts that sell it should show now. Seconds without and with the
  // commit that makes it durable.
  struct Change {
    double decided = 0;
    double durable = 0;
  };
  Change ChangeOne() {
    const int number = SomeItem();
    Change change;
    change.durable = SecondsOf([&] {
      Check(store_.Write([&](Tx& tx) {
        absl::Status status;
        change.decided = SecondsOf([&] { status = ChangeAndDecide(tx, number); });
        return status;
      }));
    });
    return change;
  }

  void ChangeMany(int items) {
    Check(store_.Write([&](Tx& tx) -> absl::Status {
      for (int i = 0; i < items; ++i) QS_RETURN_IF_ERROR(SetLevel(tx, SomeItem()));
      return absl::OkStatus();
    }));
  }

  // A rule of every channel changed.
  void MarkAll() {
    for (int which = 0; which < 2; ++which) {
      Check(store_.Write([&](Tx& tx) { return tx.MarkTargetsOfChannel(BigChannel(which), kNowUs).status(); }));
    }
  }

  // How many there were.
  int64_t DecideAll() {
    int64_t decided = 0;
    for (int which = 0; which < 2; ++which) {
      for (size_t batch = DecideBatch(which); batch > 0; batch = DecideBatch(which)) {
        decided += static_cast<int64_t>(batch);
      }
    }
    return decided;
  }

 private:
  int SomeItem() { return static_cast<int>(random_() % kBigItems); }

  absl::Status SetLevel(Tx& tx, int number) {
    const auto level = static_cast<int64_t>(random_() % 100);
    QS_RETURN_IF_ERROR(tx.SetLevel(number + 1, "default", level, kNowUs));
    return tx.MarkTargetsOfItem(number + 1, kNowUs).status();
  }

  absl::Status ChangeAndDecide(Tx& tx, int number) {
    QS_RETURN_IF_ERROR(SetLevel(tx, number));
    TargetReader reader(tx, BringsOrders);
    for (int which = 0; which < 2; ++which) {
      QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> target, tx.FindTarget(BigAccount(which), BigSku(number)));
      if (!target.has_value()) return absl::InternalError("a change made no target");
      QS_RETURN_IF_ERROR(Decide(tx, reader, *target));
    }
    return absl::OkStatus();
  }

  size_t DecideBatch(int which) {
    size_t decided = 0;
    Check(store_.Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::vector<TargetRecord> targets,
                          tx.ListUndecidedTargets(BigAccount(which), kNowUs, kDecideBatch));
      TargetReader reader(tx, BringsOrders);
      for (const TargetRecord& target : targets) QS_RETURN_IF_ERROR(Decide(tx, reader, target));
      decided = targets.size();
      return absl::OkStatus();
    }));
    return decided;
  }

  Store& store_;
  std::mt19937 random_{1};
};

double Percentile99(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() * 99 / 100];
}

double PeakResidentMb() {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) throw std::runtime_error("no usage");
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace

void MeasureInventory(Store& store) {
  Inventory inventory(store);
  std::vector<double> decided;
  std::vector<double> durable;
  for (int i = 0; i < kChanges; ++i) {
    const Inventory::Change change = inventory.ChangeOne();
    decided.push_back(change.decided);
    durable.push_back(change.durable);
  }
  PrintRow("change_to_decision_p99", Percentile99(decided) * 1e3, "ms");
  PrintRow("change_to_durable_decision_p99", Percentile99(durable) * 1e3, "ms");

  inventory.ChangeMany(kBigListings / 100 / 2);
  PrintRow("cycle_1_percent_dirty", SecondsOf([&] { inventory.DecideAll(); }), "s");

  int64_t all = 0;
  const double recompute = SecondsOf([&] {
    inventory.MarkAll();
    all = inventory.DecideAll();
  });
  if (all != kBigListings) throw std::runtime_error("a recompute decided " + std::to_string(all) + " targets");
  PrintRow("recompute_1000000", recompute, "s");
  PrintRow("rss_1000000_listings", PeakResidentMb(), "MB");
}

}  // namespace quayside
