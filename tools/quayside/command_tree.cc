#include "tools/quayside/command_tree.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>
#include <utility>

namespace quayside::cli {
namespace {

constexpr char kMoreHelp[] = "Options of every command: quayside --help";

// Values of these names are completed as files.
bool IsPathName(const std::string& value_name) { return value_name == "PATH" || value_name == "FILE"; }

OptionSpec DescribeOption(const CLI::Option& option, const std::vector<std::string>& values) {
  OptionSpec spec;
  for (const auto& name : option.get_snames()) spec.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) spec.names.push_back("--" + name);
  spec.description = option.get_description();
  spec.takes_value = option.get_items_expected_max() > 0;
  spec.is_path = IsPathName(option.get_type_name());
  spec.values = values;
  return spec;
}

// CLI11 keeps the values of a check only inside its description, "{a,b}"; it is the one place that knows them after the
// fact.
std::vector<std::string> AllowedValues(const CLI::Option& option) {
  const std::string text = option.get_type_name();
  const auto open = text.find('{');
  const auto close = text.find('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  return CLI::detail::split(text.substr(open + 1, close - open - 1), ',');
}

CommandSpec DescribeApp(const CLI::App& app) {
  CommandSpec spec{.name = app.get_name(), .description = app.get_description()};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      spec.arguments.push_back({option->get_name(true), IsPathName(option->get_name(true)), AllowedValues(*option)});
    } else {
      spec.options.push_back(DescribeOption(*option, AllowedValues(*option)));
    }
  }
  for (const CLI::App* sub : app.get_subcommands(nullptr)) spec.commands.push_back(DescribeApp(*sub));
  return spec;
}

// The commands that were named, from the root to the deepest.
std::vector<const CLI::App*> NamedCommands(const CLI::App& root) {
  std::vector<const CLI::App*> named = {&root};
  while (!named.back()->get_subcommands().empty()) named.push_back(named.back()->get_subcommands().front());
  return named;
}

std::string DescribeMistake(const CLI::ParseError& mistake, const CLI::App& root) {
  const std::vector<const CLI::App*> named = NamedCommands(root);
  std::string path;
  for (const CLI::App* command : named) path += (path.empty() ? "" : " ") + command->get_name();
  const bool stops_half_way = !named.back()->get_subcommands(nullptr).empty();
  // Somebody who typed only "quayside stock" asks what there is.
  if (stops_half_way && mistake.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError)) {
    const std::string parents = path.substr(0, path.size() - named.back()->get_name().size());
    const std::vector<std::string> unknown = root.remaining(true);
    return (unknown.empty() ? "" : "'" + path + "' has no command '" + unknown.front() + "'\n\n") +
           named.back()->help(parents.empty() ? "" : parents.substr(0, parents.size() - 1));
  }
  return std::string(mistake.what()) + "\nRun '" + path + " --help' for what it takes.\n";
}

// Without the remark ":NONNEGATIVE" in the help, which the value's name makes plain.
CLI::Validator NotNegative() { return CLI::Validator(CLI::NonNegativeNumber).description(""); }

}  // namespace

struct Command::Last {
  CLI::Option* option = nullptr;
};

Command::Command(CLI::App* app, Action* selected) : app_(app), selected_(selected), last_(std::make_shared<Last>()) {}

Command Command::Sub(const std::string& name, const std::string& description) {
  CLI::App* sub = app_->add_subcommand(name, description);
  app_->require_subcommand(1);
  // Global options may stand anywhere on the line.
  sub->fallthrough();
  sub->footer(kMoreHelp);
  return Command(sub, selected_);
}

Command Command::OptionalSub(const std::string& name, const std::string& description) {
  Command sub = Sub(name, description);
  app_->require_subcommand(0, 1);
  return sub;
}

Command& Command::Argument(const std::string& name, std::string& target, const std::string& description) {
  OptionalArgument(name, target, description);
  return Required();
}

Command& Command::OptionalArgument(const std::string& name, std::string& target, const std::string& description) {
  last_->option = app_->add_option(name, target, description)->type_name("");
  return *this;
}

Command& Command::Option(const std::string& flags, std::string& target, const std::string& value_name,
                         const std::string& description) {
  last_->option = app_->add_option(flags, target, description)->type_name(value_name);
  return *this;
}

Command& Command::Option(const std::string& flags, std::optional<std::string>& target, const std::string& value_name,
                         const std::string& description) {
  last_->option = app_->add_option_function<std::string>(
                          flags, [&target](const std::string& value) { target = value; }, description)
                      ->type_name(value_name);
  return *this;
}

Command& Command::Option(const std::string& flags, std::vector<std::string>& target, const std::string& value_name,
                         const std::string& description) {
  last_->option = app_->add_option(flags, target, description)->type_name(value_name)->allow_extra_args(false);
  return *this;
}

Command& Command::Option(const std::string& flags, int& target, const std::string& value_name,
                         const std::string& description) {
  last_->option = app_->add_option(flags, target, description)->check(NotNegative())->type_name(value_name);
  return *this;
}

Command& Command::Option(const std::string& flags, double& target, const std::string& value_name,
                         const std::string& description) {
  last_->option = app_->add_option(flags, target, description)->check(NotNegative())->type_name(value_name);
  return *this;
}

Command& Command::Flag(const std::string& flags, bool& target, const std::string& description) {
  last_->option = app_->add_flag(flags, target, description);
  return *this;
}

Command& Command::OneOf(const std::vector<std::string>& values) {
  std::string list;
  for (const auto& value : values) list += (list.empty() ? "" : ",") + value;
  last_->option->check([values, list](const std::string& value) {
    return std::find(values.begin(), values.end(), value) != values.end() ? std::string()
                                                                          : "'" + value + "' is none of " + list;
  });
  last_->option->type_name("{" + list + "}");
  return *this;
}

Command& Command::Required() {
  last_->option->required();
  return *this;
}

Command& Command::Example(const std::string& text) { return Footer("Example:\n" + text + "\n\n" + kMoreHelp); }

Command& Command::Footer(const std::string& text) {
  app_->footer(text);
  return *this;
}

void Command::Run(Action action) {
  app_->callback([app = app_, selected = selected_, action = std::move(action)] {
    if (app->get_subcommands().empty()) *selected = action;
  });
}

CommandTree::CommandTree(const std::string& name, const std::string& version, const std::string& description)
    : app_(std::make_unique<CLI::App>(description, name)) {
  app_->set_version_flag("--version", version, "Print the version of this tool");
  app_->get_formatter()->column_width(34);
  app_->get_formatter()->label("REQUIRED", "(required)");
}

CommandTree::~CommandTree() = default;

Command CommandTree::root() { return Command(app_.get(), &selected_); }

CommandTree::Parsed CommandTree::Parse(const std::vector<std::string>& arguments) {
  Parsed parsed;
  // CLI11 takes them from the back.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app_->parse(std::move(reversed));
    parsed.action = selected_;
  } catch (const CLI::Success& help) {
    std::ostringstream out;
    std::ostringstream ignored;
    app_->exit(help, out, ignored);
    parsed.text = out.str();
  } catch (const CLI::ParseError& mistake) {
    parsed.text = DescribeMistake(mistake, *app_);
    parsed.is_mistake = true;
  }
  return parsed;
}

CommandSpec CommandTree::Describe() const { return DescribeApp(*app_); }

}  // namespace quayside::cli
