#include "tests/powercut/check.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside::powercut {
namespace {

constexpr int kAll = 1'000'000'000;

// Everything the writers' changes are made of.
struct Stored {
  std::map<int64_t, OrderRecord> orders;
  std::map<int64_t, std::vector<OrderLineRecord>> lines;
  std::vector<EventRecord> events;
  std::map<int64_t, int> events_of;  // by order number
  int64_t last_revision = 0;
  int64_t reserved = 0;
  std::vector<std::optional<LaneRecord>> lanes;  // by writer
};

absl::Status Load(ReadTx& tx, int writers, Stored& stored) {
  QS_ASSIGN_OR_RETURN(const std::vector<OrderRecord> orders, tx.ListOrders({.limit = kAll}));
  for (const OrderRecord& order : orders) {
    QS_ASSIGN_OR_RETURN(stored.lines[order.id], tx.GetOrderLines(order.id));
    stored.orders[order.id] = order;
  }
  QS_ASSIGN_OR_RETURN(stored.events, tx.ListEvents({.limit = kAll}));
  for (const EventRecord& event : stored.events) ++stored.events_of[ParseWhole(event.resource).value_or(0)];
  QS_ASSIGN_OR_RETURN(stored.last_revision, tx.LastEventRevision());
  QS_ASSIGN_OR_RETURN(const std::vector<LevelRecord> levels, tx.GetLevels(kItem));
  for (const LevelRecord& level : levels) stored.reserved += level.reserved;
  for (int writer = 0; writer < writers; ++writer) {
    QS_ASSIGN_OR_RETURN(std::optional<LaneRecord> lane, tx.FindLane(LaneIdOf(writer)));
    stored.lanes.push_back(std::move(lane));
  }
  return absl::OkStatus();
}

LaneState LaneIn(const Stored& stored, int writer) {
  const std::optional<LaneRecord>& lane = stored.lanes[static_cast<size_t>(writer)];
  if (!lane.has_value()) return {};
  return {.epoch = lane->epoch, .position = ParseWhole(lane->cursor.state).value_or(0)};
}

class Check {
 public:
  Check(Ledger& ledger, const Stored& stored, Findings& findings)
      : ledger_(ledger), stored_(stored), findings_(findings) {}

  void Run() {
    SettleUnderWay();
    for (const auto& [number, change] : ledger_.imports()) CheckImport(change);
    CheckNothingElse();
    CheckRevisions();
    CheckLanes();
  }

 private:
  void SettleUnderWay() {
    const std::vector<Change> under_way = ledger_.under_way();
    for (const Change& change : under_way) ledger_.Settle(change, Happened(change));
  }

  // By one of its rows; that the others agree is checked as for every change.
  [[nodiscard]] bool Happened(const Change& change) const {
    if (change.kind == Change::Kind::kImport) return stored_.orders.contains(change.number);
    return LaneIn(stored_, change.writer).epoch == change.number;
  }

  void CheckImport(const Change& change) {
    const std::string name = "order " + std::to_string(change.number);
    const auto found = stored_.orders.find(change.number);
    if (found == stored_.orders.end()) {
      findings_.Add(Wrong::kLost, name);
      return;
    }
    const OrderRecord expected = OrderOf(change);
    if (found->second.document != expected.document || found->second.external_id != expected.external_id) {
      findings_.Add(Wrong::kHalf, name + " has another content");
    }
    if (stored_.lines.at(change.number) != LinesOf(change)) findings_.Add(Wrong::kHalf, name + " has other lines");
    const auto events = stored_.events_of.find(change.number);
    const int event_count = events != stored_.events_of.end() ? events->second : 0;
    if (event_count != EventCountOf(change)) {
      findings_.Add(Wrong::kHalf, name + " has " + std::to_string(event_count) + " events");
    }
  }

  void CheckNothingElse() {
    int64_t units = 0;
    for (const auto& [number, change] : ledger_.imports()) units += UnitsOf(change);
    for (const auto& [number, order] : stored_.orders) {
      if (!ledger_.imports().contains(number)) findings_.Add(Wrong::kPhantom, "order " + std::to_string(number));
    }
    for (const auto& [number, count] : stored_.events_of) {
      if (!ledger_.imports().contains(number)) {
        findings_.Add(Wrong::kPhantom, std::to_string(count) + " events of order " + std::to_string(number));
      }
    }
    if (stored_.reserved != units) {
      findings_.Add(Wrong::kHalf,
                    std::to_string(stored_.reserved) + " units are reserved, not " + std::to_string(units));
    }
  }

  void CheckRevisions() {
    int64_t expected = 0;
    for (const EventRecord& event : stored_.events) {
      if (event.revision != ++expected) {
        findings_.Add(Wrong::kGap,
                      "revision " + std::to_string(event.revision) + " in place " + std::to_string(expected));
        return;
      }
    }
    if (stored_.last_revision != expected) {
      findings_.Add(Wrong::kGap, "the counter says " + std::to_string(stored_.last_revision) + " after " +
                                     std::to_string(expected) + " events");
    }
  }

  void CheckLanes() {
    for (int writer = 0; writer < ledger_.writers(); ++writer) {
      const LaneState left = ledger_.Lane(writer);
      const LaneState found = LaneIn(stored_, writer);
      if (found.epoch != left.epoch || found.position != left.position) {
        findings_.Add(Wrong::kFence, LaneIdOf(writer) + " is at " + std::to_string(found.position) + " of claim " +
                                         std::to_string(found.epoch) + ", was left at " +
                                         std::to_string(left.position) + " of claim " + std::to_string(left.epoch));
      }
    }
  }

  Ledger& ledger_;
  const Stored& stored_;
  Findings& findings_;
};

// A writer that was outdated before the cut is outdated after it, and the true one goes on.
void TryFences(const Ledger& ledger, Store& store, Findings& findings) {
  for (int writer = 0; writer < ledger.writers(); ++writer) {
    const LaneState left = ledger.Lane(writer);
    LaneState next = left;
    ++next.position;
    const auto commit = [&](const LaneState& from, const LaneState& to) {
      return store.Write([&](Tx& tx) {
        return tx.CommitLane({.record = LaneRecordOf(writer, to), .expected_cursor = CursorOf(from)});
      });
    };
    LaneState elsewhere = left;
    elsewhere.position += 1'000;
    if (!HasReason(commit(elsewhere, next), Reason::kLaneFenced)) {
      findings.Add(Wrong::kFence, LaneIdOf(writer) + " takes a step from another position");
    }
    LaneState outdated = next;
    --outdated.epoch;
    if (left.epoch > 0 && !HasReason(commit(left, outdated), Reason::kLaneFenced)) {
      findings.Add(Wrong::kFence, LaneIdOf(writer) + " takes a step of an outdated claim");
    }
    if (const absl::Status status = commit(left, next); !status.ok()) {
      findings.Add(Wrong::kFence, LaneIdOf(writer) + " refuses its writer: " + status.ToString());
    }
  }
}

}  // namespace

void CheckAgainst(Ledger& ledger, Store& store, Findings& findings) {
  if (const absl::Status sound = store.CheckIntegrity(); !sound.ok()) {
    findings.Add(Wrong::kCorrupt, sound.ToString());
    return;
  }
  Stored stored;
  const absl::Status loaded = store.Read([&](ReadTx& tx) {
    stored = {};
    return Load(tx, ledger.writers(), stored);
  });
  if (!loaded.ok()) {
    findings.Add(Wrong::kCorrupt, loaded.ToString());
    return;
  }
  Check(ledger, stored, findings).Run();
  TryFences(ledger, store, findings);
}

}  // namespace quayside::powercut
