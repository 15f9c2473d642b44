// The figures for Prometheus, as somebody sees them who asks for them. Facts are taken apart from what is made of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "host/net/http_client.h"
#include "tools/quayside/doctor/finding.h"

namespace quayside::cli {

struct MetricsAnswer {
  std::string failure;       // why there is no answer; empty: there is one
  int status = 0;            // of HTTP
  bool has_figures = false;  // they are the host's
  bool incomplete = false;   // the host says that some are missing
};
[[nodiscard]] MetricsAnswer MetricsAnswerOf(const absl::StatusOr<HttpAnswer>& answer);

// Where somebody listens on the port and not for this machine alone: "192.0.2.7", "[::]". `table`: a text as
// /proc/net/tcp or tcp6 has it.
[[nodiscard]] std::vector<std::string> OpenListeners(const std::string& table, int port);

struct MetricsFacts {
  std::string listen;  // the setting
  MetricsAnswer answer = {};
  std::vector<std::string> open_at = {};  // addresses other machines may reach, where the figures are answered, too
};
void JudgeMetrics(const MetricsFacts& facts, Findings& found);

}  // namespace quayside::cli
