#include "tools/quayside/doctor/unit_rules.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include "absl/strings/str_join.h"
#include "host/base/text.h"

namespace quayside::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnit = "quaysided.service";
// The first that has a file of a name is the one that counts.
constexpr std::array<std::string_view, 4> kUnitFolders = {"/etc/systemd/system", "/run/systemd/system",
                                                          "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"};

bool IsHardening(std::string_view directive) {
  constexpr std::array<std::string_view, 3> kFamilies = {"Protect", "Private", "Restrict"};
  constexpr std::array<std::string_view, 13> kOthers = {"NoNewPrivileges",
                                                        "CapabilityBoundingSet",
                                                        "AmbientCapabilities",
                                                        "LockPersonality",
                                                        "RemoveIPC",
                                                        "LimitCORE",
                                                        "MemoryDenyWriteExecute",
                                                        "SystemCallFilter",
                                                        "SystemCallArchitectures",
                                                        "SystemCallErrorNumber",
                                                        "UMask",
                                                        "StateDirectoryMode",
                                                        "ConfigurationDirectoryMode"};
  return std::any_of(kFamilies.begin(), kFamilies.end(), [&](auto family) { return directive.starts_with(family); }) ||
         std::find(kOthers.begin(), kOthers.end(), directive) != kOthers.end();
}

bool IsList(std::string_view directive) {
  constexpr std::array<std::string_view, 6> kLists = {"CapabilityBoundingSet",   "AmbientCapabilities",
                                                      "RestrictAddressFamilies", "RestrictNamespaces",
                                                      "SystemCallFilter",        "SystemCallArchitectures"};
  return std::find(kLists.begin(), kLists.end(), directive) != kLists.end();
}

// systemd knows many words for the same.
std::string PlainValue(std::string_view value) {
  const std::string lower = LowerCase(value);
  if (lower == "1" || lower == "true" || lower == "on" || lower == "yes") return "yes";
  if (lower == "0" || lower == "false" || lower == "off" || lower == "no") return "no";
  return std::string(value);
}

std::string UnitText(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A line goes on behind a backslash at its end.
std::vector<std::string> UnitLines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  bool goes_on = false;
  for (std::string line; std::getline(in, line);) {
    std::string_view part = Trim(line);
    const bool is_begun = part.ends_with('\\');
    if (is_begun) part = Trim(part.substr(0, part.size() - 1));
    if (goes_on) {
      lines.back() += Concat(" ", part);
    } else {
      lines.emplace_back(part);
    }
    goes_on = is_begun;
  }
  return lines;
}

// Of all folders by name, as systemd reads them.
std::vector<fs::path> DropIns(const std::string& root) {
  std::map<std::string, fs::path> by_name;
  for (const std::string_view folder : kUnitFolders) {
    std::error_code error;
    for (fs::directory_iterator it(Concat(root, folder, "/", kUnit, ".d"), error);
         !error && it != fs::directory_iterator(); it.increment(error)) {
      const std::string name = it->path().filename().string();
      if (name.ends_with(".conf")) by_name.emplace(name, it->path());
    }
  }
  std::vector<fs::path> paths;
  for (const auto& [name, path] : by_name) paths.push_back(path);
  return paths;
}

// Some target wants it.
bool SomeTargetWants(const std::string& root) {
  std::error_code error;
  for (fs::directory_iterator it(Concat(root, kUnitFolders.front()), error); !error && it != fs::directory_iterator();
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.ends_with(".wants") && !name.ends_with(".requires")) continue;
    std::error_code ignored;
    // The link itself: below another root it leads out of it.
    if (fs::exists(fs::symlink_status(it->path() / kUnit, ignored))) return true;
  }
  return false;
}

std::string HardeningText(const std::map<std::string, std::string>& hardening, const std::string& directive) {
  const auto found = hardening.find(directive);
  return found == hardening.end() ? Concat("no ", directive, "=") : Concat(directive, "=", found->second);
}

}  // namespace

std::map<std::string, std::string> HardeningOf(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> hardening;
  for (const std::string& text : texts) {
    bool of_service = false;
    for (const std::string& line : UnitLines(text)) {
      if (line.starts_with('[')) of_service = line == "[Service]";
      const size_t equals = line.find('=');
      if (!of_service || line.starts_with('#') || line.starts_with(';') || equals == std::string::npos) continue;
      const std::string directive(Trim(std::string_view(line).substr(0, equals)));
      if (!IsHardening(directive)) continue;
      const std::string value = PlainValue(Trim(std::string_view(line).substr(equals + 1)));
      std::string& present = hardening[directive];
      present = IsList(directive) && !value.empty() && !present.empty() ? Concat(present, " ", value) : value;
    }
  }
  return hardening;
}

UnitFacts LookAtUnit(const std::string& root) {
  std::error_code ignored;
  UnitFacts facts;
  // As sd_booted(3) tells it.
  facts.systemd = fs::is_directory(Concat(root, "/run/systemd/system"), ignored);
  facts.packaged = fs::exists(Concat(root, "/var/lib/dpkg/info/quayside.list"), ignored);
  facts.enabled = SomeTargetWants(root);
  for (const std::string_view folder : kUnitFolders) {
    const fs::path path = Concat(root, folder, "/", kUnit);
    const fs::file_status status = fs::symlink_status(path, ignored);
    if (!fs::exists(status)) continue;
    facts.present = true;
    facts.masked = fs::is_symlink(status) && fs::read_symlink(path, ignored) == "/dev/null";
    facts.files.push_back(path.string());
    break;
  }
  if (!facts.present || facts.masked) return facts;
  for (const fs::path& path : DropIns(root)) facts.files.push_back(path.string());
  std::vector<std::string> texts;
  for (const std::string& file : facts.files) texts.push_back(UnitText(file));
  facts.hardening = HardeningOf(texts);
  return facts;
}

void JudgeUnit(const UnitFacts& facts, Findings& found) {
  if (!facts.systemd || (!facts.packaged && !facts.present)) {
    Fine(found, "service", "systemd does not run the host here");
    return;
  }
  if (!facts.present) {
    Problem(found, "service", Concat("the package is installed, its ", kUnit, " is not there"),
            "apt install --reinstall quayside, then: systemctl daemon-reload");
    return;
  }
  if (facts.masked) {
    Problem(found, "service", Concat(kUnit, " is masked: nobody can start it"), Concat("systemctl unmask ", kUnit));
    return;
  }
  if (!facts.enabled) {
    Remark(found, "service", Concat(kUnit, " does not start with the machine"), Concat("systemctl enable ", kUnit));
  } else {
    Fine(found, "service", Concat(kUnit, " starts with the machine"));
  }
  const std::map<std::string, std::string> shipped = HardeningOf({std::string(ShippedUnit())});
  std::vector<std::string> changed;
  for (const auto& [directive, value] : shipped) {
    const std::string is = HardeningText(facts.hardening, directive);
    const std::string was = HardeningText(shipped, directive);
    if (is != was) changed.push_back(Concat(is, " instead of ", was));
  }
  if (changed.empty()) {
    Fine(found, "service", "what the unit takes from the host is as it was installed");
    return;
  }
  Remark(found, "service", Concat("the unit takes less from the host, or other things: ", absl::StrJoin(changed, "; ")),
         Concat("take the lines back, unless you need them, in ", absl::StrJoin(facts.files, ", "),
                "; then: systemctl daemon-reload, and a restart of the host"));
}

}  // namespace quayside::cli
