#include "host/metrics/metric_table.h"

#include "host/base/text.h"

namespace quayside {

std::string MetricsMarkdown() {
  std::string text = "| metric | kind | labels | meaning |\n|---|---|---|---|\n";
  for (const Metric& metric : kMetrics) {
    const std::string_view kind = metric.kind == MetricKind::kGauge     ? "gauge"
                                  : metric.kind == MetricKind::kCounter ? "counter"
                                                                        : "histogram";
    text += Concat("| `", metric.name, "` | ", kind, " | ", metric.labels, " | ", metric.help, " |\n");
  }
  return text;
}

}  // namespace quayside
