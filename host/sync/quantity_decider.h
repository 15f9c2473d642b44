// Decides targets within one transaction, and is the one door through which due quantities leave: what is sent, by item
// or in a document, was decided, and passed the gate of its channel, in the transaction that writes the intent.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/inventory/brake.h"
#include "host/inventory/target_decision.h"
#include "host/store/store.h"
#include "host/sync/channel_gates.h"
#include "host/sync/step.h"
#include "host/sync/target_reader.h"

namespace quayside {

// Of a SKU, however old they are; what has no outcome yet stays beside them.
inline constexpr int kSubmissionsKept = 10;

// A quantity that may be sent now. Neither row is stored yet: the taker says how it is sent.
struct ReadyQuantity {
  TargetRecord target;
  IntentRecord intent;  // with everything but its state
};

class QuantityDecider {
 public:
  QuantityDecider(Tx& tx, const StepInputs& in)
      : tx_(tx), in_(in), reader_(tx, in.brings_orders), gates_(tx, in.clock.Now()) {}

  // Decides the target and stores what follows.
  [[nodiscard]] absl::Status Decide(TargetRecord target);
  // Decides the target of this SKU if its last decision does not stand any more, whoever noticed; makes the row if
  // there is none and something is to be said. What nobody marked counts as changed now.
  [[nodiscard]] absl::Status DecideAgain(const std::string& sku);
  // A due target is decided once more: what is sent is what is right now, whatever waited in between. nullopt: it is
  // not to be sent any more, and was stored as what it is instead.
  [[nodiscard]] absl::StatusOr<std::optional<ReadyQuantity>> Take(TargetRecord target);
  // After the last target, when all of them are stored (ChannelGates::Commit).
  [[nodiscard]] absl::Status Finish() { return gates_.Commit(); }

 private:
  struct Decided {
    TargetRecord target;
    TargetInputs inputs;
    TargetDecision decision;
  };
  absl::StatusOr<Decided> DecideAnew(TargetRecord target);
  // Of a decided target: did orders that came since take its last unit?
  absl::StatusOr<ZeroCause> CauseOfZero(const TargetRecord& target, const TargetCandidate* owner);
  // Is it the number that the marketplace refused for good, by the same link and rules, with nobody asking for it to be
  // tried again? `owner`: the decision's.
  absl::StatusOr<bool> StaysRefused(const TargetRecord& before, const TargetDecision& decision,
                                    const TargetCandidate* owner);
  // When the first change was committed that the target's row was not decided after. What nobody marked is a change of
  // the owner's rules (`rules`), or was made now.
  [[nodiscard]] TimeUs ChangedSince(const TargetRecord& before, const TargetCandidate* rules) const;
  // As Tx::MarkTarget, of a row that is not stored yet: something that nobody marked changed, now at the latest.
  // `since`: ChangedSince.
  void Mark(TargetRecord& target, TimeUs since);
  absl::Status MarkInFlight(TargetRecord target, TimeUs since);
  absl::StatusOr<bool> IsStuck(int64_t bulk_id);

  Tx& tx_;
  const StepInputs& in_;
  TargetReader reader_;
  ChannelGates gates_;
  std::optional<std::set<int64_t>> stuck_;  // documents; once read
};

}  // namespace quayside
