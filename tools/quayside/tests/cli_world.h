// Runs the command line in this process: arguments in, stdout, stderr and exit code out.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tools/quayside/cli.h"

namespace quayside::cli {

struct CliResult {
  int exit_code = -1;
  std::string out;
  std::string err;
};

// A folder of its own, a fixed time (2024-11-23 10:00:00Z), no terminal unless a test says so.
class CliWorld {
 public:
  CliWorld() {
    std::string folder = (std::filesystem::temp_directory_path() / "quayside-cli-XXXXXX").string();
    folder_ = mkdtemp(folder.data());
    environment["QUAYSIDE_SOCKET"] = socket();
  }
  ~CliWorld() { std::filesystem::remove_all(folder_); }
  CliWorld(const CliWorld&) = delete;
  CliWorld& operator=(const CliWorld&) = delete;

  [[nodiscard]] std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  [[nodiscard]] std::string socket() const { return Path("s"); }

  CliResult Run(const std::vector<std::string>& arguments) {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    if (broken_out) out.setstate(std::ios::badbit);
    Console console{.in = in, .out = out, .err = err, .interrupt = interrupt};
    console.in_is_terminal = terminal;
    console.out_is_terminal = terminal;
    console.err_is_terminal = terminal;
    console.out_columns = [this] { return columns; };
    console.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto it = environment.find(name);
      return it == environment.end() ? std::nullopt : std::optional(it->second);
    };
    console.now = [] { return absl::FromUnixSeconds(1732356000); };
    console.read_secret = [this](const std::string& prompt) -> std::optional<std::string> {
      prompts.push_back(prompt);
      if (answers.empty()) return std::nullopt;
      std::string answer = answers.front();
      answers.erase(answers.begin());
      return answer;
    };
    const int exit_code = RunCli(arguments, console);
    return {exit_code, out.str(), err.str()};
  }

  Interrupt interrupt;
  std::string input;
  bool terminal = false;
  // Nobody reads stdout any more.
  bool broken_out = false;
  std::size_t columns = 120;
  std::map<std::string, std::string> environment;
  // What the person types when asked for secrets, and what was asked.
  std::vector<std::string> answers;
  std::vector<std::string> prompts;

 private:
  std::string folder_;
};

}  // namespace quayside::cli
