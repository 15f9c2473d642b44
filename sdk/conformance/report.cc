#include "sdk/conformance/report.h"

#include <boost/json.hpp>
#include <cstdio>
#include <map>

#include "quayside/xml.h"

namespace quayside::conformance {
namespace {

namespace json = boost::json;

const char* StateOf(const Result& result) { return result.not_run ? "not run" : result.passed() ? "passed" : "FAILED"; }

std::string Seconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", seconds);
  return text;
}

// For attributes and text of XML 1.0, which has no place for most control characters.
std::string Escaped(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') c = ' ';
  }
  return sdk::XmlEscaped(text);
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

std::string JunitCase(const Case& one, const Result& result) {
  std::string xml = "    <testcase classname=\"" + Escaped(one.family) + "\" name=\"" + Escaped(one.name) +
                    "\" time=\"" + Seconds(result.seconds) + "\"";
  if (result.passed()) return xml + "/>\n";
  const std::string what = result.not_run ? "not run: the library may not be loaded" : Escaped(Joined(result.findings));
  return xml + ">\n      <failure message=\"" + Escaped(one.claim) + "\">" + what + "</failure>\n    </testcase>\n";
}

}  // namespace

std::string TableLine(const Case& one, const Result& result) {
  char head[32];
  std::snprintf(head, sizeof head, "%-8s%7s s  ", StateOf(result), Seconds(result.seconds).c_str());
  std::string line = head + one.name + "\n";
  if (result.passed() || result.not_run) return line;
  line += "          meant: " + one.claim + "\n";
  for (const std::string& finding : result.findings) line += "          found: " + finding + "\n";
  return line;
}

std::string Closing(const Report& report) {
  std::string text = "\n" + report.bundle.manifest.id() + " " + report.bundle.manifest.version() + "\n";
  for (const ContractVerdict& one : report.verdict.contracts) text += "  " + one.Text() + "\n";
  return text + report.verdict.text + "\n";
}

std::string Json(const Report& report) {
  json::array cases;
  for (size_t i = 0; i < report.results.size(); ++i) {
    const Case& one = report.cases[i];
    const Result& result = report.results[i];
    json::array findings;
    for (const std::string& finding : result.findings) findings.emplace_back(finding);
    cases.push_back({{"name", one.name},
                     {"family", one.family},
                     {"contract", one.contract},
                     {"claim", one.claim},
                     {"state", StateOf(result)},
                     {"seconds", result.seconds},
                     {"findings", std::move(findings)}});
  }
  json::array contracts;
  for (const ContractVerdict& one : report.verdict.contracts) {
    contracts.push_back({{"contract", one.contract},
                         {"offered", one.offered},
                         {"cases", one.cases},
                         {"passed", one.passed},
                         {"text", one.Text()}});
  }
  const json::object all{{"plugin", report.bundle.manifest.id()},
                         {"version", report.bundle.manifest.version()},
                         {"seed", report.seed},
                         {"conforms", report.verdict.conforms},
                         {"verdict", report.verdict.text},
                         {"contracts", std::move(contracts)},
                         {"cases", std::move(cases)}};
  return json::serialize(all) + "\n";
}

std::string Junit(const Report& report) {
  std::map<std::string, std::vector<size_t>> families;
  for (size_t i = 0; i < report.results.size(); ++i) families[report.cases[i].family].push_back(i);
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"" +
                    Escaped("quayside-conformance " + report.bundle.manifest.id()) + "\">\n";
  for (const auto& [family, members] : families) {
    int failures = 0;
    std::string cases;
    for (const size_t i : members) {
      failures += report.results[i].passed() ? 0 : 1;
      cases += JunitCase(report.cases[i], report.results[i]);
    }
    xml += "  <testsuite name=\"" + Escaped(family) + "\" tests=\"" + std::to_string(members.size()) +
           "\" failures=\"" + std::to_string(failures) + "\">\n" + cases + "  </testsuite>\n";
  }
  return xml + "</testsuites>\n";
}

}  // namespace quayside::conformance
