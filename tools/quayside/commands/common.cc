#include "tools/quayside/commands/common.h"

#include <istream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "tools/quayside/errors.h"

namespace quayside::cli {

std::string EnumWord(absl::string_view name, absl::string_view prefix) {
  return absl::AsciiStrToLower(absl::StrReplaceAll(absl::StripPrefix(name, prefix), {{"_", " "}}));
}

std::string EnumName(absl::string_view word, absl::string_view prefix) {
  return absl::StrCat(prefix, absl::AsciiStrToUpper(absl::StrReplaceAll(word, {{"-", "_"}, {" ", "_"}})));
}

absl::Status Confirm(Context& context, absl::string_view question, bool yes) {
  if (yes || !context.console.in_is_terminal) return absl::OkStatus();
  context.console.err << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(context.console.in, answer);
  const std::string lower = absl::AsciiStrToLower(absl::StripAsciiWhitespace(answer));
  if (lower == "y" || lower == "yes") return absl::OkStatus();
  return Interrupted("not confirmed; nothing was changed");
}

std::string Did(bool dry_run, absl::string_view past, absl::string_view infinitive) {
  return dry_run ? absl::StrCat("would ", infinitive) : std::string(past);
}

void SayWhenCut(Context& context, bool more, int shown) {
  if (more) context.output.Line(absl::StrCat("... the first ", shown, "; --limit N shows more, --limit 0 all"));
}

}  // namespace quayside::cli
