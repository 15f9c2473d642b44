// quayside-conformance: does a plugin keep every promise of the boundary? See README.md.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "sdk/conformance/files.h"
#include "sdk/conformance/report.h"

namespace {

using namespace quayside::conformance;  // NOLINT: the program is the kit

constexpr char kInProcess[] = "in-process";
constexpr char kIsolated[] = "isolated";
constexpr char kBoth[] = "both";

struct Options {
  std::string bundle;
  std::string cassette;
  std::string json;
  std::string junit;
  std::string only;
  std::string isolation = kBoth;
  std::string runner;
  std::string run_case;  // of a child
  uint64_t seed = 0;
  int limit = 0;
  bool list = false;
  bool past_static = false;
};

constexpr int kConforms = 0;
constexpr int kDoesNot = 1;
constexpr int kCannotSay = 2;  // no bundle, a cassette that cannot be read, nowhere to write

int Complain(const std::string& what) {
  std::fprintf(stderr, "quayside-conformance: %s\n", what.c_str());
  return kCannotSay;
}

// They are installed together.
std::string RunnerBesideThis() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "" : (self.parent_path() / "quayside-runner").string();
}

// A runner is started in "/", where a path of this folder's would be another.
std::string AbsolutePath(const std::string& path) {
  std::error_code error;
  return std::filesystem::absolute(path, error).string();
}

// This program again, to run one case.
std::vector<std::string> ChildArguments(const Options& options, const Case& one) {
  std::vector<std::string> arguments = {
      "quayside-conformance", options.bundle, "--seed",   std::to_string(options.seed),
      "--run-case",           one.name,       "--runner", options.runner};
  if (!options.cassette.empty()) arguments.insert(arguments.end(), {"--cassette", options.cassette});
  return arguments;
}

std::vector<Result> RunAll(const Options& options, const Cases& cases) {
  std::vector<Result> results;
  bool may_load = true;
  for (Case one : cases) {
    if (options.limit > 0) one.seconds = options.limit;
    Result result;
    if (!may_load && one.family != "static") {
      result.name = one.name;
      result.not_run = true;
    } else {
      result = RunInChild(one, ChildArguments(options, one));
      if (one.family == "static" && !result.passed() && !options.past_static) may_load = false;
    }
    std::fputs(TableLine(one, result).c_str(), stdout);
    std::fflush(stdout);
    results.push_back(std::move(result));
  }
  return results;
}

Cases Chosen(const Cases& all, const Options& options) {
  const std::regex regex(options.only);
  Cases chosen;
  for (const Case& one : all) {
    const bool wanted = (options.isolation == kBoth || one.isolated == (options.isolation == kIsolated)) &&
                        std::regex_search(one.name, regex);
    // Nothing is loaded that the static cases refuse.
    if (one.family == "static" || wanted) chosen.push_back(one);
  }
  return chosen;
}

int Run(const Options& options) {
  const BundleReading reading = ReadBundle(options.bundle);
  if (!reading.problem.empty()) return Complain(reading.problem);
  CassetteReading cassette = ParseCassette("{}");
  if (!options.cassette.empty()) {
    const auto text = ReadFile(options.cassette);
    if (!text) return Complain(options.cassette + " cannot be read");
    cassette = ParseCassette(*text);
    if (!cassette.problem.empty()) return Complain(options.cassette + ": " + cassette.problem);
  }
  const Cases all = AllCases(reading.bundle);
  if (!options.run_case.empty()) {
    for (const Case& one : all) {
      if (one.name == options.run_case)
        return RunCase(one, reading.bundle, cassette.cassette, options.seed, options.runner);
    }
    return Complain("there is no case '" + options.run_case + "'");
  }
  const Cases cases = Chosen(all, options);
  if (options.list) {
    for (const Case& one : cases) std::printf("%s: %s\n", one.name.c_str(), one.claim.c_str());
    return kConforms;
  }
  const bool needs_runner = options.isolation != kInProcess;
  if (needs_runner && access(options.runner.c_str(), X_OK) != 0)
    return Complain("there is no program '" + options.runner + "': give --runner, or --isolation in-process");
  std::printf("seed %llu\n", static_cast<unsigned long long>(options.seed));
  const std::vector<Result> results = RunAll(options, cases);
  const Verdict verdict = Judge(reading.bundle, cases, results, cases.size() != all.size());
  const Report report{reading.bundle, cases, results, verdict, options.seed};
  std::fputs(Closing(report).c_str(), stdout);
  if (!options.json.empty() && !WriteFile(options.json, Json(report)))
    return Complain(options.json + " cannot be written");
  if (!options.junit.empty() && !WriteFile(options.junit, Junit(report)))
    return Complain(options.junit + " cannot be written");
  for (const Result& result : results) {
    if (!result.passed()) return kDoesNot;
  }
  return kConforms;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.seed = std::random_device()();
  CLI::App app(
      "Runs every promise of the plugin boundary against a bundle. Exit code: 0 it conforms, 1 it does not, 2 "
      "nothing can be said.");
  app.add_option("bundle", options.bundle, "The folder {plugin.so, manifest.json}")->required();
  app.add_option("--cassette", options.cassette, "What the plugin meets: answers, files, requests, cursors (JSON)");
  app.add_option("--json", options.json, "Write the results there as JSON");
  app.add_option("--junit", options.junit, "Write the results there as JUnit XML");
  app.add_option("--only", options.only, "Cases whose name matches this regular expression, and the static ones");
  app.add_option("--seed", options.seed, "Of everything random; another one each time");
  app.add_option("--limit", options.limit, "Seconds for each case, instead of its own limit");
  app.add_flag("--past-static", options.past_static,
               "Load the library although the static cases refuse it: it may do "
               "anything to this account and this machine");
  app.add_flag("--list", options.list, "Name the cases, run none");
  app.add_option("--isolation", options.isolation,
                 "Where the library runs: in-process (each case's own), isolated (in a quayside-runner, for the cases "
                 "about what it answers) or both, which is what a verdict needs; both unless given")
      ->check(CLI::IsMember({kInProcess, kIsolated, kBoth}));
  app.add_option("--runner", options.runner, "The program quayside-runner; else the one beside this program");
  app.add_option("--run-case", options.run_case, "Run this case in this process and say what it finds")->group("");
  CLI11_PARSE(app, argc, argv);
  options.runner = options.runner.empty() ? RunnerBesideThis() : AbsolutePath(options.runner);
  try {
    return Run(options);
  } catch (const std::regex_error& error) {
    return Complain("--only " + options.only + ": " + error.what());
  }
}
