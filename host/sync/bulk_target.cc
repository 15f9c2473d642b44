#include "host/sync/bulk_target.h"

#include <algorithm>

#include "host/inventory/may_show.h"
#include "host/sync/sent_latency.h"

namespace quayside {
namespace {

// Fewer than the channel may show now or will show when the document comes into force.
bool LowersTheChannel(const TargetRecord& target, int32_t wanted) {
  const std::optional<int32_t> most = MostThatMayShow(target);
  return most.has_value() && wanted < *most;
}

// Has its own way: an outcome or a reader ends this state. One that is braked is decided again, since what the channel
// shows has changed, and stopped again by its gate.
bool StaysAsItIs(TargetState state) { return state == TargetState::kInFlight || state == TargetState::kUnread; }

}  // namespace

TargetState StateBesideDocument(const TargetRecord& target, const TargetDecision& decision, bool stuck) {
  if (stuck || decision.state == TargetState::kNone || decision.state == TargetState::kUnread) return decision.state;
  if (!target.passed_bulk && decision.wanted == target.bulk_quantity) return TargetState::kInBulk;
  if (target.passed_bulk && decision.state == TargetState::kCurrent) return TargetState::kCurrent;
  const bool urgent = decision.wanted.has_value() && *decision.wanted <= kFewUnits &&
                      LowersTheChannel(target, *decision.wanted) && decision.state != TargetState::kHeld;
  // One that is current and waits: the document is about to change what the channel shows.
  return urgent && decision.state == TargetState::kDirty ? TargetState::kDirty : TargetState::kInBulk;
}

TargetRecord AfterDocument(TargetRecord target, const BulkItem& item, NumberInDocument became, TimeUs now) {
  const bool passed = target.passed_bulk;
  const bool unchanged = !passed && target.version == item.target_version;
  const bool waits = target.state == TargetState::kInBulk;
  target.bulk_id = 0;
  target.bulk_quantity.reset();
  // Of an item that is still on its way: its outcome is not the last word.
  const bool may_be_in_force = became == NumberInDocument::kInForce || became == NumberInDocument::kUnknown;
  target.passed_bulk = passed && may_be_in_force && target.state == TargetState::kInFlight;
  if (target.intent_id == item.intent_id) target.intent_id = 0;

  bool decide_again = waits;
  TargetState settled = target.state;
  switch (became) {
    case NumberInDocument::kInForce:
      if (!passed) {
        target.accepted = item.quantity;
        target.accepted_us = now;
        ForgetUnknownOutcomes(target);
        KeepLatency(item.request, target);
        target.failures = 0;
        target.due_us = 0;
        target.note.clear();
        target.let_go = LetGo::kNo;
        decide_again = !unchanged;
        if (unchanged) {
          target.accepted_stale = false;
          settled = TargetState::kCurrent;
        }
      } else if (target.accepted != item.quantity || target.state == TargetState::kInFlight ||
                 LeavesOtherLatency(item.request, target)) {
        // Either may have come last. The change of version keeps the outcome of an item that is in flight from being
        // taken for the last word.
        target.accepted_stale = true;
        NoteUnknownOutcome(target, item.quantity);
        ++target.version;
        decide_again = true;
      }
      break;
    case NumberInDocument::kUnknown:
      target.accepted_stale = true;
      NoteUnknownOutcome(target, item.quantity);
      ++target.version;
      decide_again = true;
      break;
    case NumberInDocument::kRefused:
      if (unchanged && waits) {
        settled = TargetState::kParked;
        decide_again = false;
      }
      break;
    case NumberInDocument::kNeverInForce:
      break;
  }
  if (StaysAsItIs(target.state)) return target;
  target.state = decide_again ? TargetState::kChanged : settled;
  if (target.state == TargetState::kDirty || target.state == TargetState::kBraked) return target;
  // The brake counts what is decided and not sent.
  target.zeroing = false;
  target.braked_batch = 0;
  return target;
}

}  // namespace quayside
