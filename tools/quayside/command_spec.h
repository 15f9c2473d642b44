// The command line as plain data.
#pragma once

#include <string>
#include <vector>

namespace quayside::cli {

struct OptionSpec {
  // As typed: "--json", "-h".
  std::vector<std::string> names;
  std::string description;
  bool takes_value = false;
  // The value is a file or folder.
  bool is_path = false;
  // The values it takes, when they are known.
  std::vector<std::string> values;
};

struct ArgumentSpec {
  std::string name;
  bool is_path = false;
  std::vector<std::string> values;
};

struct CommandSpec {
  std::string name;
  std::string description;
  std::vector<OptionSpec> options;
  std::vector<ArgumentSpec> arguments;
  std::vector<CommandSpec> commands;
};

}  // namespace quayside::cli
