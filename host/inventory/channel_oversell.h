// How long each channel of an account showed more than it may, read from the store.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "host/inventory/log_histogram.h"
#include "host/store/store.h"

namespace quayside {

// Open windows of an account are counted up to here, the oldest first.
inline constexpr int64_t kMostOpenOversells = 100'000;

struct ChannelOversell {
  std::string channel_id;
  LogHistogram closed;  // within the hours that count (oversell_window.h)
  int64_t open = 0;
  TimeUs oldest_us = 0;  // when the oldest of the open ones began; 0 = none is
};

// Are the channel's numbers the host's to lower? Of one that is off, or whose inventory sync is, no window is open,
// whatever its targets say: they are not decided meanwhile.
[[nodiscard]] bool SendsQuantities(const ChannelRecord& channel);

// By channel; those without any window are left out. DATABASE_CORRUPT.
[[nodiscard]] absl::StatusOr<std::vector<ChannelOversell>> ReadOversells(ReadTx& tx, std::string_view account_id,
                                                                         TimeUs now);

}  // namespace quayside
