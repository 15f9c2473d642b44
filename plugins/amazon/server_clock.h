// Amazon's clock as seen from the host's: its Date headers say how far apart they are. Amazon refuses windows that end
// less than two minutes ago by its own clock.
#pragma once

#include <cstdint>
#include <optional>

#include "quayside/plugin/v1/services.pb.h"

namespace quayside::amazon {

struct ServerClock {
  // Amazon's time less the host's; empty before the first reply.
  std::optional<int64_t> offset_us;

  void Learn(const plugin::v1::HttpReply& reply, int64_t host_now_us) {
    if (reply.server_time_us() > 0) offset_us = reply.server_time_us() - host_now_us;
  }
  [[nodiscard]] int64_t ServerTime(int64_t host_us) const { return host_us + offset_us.value_or(0); }
  [[nodiscard]] int64_t HostTime(int64_t server_us) const { return server_us - offset_us.value_or(0); }
};

}  // namespace quayside::amazon
