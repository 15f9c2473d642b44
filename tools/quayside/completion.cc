#include "tools/quayside/completion.h"

#include <functional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace quayside::cli {
namespace {

using Visit = std::function<void(const std::string& path, const CommandSpec& command)>;

// Every command with its path, "quayside account add", parents first.
void Walk(const std::string& path, const CommandSpec& command, const Visit& visit) {
  visit(path, command);
  for (const auto& sub : command.commands) Walk(absl::StrCat(path, " ", sub.name), sub, visit);
}

// In single quotes for sh and zsh.
std::string ShellQuote(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

std::string FishQuote(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

std::vector<std::string> SubcommandNames(const CommandSpec& command) {
  std::vector<std::string> names;
  for (const auto& sub : command.commands) names.push_back(sub.name);
  return names;
}

// The words that may follow the path; global options belong everywhere.
std::string BashWords(const CommandSpec& command, const CommandSpec& root) {
  std::vector<std::string> words = SubcommandNames(command);
  for (const auto& argument : command.arguments)
    words.insert(words.end(), argument.values.begin(), argument.values.end());
  for (const CommandSpec* owner : {&command, &root}) {
    for (const auto& option : owner->options) {
      if (owner == &root && &command != &root && option.names.back() == "--help") continue;
      words.insert(words.end(), option.names.begin(), option.names.end());
    }
    if (&command == &root) break;
  }
  return absl::StrJoin(words, " ");
}

// "path:--option" patterns of the options that take a value, for a case statement.
void AppendBashValueCases(const std::string& path, const CommandSpec& command, bool global, std::string& script) {
  for (const auto& option : command.options) {
    if (!option.takes_value) continue;
    std::vector<std::string> patterns;
    for (const auto& name : option.names)
      patterns.push_back(global ? absl::StrCat("*:", name) : absl::StrCat("'", path, "':", name));
    const std::string kind = !option.values.empty() ? absl::StrCat("values='", absl::StrJoin(option.values, " "), "'")
                             : option.is_path       ? std::string("values=@files")
                                                    : std::string("values=@any");
    absl::StrAppend(&script, "    ", absl::StrJoin(patterns, "|"), ") ", kind, " ;;\n");
  }
}

}  // namespace

std::string BashCompletion(const CommandSpec& root) {
  std::string options;
  std::string paths;
  std::string words;
  Walk(root.name, root, [&](const std::string& path, const CommandSpec& command) {
    // A command's own option comes before a global one of the same name.
    if (&command != &root) AppendBashValueCases(path, command, false, options);
    if (&command != &root) absl::StrAppend(&paths, "    '", path, "') return 0 ;;\n");
    const bool takes_path = !command.arguments.empty() && command.arguments.front().is_path;
    absl::StrAppend(&words, "    '", path, "') words='", BashWords(command, root), "'", takes_path ? "; files=1" : "",
                    " ;;\n");
  });
  AppendBashValueCases(root.name, root, true, options);
  return absl::StrCat(
      "# bash completion of quayside: source <(quayside completion bash)\n"
      "_quayside_values() {  # path, option: what its value may be, in $values; fails for what takes none\n"
      "  values=\n"
      "  case \"$1:$2\" in\n",
      options,
      "    *) return 1 ;;\n"
      "  esac\n"
      "}\n"
      "_quayside_is_command() {\n"
      "  case \"$1\" in\n",
      paths,
      "    *) return 1 ;;\n"
      "  esac\n"
      "}\n"
      "_quayside() {\n"
      "  local cur=\"${COMP_WORDS[COMP_CWORD]}\" path=quayside previous= values= words= files= i word\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    word=\"${COMP_WORDS[i]}\"\n"
      "    [[ \"$word\" == = ]] && continue  # bash takes --option=value apart\n"
      "    if [[ -n \"$previous\" ]] && _quayside_values \"$path\" \"$previous\"; then previous=; continue; fi\n"
      "    _quayside_is_command \"$path $word\" && path=\"$path $word\"\n"
      "    previous=\"$word\"\n"
      "  done\n"
      "  [[ \"$cur\" == = ]] && cur=\n"
      "  COMPREPLY=()\n"
      "  if [[ -n \"$previous\" ]] && _quayside_values \"$path\" \"$previous\"; then\n"
      "    case \"$values\" in\n"
      "      @files) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
      "      @any) ;;\n"
      "      *) mapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$cur\") ;;\n"
      "    esac\n"
      "    return\n"
      "  fi\n"
      "  case \"$path\" in\n",
      words,
      "  esac\n"
      "  if [[ -n \"$files\" && \"$cur\" != -* ]]; then\n"
      "    mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
      "  elif [[ \"$cur\" == -* ]]; then\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
      "  else  # options are offered when asked for\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -X '-*' -- \"$cur\")\n"
      "  fi\n"
      "}\n"
      "complete -o filenames -F _quayside quayside\n");
}

namespace {

// "_quayside_account_add"
std::string ZshFunction(const std::string& path) {
  return absl::StrCat("_", absl::StrReplaceAll(path, {{" ", "_"}, {"-", "_"}}));
}

// Text inside the brackets of an _arguments spec.
std::string ZshText(const std::string& text) {
  return absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"[", "\\["}, {"]", "\\]"}, {":", "\\:"}});
}

std::string ZshAction(bool is_path, const std::vector<std::string>& values) {
  if (!values.empty()) return absl::StrCat("(", absl::StrJoin(values, " "), ")");
  return is_path ? "_files" : "";
}

void AppendZshOptions(const CommandSpec& command, bool skip_help, std::string& script) {
  for (const auto& option : command.options) {
    if (skip_help && option.names.back() == "--help") continue;
    for (const auto& name : option.names) {
      std::string spec = absl::StrCat("*", name, "[", ZshText(option.description), "]");
      if (option.takes_value) absl::StrAppend(&spec, ":value:", ZshAction(option.is_path, option.values));
      absl::StrAppend(&script, "    ", ShellQuote(spec), " \\\n");
    }
  }
}

void AppendZshFunction(const std::string& path, const CommandSpec& command, const CommandSpec& root,
                       std::string& script) {
  absl::StrAppend(&script, ZshFunction(path),
                  "() {\n  local curcontext=\"$curcontext\" state line\n  _arguments -C \\\n");
  AppendZshOptions(command, false, script);
  if (&command != &root) AppendZshOptions(root, true, script);
  if (command.commands.empty()) {
    for (const auto& argument : command.arguments) {
      absl::StrAppend(
          &script, "    ",
          ShellQuote(absl::StrCat(":", ZshText(argument.name), ":", ZshAction(argument.is_path, argument.values))),
          " \\\n");
    }
    absl::StrAppend(&script, "    && return 0\n}\n");
    return;
  }
  absl::StrAppend(&script,
                  "    '1: :->command' '*:: :->rest' && return 0\n  case \"$state\" in\n    command)\n      local -a "
                  "commands\n      commands=(\n");
  for (const auto& sub : command.commands) {
    absl::StrAppend(&script, "        ", ShellQuote(absl::StrCat(sub.name, ":", ZshText(sub.description))), "\n");
  }
  absl::StrAppend(&script, "      )\n      _describe command commands ;;\n    rest)\n      case \"$line[1]\" in\n");
  for (const auto& sub : command.commands) {
    absl::StrAppend(&script, "        ", sub.name, ") ", ZshFunction(absl::StrCat(path, " ", sub.name)), " ;;\n");
  }
  absl::StrAppend(&script, "      esac ;;\n  esac\n}\n");
}

}  // namespace

std::string ZshCompletion(const CommandSpec& root) {
  std::string script =
      "#compdef quayside\n# zsh completion of quayside: quayside completion zsh > a folder of $fpath/_quayside\n";
  Walk(root.name, root,
       [&](const std::string& path, const CommandSpec& command) { AppendZshFunction(path, command, root, script); });
  // Works both as an autoloaded file and when it is sourced.
  absl::StrAppend(
      &script, "if [[ \"$funcstack[1]\" == _quayside ]]; then _quayside \"$@\"; else compdef _quayside quayside; fi\n");
  return script;
}

std::string FishCompletion(const CommandSpec& root) {
  std::string known;
  std::string lines;
  Walk(root.name, root, [&](const std::string& path, const CommandSpec& command) {
    const std::string condition = absl::StrCat(" -n '__quayside_at \"", path, "\"'");
    if (&command != &root) absl::StrAppend(&known, " ", FishQuote(path));
    for (const auto& sub : command.commands) {
      absl::StrAppend(&lines, "complete -c quayside", condition, " -f -a ", sub.name, " -d ",
                      FishQuote(sub.description), "\n");
    }
    for (const auto& argument : command.arguments) {
      if (!argument.values.empty()) {
        absl::StrAppend(&lines, "complete -c quayside", condition, " -f -a ",
                        FishQuote(absl::StrJoin(argument.values, " ")), "\n");
      } else if (argument.is_path) {
        absl::StrAppend(&lines, "complete -c quayside", condition, " -F\n");
      }
    }
    for (const auto& option : command.options) {
      if (&command != &root && option.names.back() == "--help") continue;
      // Options of the root belong everywhere.
      absl::StrAppend(&lines, "complete -c quayside", &command == &root ? "" : condition);
      for (const auto& name : option.names) {
        absl::StrAppend(&lines, name.rfind("--", 0) == 0 ? absl::StrCat(" -l ", name.substr(2))
                                                         : absl::StrCat(" -s ", name.substr(1)));
      }
      if (option.takes_value) absl::StrAppend(&lines, option.is_path ? " -r -F" : " -x");
      if (!option.values.empty()) absl::StrAppend(&lines, " -a ", FishQuote(absl::StrJoin(option.values, " ")));
      absl::StrAppend(&lines, " -d ", FishQuote(option.description), "\n");
    }
  });
  return absl::StrCat(
      "# fish completion of quayside: quayside completion fish > ~/.config/fish/completions/quayside.fish\n"
      "function __quayside_at  # true when the command typed so far is this one\n"
      "  set -l commands",
      known,
      "\n"
      "  set -l path quayside\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    if contains -- \"$path $word\" $commands\n"
      "      set path \"$path $word\"\n"
      "    end\n"
      "  end\n"
      "  test \"$path\" = \"$argv[1]\"\n"
      "end\n"
      "complete -c quayside -f\n",
      lines);
}

}  // namespace quayside::cli
