#include "host/inventory/oversell_window.h"

#include <algorithm>
#include <optional>

#include "host/inventory/may_show.h"

namespace quayside {

void FollowDecision(TimeUs since, TargetRecord& decided) {
  decided.marked_us = 0;
  // Who fulfils it is asked first; what is shown stands meanwhile.
  if (decided.state == TargetState::kUnread) return;
  const bool in_document = decided.bulk_id != 0;
  const bool sends = decided.wanted.has_value() && decided.state != TargetState::kNone;
  const std::optional<int32_t> most = MostThatMayShow(decided);
  if (!sends || !most.has_value() || *decided.wanted >= *most) {
    decided.lowered_later_us = 0;
    // A number in a document may still raise what is shown: its end decides.
    if (!sends || !in_document) decided.lowered_us = 0;
    return;
  }
  if (decided.lowered_us == 0) decided.lowered_us = since;
  if (!in_document) return;
  const bool document_is_higher = decided.bulk_quantity.has_value() && *decided.wanted < *decided.bulk_quantity;
  if (!document_is_higher) {
    decided.lowered_later_us = 0;
  } else if (decided.lowered_later_us == 0) {
    decided.lowered_later_us = since;
  }
}

std::optional<DurationUs> CloseWindow(TimeUs now, TargetRecord& target) {
  // Nothing is to be sent, so nothing was left out.
  if (target.state == TargetState::kCurrent) target.lowered_later_us = 0;
  const TimeUs began = target.lowered_us;
  const TimeUs later = target.lowered_later_us;
  target.lowered_us = later;
  target.lowered_later_us = 0;
  if (began == 0 || began == later) return std::nullopt;
  return std::max<DurationUs>(now - began, 0);
}

}  // namespace quayside
