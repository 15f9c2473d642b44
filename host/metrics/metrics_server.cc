#include "host/metrics/metrics_server.h"

#include <prometheus/exposer.h>

#include <exception>
#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

// One scrape at a time is what Prometheus does; a second reader is a person.
constexpr size_t kThreads = 2;

class CivetMetricsServer final : public MetricsServer {
 public:
  CivetMetricsServer(const std::string& listen, std::shared_ptr<prometheus::Collectable> figures)
      : figures_(std::move(figures)), exposer_(listen, kThreads) {
    exposer_.RegisterCollectable(figures_);
  }

  [[nodiscard]] int port() const override { return exposer_.GetListeningPorts().front(); }

 private:
  const std::shared_ptr<prometheus::Collectable> figures_;  // the exposer holds it weakly
  prometheus::Exposer exposer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsServer>> StartMetricsServer(const std::string& listen,
                                                                  std::shared_ptr<prometheus::Collectable> figures) {
  try {
    return std::make_unique<CivetMetricsServer>(listen, std::move(figures));
  } catch (const std::exception& error) {
    return MakeError(absl::StatusCode::kUnavailable, Reason::kAddressInUse,
                     Concat("cannot serve metrics on ", listen, ": ", error.what(),
                            "; another program listens there, or give metrics.listen another port"));
  }
}

}  // namespace quayside
