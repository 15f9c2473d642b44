// A detached signature of a bundle: signatures/KEYID.sig, a text of seven lines. docs/plugin-trust.md describes it.
//
//   quayside-signature 1
//   key 5b1f0c9a7d3e2846
//   plugin amazon
//   version 1.4.2
//   manifest-sha256 <64 hexadecimal digits>
//   library-sha256 <64 hexadecimal digits>
//   signature <base64 of 64 bytes>
//
// Signed are the bytes of the first six lines with their line breaks: small, so that verifying costs the same whatever
// the size of the library, whose hash is taken in the same pass that reads it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "host/security/ed25519.h"

namespace quayside {

// What a signature is about.
struct SignedStatement {
  std::string key_id;
  std::string plugin_id;
  std::string version;
  std::string manifest_sha256;
  std::string library_sha256;
};

// As found beside the bundle, not looked into.
struct SignatureFile {
  std::string name;  // "5b1f0c9a7d3e2846.sig"
  std::string text;
  friend bool operator==(const SignatureFile&, const SignatureFile&) = default;
};

struct Signature {
  SignedStatement statement;
  std::string signed_text;
  std::string bytes;
};

inline constexpr size_t kMaxSignatures = 16;
inline constexpr size_t kMaxSignatureBytes = 4096;
inline constexpr std::string_view kSignatureFolder = "signatures";
inline constexpr std::string_view kSignatureSuffix = ".sig";

// First 8 bytes of the public key's SHA-256 as 16 hexadecimal digits: a key cannot be given another's id.
[[nodiscard]] std::string KeyId(std::string_view public_key);
[[nodiscard]] bool IsKeyId(std::string_view text);

// The whole file. The statement's key id is taken from the key.
[[nodiscard]] absl::StatusOr<std::string> MakeSignature(const Ed25519Key& key, SignedStatement statement);

// INVALID_ARGUMENT SIGNATURE_UNREADABLE, saying which line; nothing of it is verified.
[[nodiscard]] absl::StatusOr<Signature> ParseSignature(const SignatureFile& file);

}  // namespace quayside
