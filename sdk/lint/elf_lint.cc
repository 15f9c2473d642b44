#include "sdk/lint/elf_lint.h"

#include <gnu/libc-version.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <type_traits>
#include <utility>

#include "sdk/lint/forbidden_imports.h"

namespace quayside::lint {
namespace {

constexpr std::string_view kEntrySymbol = "qs_plugin_entry_v1";
constexpr std::string_view kProtobufLite = "libprotobuf-lite.so.";
constexpr std::string_view kGlibc = "GLIBC_";

bool MayBeNeeded(std::string_view library) {
  static const std::set<std::string_view> kAllowed = {
      "libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"};
  if (kAllowed.contains(library)) return true;
#if defined(QUAYSIDE_SANITIZED)
  // A sanitized host runs sanitized plugins, all on the runtime the host has.
  for (const std::string_view runtime : {"libasan.so.", "libtsan.so.", "libubsan.so."}) {
    if (library.starts_with(runtime)) return true;
  }
#endif
  return false;
}

template <typename Part>
std::string TextOf(const Part& part) {
  if constexpr (std::is_integral_v<Part>) {
    return std::to_string(part);
  } else {
    return std::string(part);
  }
}

template <typename... Parts>
std::string Concat(const Parts&... parts) {
  return (TextOf(parts) + ...);
}

// The first five, "and 3 more".
std::string Some(const std::vector<std::string>& names) {
  const size_t shown = std::min<size_t>(names.size(), 5);
  std::string list;
  for (size_t i = 0; i < shown; ++i) list += (i == 0 ? "" : ", ") + names[i];
  return names.size() == shown ? list : Concat(list, " and ", names.size() - shown, " more");
}

std::optional<int> ParseNumber(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "2.36" -> {2, 36}; nothing for what is no version, such as GLIBC_PRIVATE or GLIBC_ABI_DT_RELR.
std::optional<std::pair<int, int>> GlibcVersion(std::string_view text) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto major = ParseNumber(text.substr(0, dot));
  const std::string_view rest = text.substr(dot + 1);
  const auto minor = ParseNumber(rest.substr(0, rest.find('.')));
  if (!major || !minor) return std::nullopt;
  return std::pair(*major, *minor);
}

class Linter {
 public:
  Linter(const ElfFacts& facts, const LintHost& host) : facts_(facts), host_(host) {}

  std::vector<LintFinding> Run() {
    CheckExports();
    CheckUnloading();
    CheckMemory();
    CheckLibraries();
    CheckImports();
    CheckGlibc();
    if (facts_.constructors + facts_.destructors > 0) {
      Note("INIT_CODE", Concat("runs code when it is loaded and unloaded (", facts_.constructors, " constructors, ",
                               facts_.destructors, " destructors)"));
    }
    std::stable_sort(findings_.begin(), findings_.end(), [](const auto& a, const auto& b) {
      return std::pair(b.weight, a.id) < std::pair(a.weight, b.id);
    });
    return std::move(findings_);
  }

 private:
  void Note(std::string_view id, std::string what) { Find(id, LintWeight::kNote, std::move(what), ""); }
  void Refuse(std::string_view id, std::string what, std::string_view remedy) {
    Find(id, LintWeight::kRefused, std::move(what), remedy);
  }
  void Find(std::string_view id, LintWeight weight, std::string what, std::string_view remedy) {
    findings_.push_back({std::string(id), weight, std::move(what), std::string(remedy)});
  }

  void CheckExports() {
    if (std::find(facts_.exported.begin(), facts_.exported.end(), kEntrySymbol) == facts_.exported.end()) {
      Refuse("NO_ENTRY", Concat("does not export ", kEntrySymbol),
             "use QUAYSIDE_PLUGIN(Type) and quayside_add_plugin()");
    }
    std::vector<std::string> others;
    std::copy_if(facts_.exported.begin(), facts_.exported.end(), std::back_inserter(others),
                 [](const std::string& name) { return name != kEntrySymbol; });
    if (others.empty()) return;
    Refuse("EXPORTS", Concat("exports ", others.size(), " symbols besides ", kEntrySymbol, " (", Some(others), ")"),
           "link it with the version script sdk/cmake/plugin.map (-Wl,--version-script=...)");
  }

  void CheckUnloading() {
    if (!facts_.unique.empty()) {
      Refuse("UNIQUE", Concat("has unique symbols (", Some(facts_.unique), "), which keep it mapped for ever"),
             "compile it with -fno-gnu-unique");
    }
    if (facts_.nodelete) {
      Refuse("NODELETE", "is marked never to be unloaded (DF_1_NODELETE)", "link it without -Wl,-z,nodelete");
    }
    if (facts_.static_tls) {
      Refuse("STATIC_TLS", "needs static thread-local storage, of which a running process has little left",
             "compile it with -fPIC and without -ftls-model=initial-exec or local-exec");
    }
  }

  void CheckMemory() {
    if (facts_.text_relocations) {
      Refuse("TEXTREL", "has relocations in its code, which must be made writable for them",
             "compile every object with -fPIC and link with -Wl,-z,text");
    }
    if (facts_.executable_stack) {
      Refuse("EXEC_STACK", "makes the stacks of the whole process executable",
             "link it with -Wl,-z,noexecstack; assembler files need .section .note.GNU-stack");
    }
    if (facts_.writable_code) {
      Refuse("WRITABLE_CODE", "has a segment that is both writable and executable",
             "link it without -Wl,-N (--omagic) and without a linker script of its own");
    }
  }

  void CheckLibraries() {
    if (!facts_.search_paths.empty()) {
      Refuse("RPATH", Concat("says where to search for libraries (", Some(facts_.search_paths), ")"),
             "link it without -Wl,-rpath; with CMake set SKIP_BUILD_RPATH and no INSTALL_RPATH");
    }
    if (!facts_.other_libraries.empty()) {
      Refuse("FILTER", Concat("asks the loader to put other libraries in between (", Some(facts_.other_libraries), ")"),
             "link it without -Wl,--filter, --auxiliary, --audit and --depaudit");
    }
    std::vector<std::string> strangers;
    for (const std::string& library : facts_.needed) {
      if (library.starts_with(kProtobufLite)) {
        CheckProtobuf(library);
      } else if (!MayBeNeeded(library)) {
        strangers.push_back(library);
      }
    }
    if (!strangers.empty()) {
      Refuse("NEEDED",
             Concat("needs ", Some(strangers), "; the host has libc, libm, libstdc++, libgcc_s and ",
                    host_.protobuf_lite, " for plugins and nothing else"),
             "link what it needs statically and hidden (-fPIC archive, -Wl,--exclude-libs,ALL), or use the host's "
             "services instead");
    }
  }

  // Two runtimes in one process bind to each other's symbols.
  void CheckProtobuf(const std::string& library) {
    if (library == host_.protobuf_lite) return;
    Find("PROTOBUF", LintWeight::kIsolates,
         Concat("needs ", library, ", the host has ", host_.protobuf_lite, ": it can only run in a runner"),
         Concat("build it against ", host_.protobuf_lite, " to run it in process"));
  }

  void CheckImports() {
    std::map<std::string_view, std::vector<std::string>> by_reason;
    for (const std::string& name : facts_.imported) {
      if (const std::string_view why = WhyForbidden(name); !why.empty()) by_reason[why].push_back(name);
    }
    for (const auto& [why, names] : by_reason) {
      Find("IMPORT", LintWeight::kNotInProcess, Concat("imports ", Some(names)), why);
    }
  }

  void CheckGlibc() {
    const auto have = GlibcVersion(host_.glibc);
    if (!have.has_value()) return;
    for (const ElfVersionNeed& need : facts_.versions) {
      if (!std::string_view(need.version).starts_with(kGlibc)) continue;
      const std::string_view version = std::string_view(need.version).substr(kGlibc.size());
      const auto wanted = GlibcVersion(version);
      if (!wanted.has_value() || *wanted <= *have) continue;
      Refuse("GLIBC",
             Concat("needs glibc ", version, need.symbol.empty() ? "" : " for ", need.symbol, "; this host has ",
                    host_.glibc),
             Concat("build it on a system with glibc ", host_.glibc, " or older"));
    }
  }

  const ElfFacts& facts_;
  const LintHost& host_;
  std::vector<LintFinding> findings_;
};

}  // namespace

LintHost ThisLintHost() { return {QUAYSIDE_PROTOBUF_LITE_SONAME, gnu_get_libc_version()}; }

std::vector<LintFinding> LintElf(const ElfFacts& facts, const LintHost& host) { return Linter(facts, host).Run(); }

std::string_view LintWeightText(LintWeight weight) {
  switch (weight) {
    case LintWeight::kNote:
      return "NOTE";
    case LintWeight::kIsolates:
      return "ISOLATES";
    case LintWeight::kNotInProcess:
      return "NOT_IN_PROCESS";
    case LintWeight::kRefused:
      return "REFUSED";
  }
  return "REFUSED";
}

std::string LintLine(const LintFinding& finding) {
  return Concat(finding.id, ": plugin.so ", finding.what, finding.remedy.empty() ? "" : ": ", finding.remedy);
}

}  // namespace quayside::lint
