#include "host/sync/gate_keeper.h"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/names.h"
#include "host/base/text.h"

namespace quayside {
namespace {

constexpr int kPiece = 5000;
// Of one gate in one step.
constexpr int kPieces = 20;

absl::StatusOr<std::vector<GateRecord>> ClosedGates(const StepInputs& in) {
  std::vector<GateRecord> closed;
  QS_RETURN_IF_ERROR(in.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(closed, tx.ListClosedGates(in.lane.account_id));
    return absl::OkStatus();
  }));
  return closed;
}

// One transaction on the gate as it is now; not called when it is gone or no longer `state`.
absl::Status ChangeGate(const StepInputs& in, const GateRecord& seen,
                        const std::function<absl::Status(Tx&, GateRecord&)>& change) {
  return in.store.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(std::optional<GateRecord> gate, tx.FindGate(seen.channel_id));
    if (gate.has_value() && gate->state == seen.state) QS_RETURN_IF_ERROR(change(tx, *gate));
    return StayFenced(tx, in);
  });
}

absl::Status Tell(Tx& tx, const StepInputs& in, const GateRecord& gate, std::string why) {
  return tx
      .AppendEvent({0,
                    in.clock.Now(),
                    "channel.quantities_released",
                    ChannelName(gate.channel_id),
                    {{"account", gate.account_id}, {"why", std::move(why)}}})
      .status();
}

absl::Status Open(Tx& tx, const StepInputs& in, GateRecord gate, std::string why) {
  gate.state = GateState::kOpen;
  gate.reason.clear();
  gate.since_us = in.clock.Now();
  QS_RETURN_IF_ERROR(Tell(tx, in, gate, std::move(why)));
  return tx.PutGate(gate);
}

// All rows are let go: an approved plan opens the gate, a discarded one leaves it as it was before it stopped.
absl::Status EndRelease(Tx& tx, const StepInputs& in, GateRecord gate) {
  const bool applied = gate.released_batch != 0;
  gate.released_batch = 0;
  if (gate.opened_us > 0) return Open(tx, in, gate, applied ? "PLAN_APPLIED" : "PLAN_DISCARDED");
  gate.state = GateState::kFirst;
  gate.reason.clear();
  return tx.PutGate(gate);
}

absl::StatusOr<bool> Release(const StepInputs& in, const GateRecord& seen) {
  bool more = true;
  for (int piece = 0; piece < kPieces && more; ++piece) {
    QS_RETURN_IF_ERROR(ChangeGate(in, seen, [&](Tx& tx, GateRecord& gate) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const int64_t released, tx.ReleaseBraked(gate.channel_id, gate.released_batch, kPiece));
      more = released == kPiece;
      return more ? absl::OkStatus() : EndRelease(tx, in, gate);
    }));
    FailPoint("gate-between-releases");
  }
  return more;
}

// Without a commit when there is nothing to stop.
absl::Status StopTheRest(const StepInputs& in, const GateRecord& seen) {
  bool more = false;
  QS_RETURN_IF_ERROR(in.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const int64_t stoppable, tx.CountStoppable(seen.channel_id, 1));
    more = stoppable > 0;
    return absl::OkStatus();
  }));
  for (int piece = 0; piece < kPieces && more; ++piece) {
    more = false;
    QS_RETURN_IF_ERROR(ChangeGate(in, seen, [&](Tx& tx, GateRecord& gate) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const int64_t stopped,
                          tx.BrakeDirtyTargets(gate.channel_id, gate.batch + 1, gate.reason, kPiece));
      more = stopped == kPiece;
      if (stopped == 0) return absl::OkStatus();
      ++gate.batch;
      return tx.PutGate(gate);
    }));
  }
  return absl::OkStatus();
}

// Nothing of the channel waits for a person, and nothing of its account is undecided.
absl::StatusOr<bool> IsEmpty(ReadTx& tx, const GateRecord& gate) {
  QS_ASSIGN_OR_RETURN(const int64_t undecided, tx.CountChangedTargets(gate.account_id, 1));
  QS_ASSIGN_OR_RETURN(const int64_t stoppable, tx.CountStoppable(gate.channel_id, 1));
  QS_ASSIGN_OR_RETURN(const std::vector<TargetRecord> braked,
                      tx.ListBraked({.channel_id = gate.channel_id, .limit = 1}));
  return undecided == 0 && stoppable == 0 && braked.empty();
}

}  // namespace

absl::StatusOr<bool> MoveGates(const StepInputs& in) {
  QS_ASSIGN_OR_RETURN(const std::vector<GateRecord> closed, ClosedGates(in));
  bool releasing = false;
  for (const GateRecord& gate : closed) {
    if (gate.state == GateState::kReleasing) {
      QS_ASSIGN_OR_RETURN(const bool more, Release(in, gate));
      releasing = releasing || more;
    } else {
      QS_RETURN_IF_ERROR(StopTheRest(in, gate));
    }
  }
  return releasing;
}

absl::Status OpenEmptyGates(const StepInputs& in) {
  QS_ASSIGN_OR_RETURN(const std::vector<GateRecord> closed, ClosedGates(in));
  for (const GateRecord& seen : closed) {
    if (seen.state != GateState::kBraked) continue;
    bool empty = false;
    QS_RETURN_IF_ERROR(in.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(empty, IsEmpty(tx, seen));
      return absl::OkStatus();
    }));
    if (!empty) continue;
    QS_RETURN_IF_ERROR(ChangeGate(in, seen, [&](Tx& tx, GateRecord& gate) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const bool still, IsEmpty(tx, gate));
      return still ? Open(tx, in, std::move(gate), "NOTHING_WAITS") : absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

}  // namespace quayside
