#include "host/ops/log_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "host/base/utf8.h"

namespace quayside {
namespace {

// Bytes of the UTF-8 character at the start of `text`; 0 when there is none.
size_t CharacterLength(std::string_view text) {
  const Utf8Step step = NextUtf8(text);
  return step.kind == Utf8Step::kCharacter ? step.length : 0;
}

void AppendHex(std::string& out, unsigned char byte) {
  constexpr char kHex[] = "0123456789abcdef";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

// The letter after the backslash, in JSON and in text alike; 0 = none.
char ShortEscape(char c) {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

enum class Escapes { kJson, kText };

void AppendEscaped(std::string& out, std::string_view text, Escapes escapes) {
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    const auto byte = static_cast<unsigned char>(text[0]);
    if (const char letter = ShortEscape(text[0])) {
      out += '\\';
      out += letter;
    } else if (length == 0) {
      if (escapes == Escapes::kJson) {
        out += kReplacementCharacter;
      } else {
        out += "\\x";
        AppendHex(out, byte);
      }
    } else if (byte < 0x20 || byte == 0x7f) {
      out += escapes == Escapes::kJson ? "\\u00" : "\\x";
      AppendHex(out, byte);
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
}

bool IsPlainWord(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isgraph(c) && c != '"' && c != '=' && c != '\\';
  });
}

void AppendWord(std::string& out, std::string_view text) {
  if (IsPlainWord(text)) {
    out += text;
    return;
  }
  out += '"';
  AppendEscaped(out, text, Escapes::kText);
  out += '"';
}

void AppendMember(std::string& out, std::string_view key, std::string_view value) {
  out += JsonString(key);
  out += ':';
  out += JsonString(value);
}

}  // namespace

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  AppendEscaped(out, text, Escapes::kJson);
  out += '"';
  return out;
}

std::string TextLine(std::string_view message, const std::vector<LogField>& fields) {
  std::string out;
  AppendEscaped(out, message, Escapes::kText);
  for (const LogField& field : fields) {
    out += ' ';
    AppendWord(out, field.key);
    out += '=';
    AppendWord(out, field.value);
  }
  return out;
}

std::string JsonMembers(std::string_view message, const std::vector<LogField>& fields) {
  std::string out;
  AppendMember(out, "message", message);
  for (const LogField& field : fields) {
    const bool taken = field.key == "time" || field.key == "level" || field.key == "message";
    out += ',';
    AppendMember(out, taken ? std::string(field.key) + "_" : std::string(field.key), field.value);
  }
  return out;
}

}  // namespace quayside
