// Serves the figures: plain HTTP, GET /metrics, text format 0.0.4, on a loopback address of its own. Whoever may open a
// socket of this machine may read them; they hold ids of accounts and names of operations, no personal data.
#pragma once

#include <prometheus/collectable.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace quayside {

class MetricsServer {
 public:
  virtual ~MetricsServer() = default;  // takes up to two seconds
  [[nodiscard]] virtual int port() const = 0;
};

// `listen`: as the setting metrics.listen. UNAVAILABLE ADDRESS_IN_USE.
[[nodiscard]] absl::StatusOr<std::unique_ptr<MetricsServer>> StartMetricsServer(
    const std::string& listen, std::shared_ptr<prometheus::Collectable> figures);

}  // namespace quayside
