#include "tools/quayside/doctor/metrics_rules.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <sstream>

#include "absl/strings/str_join.h"
#include "host/base/text.h"

namespace quayside::cli {
namespace {

// Every answer of the host has this figure.
constexpr std::string_view kOwnFigure = "\nquayside_scrape_failed ";
constexpr std::string_view kListens = "0A";

std::optional<uint32_t> HexWord(std::string_view text) {
  uint32_t word = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), word, 16);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(word) : std::nullopt;
}

// The address as the kernel writes it: words as they lie in memory. Empty: of this machine alone, or no address.
std::string OpenAddress(std::string_view hex) {
  if (hex.size() != 8 && hex.size() != 32) return {};
  std::array<uint32_t, 4> words{};
  for (size_t at = 0; at < hex.size(); at += 8) {
    const std::optional<uint32_t> word = HexWord(hex.substr(at, 8));
    if (!word.has_value()) return {};
    words[at / 8] = *word;
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (hex.size() == 8) {
    in_addr address{};
    std::memcpy(&address, words.data(), sizeof address);
    if (ntohl(address.s_addr) >> 24 == 127) return {};
    return ::inet_ntop(AF_INET, &address, text.data(), text.size()) == nullptr ? "" : std::string(text.data());
  }
  in6_addr address{};
  std::memcpy(&address, words.data(), sizeof address);
  const bool is_mapped = IN6_IS_ADDR_V4MAPPED(&address);
  if (IN6_IS_ADDR_LOOPBACK(&address) || (is_mapped && address.s6_addr[12] == 127)) return {};
  if (::inet_ntop(AF_INET6, &address, text.data(), text.size()) == nullptr) return {};
  return Concat("[", text.data(), "]");
}

}  // namespace

MetricsAnswer MetricsAnswerOf(const absl::StatusOr<HttpAnswer>& answer) {
  if (!answer.ok()) return {.failure = std::string(answer.status().message())};
  MetricsAnswer out{.status = answer->status};
  const size_t at = answer->body.find(kOwnFigure);
  out.has_figures = answer->status == 200 && at != std::string::npos;
  out.incomplete = out.has_figures && answer->body.compare(at + kOwnFigure.size(), 1, "0") != 0;
  return out;
}

std::vector<std::string> OpenListeners(const std::string& table, int port) {
  std::vector<std::string> open;
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string number;
    std::string local;
    std::string remote;
    std::string state;
    if (!(fields >> number >> local >> remote >> state) || state != kListens) continue;
    const size_t colon = local.find(':');
    if (colon == std::string::npos || HexWord(std::string_view(local).substr(colon + 1)) != uint32_t(port)) continue;
    const std::string address = OpenAddress(std::string_view(local).substr(0, colon));
    if (!address.empty() && std::find(open.begin(), open.end(), address) == open.end()) open.push_back(address);
  }
  return open;
}

void JudgeMetrics(const MetricsFacts& facts, Findings& found) {
  const MetricsAnswer& answer = facts.answer;
  if (!answer.failure.empty()) {
    Problem(found, "metrics", Concat("no figures at ", facts.listen, ": ", answer.failure),
            "restart the host if metrics.listen was changed since its start; its log says whether it serves them");
    return;
  }
  if (!answer.has_figures) {
    Problem(found, "metrics",
            Concat(facts.listen, " answers with ", answer.status, ", and not with the host's figures"),
            "another program has that port: give metrics.listen another one and restart the host");
    return;
  }
  if (!facts.open_at.empty()) {
    Problem(found, "metrics",
            Concat("the figures are answered to other machines, too, at ", absl::StrJoin(facts.open_at, ", ")),
            "end what hands them on there, or let it ask who calls: the figures have neither sign-in nor encryption");
  } else if (answer.incomplete) {
    Remark(found, "metrics", "some of the figures could not be read and are missing", "the host's log says why");
  } else {
    Fine(found, "metrics", Concat("served at ", facts.listen, ", to this machine only"));
  }
}

}  // namespace quayside::cli
