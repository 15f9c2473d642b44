#include "host/plugin/signature.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

constexpr std::string_view kFirstLine = "quayside-signature 1\n";
constexpr size_t kKeyIdDigits = 16;
constexpr size_t kSha256Digits = 64;

bool IsHex(std::string_view text, size_t digits) {
  return text.size() == digits && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c)) || (c >= 'a' && c <= 'f');
         });
}

bool IsWord(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return absl::ascii_isgraph(static_cast<unsigned char>(c)); });
}

struct Line {
  std::string_view name;
  std::string SignedStatement::*member;
};
constexpr std::array<Line, 5> kLines = {{{"key", &SignedStatement::key_id},
                                         {"plugin", &SignedStatement::plugin_id},
                                         {"version", &SignedStatement::version},
                                         {"manifest-sha256", &SignedStatement::manifest_sha256},
                                         {"library-sha256", &SignedStatement::library_sha256}}};

std::string SignedText(const SignedStatement& statement) {
  std::string text(kFirstLine);
  for (const Line& line : kLines) text += Concat(line.name, " ", statement.*line.member, "\n");
  return text;
}

bool IsWellFormed(const SignedStatement& statement) {
  return IsKeyId(statement.key_id) && IsWord(statement.plugin_id) && IsWord(statement.version) &&
         IsHex(statement.manifest_sha256, kSha256Digits) && IsHex(statement.library_sha256, kSha256Digits);
}

absl::Status UnreadableSignature(const SignatureFile& file, std::string_view what) {
  return MakeError(
      absl::StatusCode::kInvalidArgument, Reason::kSignatureUnreadable,
      Concat(kSignatureFolder, "/", file.name, " ", what, "; make it with 'quayside plugin sign', or delete it"));
}

// Takes "NAME VALUE\n" off the front.
std::optional<std::string> TakeLine(std::string_view& text, std::string_view name) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(name) || end <= name.size() || text[name.size()] != ' ') {
    return std::nullopt;
  }
  std::string value(text.substr(name.size() + 1, end - name.size() - 1));
  text.remove_prefix(end + 1);
  return value;
}

}  // namespace

std::string KeyId(std::string_view public_key) { return Sha256Hex(public_key).substr(0, kKeyIdDigits); }

bool IsKeyId(std::string_view text) { return IsHex(text, kKeyIdDigits); }

absl::StatusOr<std::string> MakeSignature(const Ed25519Key& key, SignedStatement statement) {
  statement.key_id = KeyId(key.public_key());
  if (!IsWellFormed(statement)) {
    return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "a statement that cannot be written down");
  }
  std::string text = SignedText(statement);
  QS_ASSIGN_OR_RETURN(const std::string bytes, key.Sign(text));
  return Concat(text, "signature ", absl::Base64Escape(bytes), "\n");
}

absl::StatusOr<Signature> ParseSignature(const SignatureFile& file) {
  std::string_view text = file.text;
  if (!text.starts_with(kFirstLine)) {
    return UnreadableSignature(file, "does not begin with the line 'quayside-signature 1'");
  }
  text.remove_prefix(kFirstLine.size());
  Signature signature;
  for (const Line& line : kLines) {
    auto value = TakeLine(text, line.name);
    if (!value.has_value()) return UnreadableSignature(file, Concat("has no line '", line.name, " ...' in its place"));
    signature.statement.*line.member = *std::move(value);
  }
  const auto encoded = TakeLine(text, "signature");
  if (!encoded.has_value() || !text.empty())
    return UnreadableSignature(file, "does not end with one line 'signature ...'");
  if (!absl::Base64Unescape(*encoded, &signature.bytes) || signature.bytes.size() != kEd25519SignatureSize) {
    return UnreadableSignature(file, "has no base64 of 64 bytes as its signature");
  }
  if (!IsWellFormed(signature.statement)) {
    return UnreadableSignature(file,
                               "has a key id that is not 16, or a hash that is not 64, lower-case hexadecimal digits");
  }
  if (file.name != signature.statement.key_id + std::string(kSignatureSuffix)) {
    return UnreadableSignature(file,
                               Concat("is of the key ", signature.statement.key_id, " and must be named after it"));
  }
  signature.signed_text = SignedText(signature.statement);
  return signature;
}

}  // namespace quayside
