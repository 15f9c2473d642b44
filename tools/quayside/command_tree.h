// Declares the command line: subcommands, arguments, options, what runs. Hides CLI11, which costs seconds in every file
// that includes it.
//
//   auto options = std::make_shared<ShowOptions>();
//   Command show = group.Sub("show", "One order");
//   show.Argument("ID", options->id, "...");
//   show.Run([options](Context& context) { return Show(context, *options); });
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tools/quayside/command_spec.h"
#include "tools/quayside/context.h"

namespace CLI {
class App;
}

namespace quayside::cli {

using Action = std::function<absl::Status(Context&)>;

// One node of the tree; a handle, valid as long as its CommandTree. The targets of options must live as long as the
// action: keep them in a shared_ptr that the action captures.
class Command {
 public:
  // A subcommand. A command with subcommands needs one of them.
  Command Sub(const std::string& name, const std::string& description);
  // A subcommand of a command that also does something by itself.
  Command OptionalSub(const std::string& name, const std::string& description);

  Command& Argument(const std::string& name, std::string& target, const std::string& description);
  Command& OptionalArgument(const std::string& name, std::string& target, const std::string& description);
  // flags as "--name" or "-n,--name"; value_name is shown in the help.
  Command& Option(const std::string& flags, std::string& target, const std::string& value_name,
                  const std::string& description);
  // Whether it was given, also as an empty text.
  Command& Option(const std::string& flags, std::optional<std::string>& target, const std::string& value_name,
                  const std::string& description);
  // May be repeated; takes one value each time.
  Command& Option(const std::string& flags, std::vector<std::string>& target, const std::string& value_name,
                  const std::string& description);
  // A whole number >= 0.
  Command& Option(const std::string& flags, int& target, const std::string& value_name, const std::string& description);
  // Seconds >= 0, fractions allowed.
  Command& Option(const std::string& flags, double& target, const std::string& value_name,
                  const std::string& description);
  Command& Flag(const std::string& flags, bool& target, const std::string& description);
  // The argument or option added last takes only these.
  Command& OneOf(const std::vector<std::string>& values);
  Command& Required();
  // Shown below the help; Example puts its heading above it.
  Command& Example(const std::string& text);
  Command& Footer(const std::string& text);
  void Run(Action action);

 private:
  friend class CommandTree;
  struct Last;
  Command(CLI::App* app, Action* selected);

  CLI::App* app_;
  Action* selected_;
  std::shared_ptr<Last> last_;
};

// For commands that share their options: makes an action of what takes a Context and them.
template <typename Options>
auto WithOptions(std::shared_ptr<Options> options) {
  return
      [options](auto command) { return [options, command](Context& context) { return command(context, *options); }; };
}

class CommandTree {
 public:
  CommandTree(const std::string& name, const std::string& version, const std::string& description);
  ~CommandTree();
  CommandTree(const CommandTree&) = delete;
  CommandTree& operator=(const CommandTree&) = delete;

  [[nodiscard]] Command root();

  struct Parsed {
    // What to run; empty when there is only something to print.
    Action action;
    // Help, or what is wrong with the command line.
    std::string text;
    bool is_mistake = false;
  };
  [[nodiscard]] Parsed Parse(const std::vector<std::string>& arguments);

  // The same tree as plain data: for completion.
  [[nodiscard]] CommandSpec Describe() const;

 private:
  std::unique_ptr<CLI::App> app_;
  Action selected_;
};

}  // namespace quayside::cli
