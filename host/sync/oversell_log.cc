#include "host/sync/oversell_log.h"

#include <optional>

#include "host/base/errors.h"
#include "host/inventory/oversell_window.h"

namespace quayside {

void OversellLog::Close(TargetRecord& target) {
  const std::optional<DurationUs> window = CloseWindow(now_, target);
  if (window.has_value()) closed_[{target.account_id, target.owner_channel_id}].Add(*window);
}

absl::Status OversellLog::Commit() {
  for (const auto& [whose, windows] : closed_) {
    const auto& [account, channel] = whose;
    const TimeUs begin = OversellHourOf(now_);
    QS_ASSIGN_OR_RETURN(const std::optional<OversellHourRecord> stored, tx_.FindOversellHour(account, channel, begin));
    LogHistogram hour;
    if (stored.has_value()) {
      QS_ASSIGN_OR_RETURN(hour, LogHistogram::FromText(stored->windows));
    } else {
      QS_RETURN_IF_ERROR(tx_.TrimOversellHours(account, channel, FirstOversellHour(now_)));
    }
    hour.Add(windows);
    QS_RETURN_IF_ERROR(tx_.PutOversellHour(
        {.account_id = account, .channel_id = channel, .begin_us = begin, .windows = hour.ToText()}));
  }
  closed_.clear();
  return absl::OkStatus();
}

}  // namespace quayside
