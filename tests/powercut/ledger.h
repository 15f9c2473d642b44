// What a shop's database must hold: every change it said yes to. Kept outside of the database, on the side that the
// power never goes on.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "host/store/store.h"

namespace quayside::powercut {

// One write of one of the writers. An import makes order `number` with its lines and events, reserves its units and
// moves the writer's lane on to `number`; a claim raises the epoch of the writer's lane.
struct Change {
  enum class Kind { kImport, kClaim };
  Kind kind = Kind::kImport;
  int writer = 0;
  int64_t number = 0;  // of the order, or the new epoch
  size_t document_bytes = 0;
};

// What an import writes, all of it made from its number and size.
[[nodiscard]] OrderRecord OrderOf(const Change& change);
[[nodiscard]] std::vector<OrderLineRecord> LinesOf(const Change& change);
[[nodiscard]] int EventCountOf(const Change& change);
[[nodiscard]] int64_t UnitsOf(const Change& change);

inline constexpr int64_t kItem = 1;
inline constexpr char kLocation[] = "default";
[[nodiscard]] std::string LaneIdOf(int writer);

// A writer's lane as its changes left it.
struct LaneState {
  int64_t epoch = 0;
  int64_t position = 0;  // number of the last import
};
[[nodiscard]] LaneRecord LaneRecordOf(int writer, const LaneState& state);
[[nodiscard]] CursorRecord CursorOf(const LaneState& state);

// The change as one transaction from the state before it.
[[nodiscard]] absl::Status Apply(Tx& tx, const Change& change, const LaneState& before);

// Thread-safe; each writer has one change under way at a time.
class Ledger {
 public:
  explicit Ledger(int writers) : lanes_(static_cast<size_t>(writers)) {}

  [[nodiscard]] int64_t NextNumber();
  [[nodiscard]] LaneState Lane(int writer) const;

  void Begin(const Change& change);
  // The store said yes.
  void Acknowledge(const Change& change);
  // It was under way when the power went; what the database shows now is what happened.
  void Settle(const Change& change, bool happened);

  // Of this and everything below the writers are done.
  [[nodiscard]] const std::vector<Change>& under_way() const { return under_way_; }
  [[nodiscard]] const std::map<int64_t, Change>& imports() const { return imports_; }
  [[nodiscard]] int writers() const { return static_cast<int>(lanes_.size()); }

 private:
  void Happened(const Change& change);
  void RemoveUnderWay(const Change& change);

  mutable std::mutex mutex_;
  int64_t last_number_ = 0;
  std::vector<LaneState> lanes_;
  std::vector<Change> under_way_;
  std::map<int64_t, Change> imports_;  // by number
};

}  // namespace quayside::powercut
