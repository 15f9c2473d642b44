#include <fstream>
#include <iterator>

#include "host/base/text.h"
#include "tools/quayside/doctor/checks.h"
#include "tools/quayside/doctor/metrics_rules.h"

namespace quayside::cli {
namespace {

constexpr DurationUs kScrapePatienceUs = 10 * kSecondUs;

MetricsAnswer AskForMetrics(HttpClient& client, const std::string& place) {
  HttpExchange exchange;
  exchange.method = "GET";
  exchange.url = Concat("http://", place, "/metrics");
  exchange.timeout_us = kScrapePatienceUs;
  return MetricsAnswerOf(client.Send(exchange));
}

std::string KernelTable(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

void CheckMetrics(const Installation& place, Findings& found) {
  const std::string& listen = place.settings.metrics_listen;
  if (listen.empty()) {
    Fine(found, "metrics", "none are served");
    return;
  }
  // That no host runs is told already.
  if (!place.running()) return;
  const int port = static_cast<int>(ParseWhole(std::string_view(listen).substr(listen.rfind(':') + 1)).value_or(0));
  if (port == 0) {
    Fine(found, "metrics", Concat("served at a free port of ", listen, "; the host's log says which"));
    return;
  }
  const auto client = MakeCurlClient({.allow_plain_http = true});
  MetricsFacts facts{.listen = listen, .answer = AskForMetrics(*client, listen)};
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    for (const std::string& address : OpenListeners(KernelTable(table), port)) {
      if (AskForMetrics(*client, Concat(address, ":", port)).has_figures) facts.open_at.push_back(address);
    }
  }
  JudgeMetrics(facts, found);
}

}  // namespace quayside::cli
