// What can be said of the bundle without loading it. A library that fails here is not loaded at all.
#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

#include "sdk/conformance/case.h"
#include "sdk/conformance/methods.h"
#include "sdk/lint/elf_lint.h"

namespace quayside::conformance {
namespace {

constexpr int kSeconds = 10;

// In a runner each attempt fails; in a host's own process it would be a file of somebody else.
constexpr std::string_view kFileFunctions[] = {
    "creat",   "creat64", "fopen",     "fopen64", "freopen",   "freopen64", "link",       "mkdir",  "mkdirat",
    "mkstemp", "open",    "open64",    "openat",  "openat64",  "opendir",   "remove",     "rename", "renameat",
    "rmdir",   "symlink", "symlinkat", "tmpfile", "tmpfile64", "truncate",  "truncate64", "unlink", "unlinkat"};
// Streams of libstdc++ that open files: filebuf, fstream, ifstream, ofstream.
constexpr std::string_view kFileStreams[] = {"_ZNSt13basic_filebuf", "_ZNSt13basic_fstream", "_ZNSt14basic_ifstream",
                                             "_ZNSt14basic_ofstream"};

bool IsAboutFiles(const std::string& symbol) {
  return std::find(std::begin(kFileFunctions), std::end(kFileFunctions), symbol) != std::end(kFileFunctions) ||
         std::any_of(std::begin(kFileStreams), std::end(kFileStreams),
                     [&](std::string_view stream) { return symbol.starts_with(stream); });
}

void Lint(const Trial& trial, bool imports) {
  const lint::ElfReading reading = lint::ReadElf(trial.bundle.library);
  if (!reading.damage.empty()) {
    trial.log.Fail("plugin.so " + reading.damage);
    return;
  }
  for (const lint::LintFinding& finding : lint::LintElf(reading.facts, lint::ThisLintHost())) {
    const bool is_import = finding.weight == lint::LintWeight::kNotInProcess;
    const bool counts = finding.weight != lint::LintWeight::kNote;
    if (counts && is_import == imports) trial.log.Fail(lint::LintLine(finding));
  }
  if (!imports) return;
  for (const std::string& symbol : reading.facts.imported) {
    if (IsAboutFiles(symbol))
      trial.log.Fail("FILES: plugin.so imports " + symbol +
                     ": a plugin has no files; the host keeps them at places (Step::FetchFile, Step::PutFile)");
  }
}

void CheckFile(const Trial& trial) { Lint(trial, false); }
void CheckImports(const Trial& trial) { Lint(trial, true); }

void CheckContract(const pb::Contract& contract, Log& log) {
  const auto& all = AllMethods();
  const auto known = [&](const std::string& name) {
    return std::any_of(all.begin(), all.end(),
                       [&](const Method& method) { return contract.id() == method.contract && name == method.name; });
  };
  const std::vector<std::string> contracts = AllContracts();
  if (std::find(contracts.begin(), contracts.end(), contract.id()) == contracts.end()) {
    log.Fail("contract '" + contract.id() + "' is none of this SDK");
    return;
  }
  for (const std::string& name : contract.methods()) {
    if (!known(name)) log.Fail(contract.id() + " has no method '" + name + "'");
  }
  if (contract.methods().empty()) log.Fail(contract.id() + " lists no methods");
  const auto& reads = contract.reads_cursor_schemas();
  if (contract.cursor_schema() != 0 && std::find(reads.begin(), reads.end(), contract.cursor_schema()) == reads.end())
    log.Fail(contract.id() + " does not read the cursor schema it writes (reads_cursor_schemas)");
}

// What the cases rely on; `quayside plugin inspect` holds the manifest to all of the host's rules.
void CheckManifest(const Trial& trial) {
  const pb::Manifest& manifest = trial.bundle.manifest;
  if (manifest.schema() != 1) trial.log.Fail("manifest.json: schema is not 1");
  if (manifest.id().empty() || manifest.version().empty()) trial.log.Fail("manifest.json: id or version is missing");
  if (manifest.contracts().empty()) trial.log.Fail("manifest.json declares no contract");
  std::set<std::string> seen;
  for (const pb::Contract& contract : manifest.contracts()) {
    if (!seen.insert(contract.id()).second) trial.log.Fail("contract '" + contract.id() + "' is declared twice");
    CheckContract(contract, trial.log);
  }
}

}  // namespace

void AddStaticCases(const Bundle&, Cases& cases) {
  cases.push_back({"static/file", "static", "",
                   "the library exports the one symbol, can be unloaded and needs only what the host has", kSeconds,
                   &CheckFile});
  cases.push_back({"static/imports", "static", "", "the library imports nothing that is the host's to do", kSeconds,
                   &CheckImports});
  cases.push_back({"static/manifest", "static", "", "the manifest declares contracts and methods that exist", kSeconds,
                   &CheckManifest});
}

}  // namespace quayside::conformance
