#include "tools/quayside/secrets.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tools/quayside/errors.h"

namespace quayside::cli {
namespace {

void StripLineBreak(std::string& text) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty() && text.back() == '\r') text.pop_back();
}

absl::StatusOr<std::string> ReadSource(const SecretRequest& request, Console& console) {
  switch (request.source) {
    case SecretSource::kStdin: {
      std::string line;
      if (!std::getline(console.in, line)) return UsageError(absl::StrCat("stdin has no line left for ", request.name));
      StripLineBreak(line);
      return line;
    }
    case SecretSource::kFile: {
      std::ifstream file(request.file, std::ios::binary);
      if (!file) return UsageError(absl::StrCat("the file ", request.file, " cannot be read"));
      std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
      StripLineBreak(text);
      return text;
    }
    case SecretSource::kPrompt:
      break;
  }
  if (!console.in_is_terminal) {
    return UsageError(absl::StrCat("stdin is no terminal to ask for ", request.name, " on; use --stdin or --file"));
  }
  auto typed = console.read_secret(absl::StrCat(request.name, ": "));
  if (!typed) return Interrupted(absl::StrCat(request.name, " was not set"));
  return *std::move(typed);
}

}  // namespace

absl::StatusOr<SecretRequest> ParseSecretFlag(absl::string_view text) {
  const std::size_t equals = text.find('=');
  SecretRequest request{.name = std::string(text.substr(0, equals))};
  if (request.name.empty()) return UsageError("--secret needs a name");
  if (equals == absl::string_view::npos) return request;
  const absl::string_view source = text.substr(equals + 1);
  if (source == "-") {
    request.source = SecretSource::kStdin;
  } else if (source.size() > 1 && source.front() == '@') {
    request.source = SecretSource::kFile;
    request.file = std::string(source.substr(1));
  } else {
    return WithAdvice(
        UsageError(absl::StrCat("the value of ", request.name, " must not stand on the command line")),
        absl::StrCat("use --secret ", request.name, "=- (a line of stdin), ", request.name,
                     "=@FILE, or without '=' to be asked; and take the value out of the shell's history"));
  }
  return request;
}

absl::StatusOr<std::string> ReadSecret(const SecretRequest& request, Console& console) {
  auto value = ReadSource(request, console);
  if (value.ok() && value->empty()) return UsageError(absl::StrCat("the value of ", request.name, " is empty"));
  return value;
}

}  // namespace quayside::cli
